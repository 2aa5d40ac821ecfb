"""Google Cloud: who is signed in, the way to its interfaces, and what our stack made there, as it is now."""
