"""Is this installation healthy, and if not, why?

Holds what administrators look at when something went wrong.
"""
