"""How is a registry of images spoken to? What it has, and the way of images out of it and into it."""
