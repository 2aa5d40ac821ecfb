"""The protocol between the platform and its agents: subjects, messages, results and what our own agent adds.

Both sides import this package, and it imports little: an agent runs on a laptop and has to start at once.
"""
