"""What speaks against an upgrade, and which check must say so."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from codemie.checks.report import Status
from codemie.operations.upgrade.changes import Change
from codemie.operations.upgrade.checks import Surroundings
from tests.operations.injection import Fault

HEALTHY = Surroundings(
    revision="0031_branches",
    is_known=True,
    pending=("0032_unsettled_replies",),
    changes=(),
    strangers=(),
    key="k-1",
    program="",
    database_bytes=10 * 2**20,
    free_bytes=2**30,
    place="/var/lib/codemie",
)
_CHANGE = Change("0032_unsettled_replies", "breaking", "Something stops", "Do something")


@dataclass(frozen=True)
class Obstacle(Fault):
    """Something that is found.

    Attributes:
        put: brings it about.
    """

    put: Callable[[Surroundings], Surroundings] = lambda found: found


FAULTS: tuple[Obstacle, ...] = (
    Obstacle(
        "upgrade.database",
        "a newer version has migrated the database",
        put=lambda found: replace(found, revision="0999_future", is_known=False, pending=()),
    ),
    Obstacle(
        "upgrade.changes",
        "a change breaks something",
        Status.WARN,
        put=lambda found: replace(found, changes=(_CHANGE,)),
    ),
    Obstacle(
        "upgrade.settings",
        "a variable is set that this version does not know",
        Status.WARN,
        put=lambda found: replace(found, strangers=("CODEMIE_OLD sets nothing.",)),
    ),
    Obstacle("upgrade.key", "the master key is elsewhere", put=lambda found: replace(found, key=None)),
    Obstacle(
        "upgrade.program",
        "PostgreSQL is newer than every pg_dump here",
        put=lambda found: replace(found, program="No pg_dump of version 19"),
    ),
    Obstacle("upgrade.room", "the disk is nearly full", put=lambda found: replace(found, free_bytes=2**20)),
)
