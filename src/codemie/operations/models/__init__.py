"""May another model file take the place of the one in use, and how does it, without losing a request?

`verification.examine` asks every model of a file for what it declares, `stored` compares the file with what the
database holds, and `switching` exchanges the file: verified, in one instant, written down, and back again.
"""
