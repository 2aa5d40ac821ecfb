"""From where on a number is too small or too large; one table, so that a test can move a limit and not the world."""

from dataclasses import dataclass

_MB = 2**20


@dataclass(frozen=True)
class Limits:
    """What checks compare with.

    Attributes:
        connections_share: of the connections that the server admits, from which on it is time to look.
        database_share: of the database's disk, likewise.
        lock_seconds: a statement may wait for a lock.
        transaction_seconds: a transaction may be left open, idle.
        disk_bytes: that must be free.
        disk_share: that should be free.
        memory_bytes: that must be free.
        memory_share: that should be free.
        skew_seconds: between two clocks, from which on tokens are refused.
        slight_skew_seconds: from which on it is worth a look.
        queue_seconds: work may wait for a worker.
        takeover_seconds: after which the work of a dead worker should have been taken over.
        log_bytes: that the logs of this machine may take.
    """

    connections_share: float = 0.8
    database_share: float = 0.85
    lock_seconds: float = 10
    transaction_seconds: float = 300
    disk_bytes: int = 500 * _MB
    disk_share: float = 0.05
    memory_bytes: int = 100 * _MB
    memory_share: float = 0.05
    skew_seconds: float = 30
    slight_skew_seconds: float = 2
    queue_seconds: float = 900
    takeover_seconds: float = 60
    log_bytes: int = 500 * _MB
