"""Model files: verified, exchanged, taken back."""
