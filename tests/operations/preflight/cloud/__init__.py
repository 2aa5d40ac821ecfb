"""The account and the bucket of states, before something is made."""
