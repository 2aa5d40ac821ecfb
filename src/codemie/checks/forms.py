"""A check may look elsewhere in another cloud: question and id stay, what is asked and advised is of the cloud."""

from collections.abc import Iterable, Sequence

from codemie.checks.check import Check


def in_form(checks: Sequence[Check], forms: Iterable[Check]) -> tuple[Check, ...]:
    """The checks in their order, each in the form that there is of it.

    Args:
        checks: all that a run makes.
        forms: of some of them, with the same ids.
    """
    own = {each.id: each for each in forms}
    return tuple(own.get(each.id, each) for each in checks)


def with_others(checks: Sequence[Check], *forms: Sequence[Check]) -> tuple[Check, ...]:
    """The checks, and behind them those that only a form has.

    Args:
        checks: as most know them.
        forms: of each cloud.
    """
    every = {each.id: each for each in checks}
    for each in (one for of_cloud in forms for one in of_cloud):
        every.setdefault(each.id, each)
    return tuple(every.values())
