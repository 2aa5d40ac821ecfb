"""What codemie.yaml names outside of itself."""
