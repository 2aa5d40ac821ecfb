"""How do PostgreSQL and NATS run on a laptop with nothing installed?

`postgres.EmbeddedPostgres` and `nats.EmbeddedNats` start the servers that come in wheels, inside one folder each,
and hand back the URL that the rest of the platform would otherwise be given by an operator.
"""
