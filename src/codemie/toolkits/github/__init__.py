"""GitHub: https://docs.github.com/en/rest."""
