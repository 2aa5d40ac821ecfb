"""Which rows a transaction may touch: what PostgreSQL's row-level security is told.

A second wall behind the filters of ``identity.policy``: a statement that forgot its filter still finds no other
tenant's rows. Whoever is bound (``bind``, ``system``) is told to PostgreSQL at the start of every transaction, for that
transaction alone; when nobody is, tenant tables are empty. Bound is the task and what it starts, so background work of
a request stays with its caller.
"""

import json
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

Scope = Literal["", "own projects", "all projects", "system"]
"""Nothing; what the other fields say; every project, but nobody else's private rows; everything."""

Purpose = Literal[
    "worker",
    "start-up",
    "command line",
    "benchmark",
    "test",
    "tell refused from absent",
    "lend to an assistant",
    "use a credential",
    "open a share link",
    "administer conversations",
    "count for lists",
    "collect spending",
    "take a callback",
    "keep references whole",
    "try the wall",
]
"""Why code looks beyond the wall; docs/explanation/row-security.md says what each is for."""

NAMES = ("codemie.user_id", "codemie.token_projects", "codemie.scope", "codemie.projects", "codemie.market")
"""The settings that the policies in the database read, in the order of ``Reach.values``.

The first two are enough to write what is the caller's own."""

ALL = len(NAMES)

OPEN_MARKET = "open"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a transaction may touch.

    Args:
        scope: how much.
        user_id: whose private rows are there.
        projects: names of the projects whose rows are there.
        token_projects: nothing outside these is there; ``None`` is no limit.
        market: projects whose published rows are there; ``None`` means all.
    """

    scope: Scope = ""
    user_id: str = ""
    projects: frozenset[str] = frozenset()
    token_projects: frozenset[str] | None = None
    market: frozenset[str] | None = frozenset()
    values: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """The settings of ``NAMES``; made once, because the chat's statements tell them several times a request."""

    def __post_init__(self) -> None:
        limit = "" if self.token_projects is None else _array(self.token_projects)
        market = OPEN_MARKET if self.market is None else _array(self.market)
        values = (self.user_id, limit, self.scope, _array(self.projects), market)
        object.__setattr__(self, "values", values)


def _array(names: frozenset[str]) -> str:
    """PostgreSQL's text form of an array; names are quoted as in JSON."""
    return "{" + ",".join(json.dumps(name, ensure_ascii=False) for name in sorted(names)) + "}"


NOBODY = Reach()
SYSTEM = Reach("system")

_bound: ContextVar[Reach | None] = ContextVar("codemie_reach", default=None)


def telling(settings: int = ALL, after: int = 0) -> str:
    """SQL that tells who is bound, for this transaction alone, in the driver's own parameters.

    Args:
        settings: how many of `NAMES` are told.
        after: how many parameters come before.
    """
    names = enumerate(NAMES[:settings], after + 1)
    return ", ".join(f"set_config('{name}', ${place}, true)" for place, name in names)


# In the driver's own terms: it goes before every transaction, and SQLAlchemy's way there costs twice as much.
_TELL = "SELECT " + telling()


def bound() -> Reach | None:
    """Who is bound in this task, if anybody is."""
    return _bound.get()


def asking(settings: int = ALL) -> tuple[str, ...]:
    """Who is bound, as `telling` puts it."""
    return (bound() or NOBODY).values[:settings]


def bind(reach: Reach) -> None:
    """From now on transactions of this task may touch what the caller may."""
    _bound.set(reach)


@contextmanager
def acting(reach: Reach) -> Generator[None]:
    """The same for the transactions that begin in a block."""
    before = _bound.set(reach)
    try:
        yield
    finally:
        _bound.reset(before)


def system(_purpose: Purpose) -> AbstractContextManager[None]:
    """Transactions that begin in the block may touch everything: work of the platform's own, in nobody's name."""
    return acting(SYSTEM)


async def tell(session: AsyncSession, reach: Reach) -> None:
    """Tell PostgreSQL what the rest of the transaction may touch."""
    await (await session.connection()).exec_driver_sql(_TELL, reach.values)


@asynccontextmanager
async def beyond(session: AsyncSession, _purpose: Purpose) -> AsyncGenerator[None]:
    """Statements of the block may touch everything, in a transaction that otherwise may not. Keep it to one statement.

    What it finds must not reach the caller unless they may know it.
    """
    before = session.info.get("reach", NOBODY)
    await tell(session, SYSTEM)
    try:
        yield
    finally:
        # In a transaction that failed nothing can be said any more, and nothing need be: it will be rolled back.
        with suppress(DBAPIError):
            await tell(session, before)
