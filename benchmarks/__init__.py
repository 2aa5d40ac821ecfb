"""What the platform costs, measured on the real thing. `make bench`, or `make bench ONLY=chat`."""
