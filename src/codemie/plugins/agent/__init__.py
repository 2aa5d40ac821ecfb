"""Our own agent: tools of this machine, offered to the platform through one connection that it opens itself.

It runs on laptops and in pipelines, so it imports little: no database, no web framework, no models.
"""
