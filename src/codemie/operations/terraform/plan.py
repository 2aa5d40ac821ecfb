"""A plan of Terraform, as `terraform show -json` tells it.

The format is Terraform's own (developer.hashicorp.com/terraform/internals/json-format), whose major version is 1.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from codemie.kernel.errors import ConfigurationError

_NOTHING = (("no-op",), ("read",))


@dataclass(frozen=True)
class Change:
    """What a plan does to one resource.

    Attributes:
        address: the resource.
        kind: its type.
        actions: such as `create`, or `delete` and `create` for a replacement.
        before: its attributes now; empty where it is not there.
        after: its attributes afterwards, as far as the plan knows them.
        because: attributes that make it be replaced.
        unknown: attributes that only the apply will tell.
    """

    address: str
    actions: tuple[str, ...]
    after: Mapping[str, Any]
    kind: str = ""
    before: Mapping[str, Any] = field(default_factory=dict[str, Any])
    because: tuple[str, ...] = ()
    unknown: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def is_loss(self) -> bool:
        """Whether what is there now goes."""
        return "delete" in self.actions

    def is_on(self, attribute: str) -> bool | None:
        """Whether a switch will be on; None where only the apply will tell."""
        return None if self.unknown.get(attribute) is True else str(self.after.get(attribute)).lower() == "true"

    @property
    def word(self) -> str:
        """What happens, for people."""
        if self.is_loss and len(self.actions) > 1:
            return "replaced"
        words = {"create": "made", "update": "changed", "delete": "destroyed"}
        return " and ".join(words.get(action, action) for action in self.actions)


@dataclass(frozen=True)
class Plan:
    """A plan that was written.

    Attributes:
        changes: what it does, without what stays and what is only read.
        drift: what somebody changed outside of Terraform since its last run.
        variables: values that it was made with.
        is_whole: neither broken off by an error nor made with parts put off.
        source: where it is from.
    """

    changes: tuple[Change, ...]
    drift: tuple[Change, ...]
    variables: Mapping[str, Any]
    is_whole: bool
    source: str


def read_plan(file: Path) -> Plan:
    """The plan in a file that `terraform show -json` wrote.

    Raises:
        ConfigurationError: it is none.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigurationError("The plan cannot be read", details=f"{file}: {error.strerror}") from error
    if content.startswith(b"PK"):
        raise ConfigurationError(
            f"{file} is a plan in Terraform's own form",
            help=f"Where it was made: terraform show -json {file.name} > plan.json; or codemiectl tf plan",
        )
    try:
        document: Any = json.loads(content)
    except ValueError as error:
        raise ConfigurationError(f"{file} is no plan", details=str(error)) from error
    return plan_of(document, str(file))


def plan_of(document: Any, source: str) -> Plan:
    """The plan that a document tells of.

    Raises:
        ConfigurationError: it tells of none, or in a form that is not known here.
    """
    told = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    if "resource_changes" not in told and "planned_values" not in told:
        raise ConfigurationError(f"{source} is no plan", help="terraform show -json PLAN writes one")
    if not str(told.get("format_version", "")).startswith("1."):
        raise ConfigurationError(f"{source} has the form {told.get('format_version')}, which is not known here")
    try:
        return Plan(
            changes=tuple(_changes(told.get("resource_changes") or [])),
            drift=tuple(_changes(told.get("resource_drift") or [])),
            variables={name: given.get("value") for name, given in (told.get("variables") or {}).items()},
            is_whole=not told.get("errored") and told.get("complete") is not False,
            source=source,
        )
    except (AttributeError, KeyError, TypeError, IndexError) as error:
        raise ConfigurationError(f"{source} is no plan", details=f"{type(error).__name__}: {error}") from error


def _changes(items: list[dict[str, Any]]) -> Iterator[Change]:
    for item in items:
        change = item["change"]
        actions = tuple(change["actions"])
        if actions not in _NOTHING:
            yield Change(
                address=str(item["address"]),
                kind=str(item.get("type", "")),
                actions=actions,
                before=change.get("before") or {},
                after=change.get("after") or {},
                unknown=change.get("after_unknown") or {},
                because=tuple(".".join(map(str, path)) for path in change.get("replace_paths") or []),
            )
