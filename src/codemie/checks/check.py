"""What a check is, and how a function becomes one."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict, Unpack, get_type_hints

from codemie.checks.report import Finding


class Severity(StrEnum):
    """How much a failure keeps the installation from its work."""

    BLOCKER = "blocker"
    MAJOR = "major"
    MINOR = "minor"


@dataclass(frozen=True)
class Check:
    """One question about an installation.

    Attributes:
        id: part of the interface: never renamed, never used for something else.
        title: what holds where it passes, as a statement.
        phase: the group it belongs to, such as `dns`; what `--phase` names.
        symptom: what a person sees where it fails.
        cause: why it fails, in a paragraph: the docstring of the function.
        remedy: what to do in general; a finding may know better.
        faq: rows of the documentation that it answers.
        needs: ids of checks whose failure makes this one pointless.
        sources: what it looks through, by type; `Sources` hands them to `look` in this order.
        timeout: seconds it needs, where a run gives each less; None: as long as the run gives each.
    """

    id: str
    title: str
    symptom: str
    cause: str
    remedy: tuple[str, ...]
    look: Callable[..., Awaitable[Finding]]
    phase: str = ""
    severity: Severity = Severity.BLOCKER
    faq: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    sources: tuple[type, ...] = ()
    timeout: float | None = None


class Facts(TypedDict, total=False):
    """What else may be said of a check; see `Check`."""

    phase: str
    severity: Severity
    faq: tuple[str, ...]
    needs: tuple[str, ...]
    timeout: float


Look = Callable[..., Awaitable[Finding]]


def check(
    id: str,
    *,
    title: str,
    symptom: str,
    remedy: tuple[str, ...],
    **facts: Unpack[Facts],
) -> Callable[[Look], Check]:
    """Make an async function a check: its docstring is the cause, the types of its parameters are its sources.

    Args:
        id: see `Check`, as for all others.
        title: what holds where it passes.
        symptom: what a person sees where it fails.
        remedy: what to do in general.
        facts: the rest; the phase is the first part of the id where none is given.

    Raises:
        TypeError: the function has no docstring, or a parameter without a type.
    """
    facts.setdefault("phase", id.partition(".")[0])

    def made(look: Look) -> Check:
        cause = inspect.getdoc(look)
        if not cause:
            raise TypeError(f"{look.__qualname__} does not say why it fails: it needs a docstring")
        sources = _sources(look)
        return Check(
            id=id, title=title, symptom=symptom, cause=cause, remedy=remedy, look=look, sources=sources, **facts
        )

    return made


def _sources(look: Look) -> tuple[type, ...]:
    hints = get_type_hints(look)
    try:
        return tuple(hints[name] for name in inspect.signature(look).parameters)
    except KeyError as missing:
        raise TypeError(f"{look.__qualname__}: the parameter {missing} has no type") from None
