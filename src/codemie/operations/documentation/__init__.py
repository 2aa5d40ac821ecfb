"""Documentation that may be given to anybody: what must not stand in it, and how it becomes a set of pages."""
