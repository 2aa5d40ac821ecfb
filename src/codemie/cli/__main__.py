"""`python -m codemie.cli`, the way the supervisor starts its parts."""

from codemie.cli import main

if __name__ == "__main__":
    main()
