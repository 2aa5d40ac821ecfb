"""What checks look through: interfaces to systems, each there, or absent for a reason."""

from typing import Any, Self

from codemie.checks.report import Finding, Status, skipped


class Unobservable(Exception):
    """What a check asks for cannot be seen from here: no permission, no tool, no network. Never a pass.

    Attributes:
        remedy: how to make it visible.
    """

    def __init__(self, reason: str, *remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


class Sources:
    """The sources of one run, by the type that checks name in their parameters."""

    def __init__(self) -> None:
        self._there: dict[type, object] = {}
        self._absent: dict[type, Finding] = {}

    def offer(self, kind: type, source: object) -> Self:
        """Let checks that name `kind` look through `source`."""
        self._there[kind] = source
        self._absent.pop(kind, None)
        return self

    def not_applicable(self, kind: type, reason: str) -> Self:
        """Nothing here is of that kind, so its checks are left out: `reason` says why."""
        self._absent[kind] = Finding(Status.SKIP, reason)
        return self

    def unobservable(self, kind: type, reason: str, *remedy: str) -> Self:
        """It may be there but cannot be seen: its checks end as unknown."""
        self._absent[kind] = Finding(Status.UNKNOWN, reason, remedy=remedy)
        return self

    def absent(self, kinds: tuple[type, ...]) -> Finding | None:
        """Why a check cannot look, where one of its sources is not there."""
        for kind in kinds:
            if kind not in self._there:
                return self._absent.get(kind, skipped(f"nothing to look through: {kind.__name__}"))
        return None

    def of(self, kinds: tuple[type, ...]) -> list[Any]:
        """The sources of these kinds, in their order; all of them are there."""
        return [self._there[kind] for kind in kinds]
