"""Checks before something is installed or changed."""
