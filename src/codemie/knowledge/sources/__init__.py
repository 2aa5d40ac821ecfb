"""Sources: one module a kind of data source.

Each opens a `contract.Snapshot`: a frozen view that lists its documents in a stable order and reads them one by one.
"""
