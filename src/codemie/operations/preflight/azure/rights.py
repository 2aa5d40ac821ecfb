"""What roles of Azure allow. Pure; asks nobody.

A role allows what its Actions name and its own NotActions do not; what one role takes out, another may give
(https://learn.microsoft.com/azure/role-based-access-control/role-definitions).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Role:
    """One role that somebody has.

    Attributes:
        actions: what it names, with `*` for anything.
        excepted: what it takes out again.
        is_conditional: whether a condition narrows it, as for whom roles may be assigned.
    """

    name: str
    actions: tuple[str, ...]
    excepted: tuple[str, ...] = ()
    is_conditional: bool = False

    def allows(self, action: str) -> bool:
        """Whether it does, without a look at its condition."""
        return _any(self.actions, action) and not _any(self.excepted, action)


@dataclass(frozen=True)
class Lack:
    """What roles do not give.

    Attributes:
        missing: actions that no role allows.
        doubtful: those that only a role with a condition does.
    """

    missing: tuple[str, ...]
    doubtful: tuple[str, ...]


def lack(roles: Iterable[Role], needed: Iterable[str]) -> Lack:
    """What of it the roles do not give.

    Args:
        roles: that somebody has.
        needed: actions.
    """
    held = tuple(roles)
    missing, doubtful = list[str](), list[str]()
    for action in needed:
        giving = [each for each in held if each.allows(action)]
        if not giving:
            missing.append(action)
        elif all(each.is_conditional for each in giving):
            doubtful.append(action)
    return Lack(tuple(missing), tuple(doubtful))


def _any(patterns: Iterable[str], action: str) -> bool:
    return any(_pattern(each).fullmatch(action) for each in patterns)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("*"))), re.IGNORECASE)
