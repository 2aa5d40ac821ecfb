"""How does a set of checks become one report that names causes and not their noise?

A `check.Check` looks at one thing through a source and gives a `report.Finding`; `run.run` makes many of them side by
side, leaves out what a failed one makes pointless, and gives a `report.Report`. Knows nothing of what is checked.
"""
