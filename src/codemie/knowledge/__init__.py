"""Knowledge: how does a source become searchable, and what is found?

A data source is read into documents, documents are cut into chunks, chunks are embedded and stored per
generation (`store`), and questions are answered by `search.search`, whose hits name file and position.
"""
