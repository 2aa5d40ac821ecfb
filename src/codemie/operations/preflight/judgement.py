"""What is wrong with values, each thing once: a value that is a placeholder is not also refused by its rule."""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from codemie.operations.hcl.fitting import Fitted, fitted
from codemie.operations.hcl.wording import NotKnownHere, NoValue
from codemie.operations.preflight import placeholders
from codemie.operations.preflight.stack import Rule, Stack, Variable
from codemie.operations.preflight.values import Given, Values

_HIDDEN = "(hidden)"
_LONGEST = 60


class Kind(StrEnum):
    """What a complaint is about; each is one check's."""

    UNKNOWN = "unknown"
    MISSING = "missing"
    TYPE = "type"
    PLACEHOLDER = "placeholder"
    RULE = "rule"
    NETWORK = "network"
    NAME = "name"
    DOMAIN = "domain"


@dataclass(frozen=True)
class Complaint:
    """One thing that is wrong.

    Attributes:
        variable: what it is about.
        text: what is wrong.
        place: where it stands.
        seen: the value as it may be shown.
    """

    kind: Kind
    variable: str
    text: str
    place: str
    seen: str
    is_grave: bool = True


@dataclass
class Judgement:
    """Values against the stack that takes them."""

    stack: Stack
    values: Values
    complaints: list[Complaint] = field(default_factory=list[Complaint], init=False)
    final: dict[str, Any] = field(default_factory=dict[str, Any], init=False)

    def __post_init__(self) -> None:
        """Judge, what a value is before what its rules say of it."""
        for given in self.values.given.values():
            if given.name not in self.stack.variables:
                self.complaints.append(self._unknown(given))
        for variable in self.stack.variables.values():
            self.complaints += self._taken(variable)
        rules = [rule for variable in self.stack.variables.values() for rule in variable.rules]
        for alone in (True, False):
            for rule in rules:
                if (not rule.uses) == alone and not self.is_complained_of(rule.variable, *rule.uses):
                    self.complaints += self._broken(rule)

    def of(self, kind: Kind) -> list[Complaint]:
        """The complaints that one check makes."""
        return [each for each in self.complaints if each.kind is kind]

    def is_complained_of(self, *variables: str) -> bool:
        """Whether any of these is wrong already."""
        return any(each.variable in variables for each in self.complaints if each.kind is not Kind.UNKNOWN)

    def place(self, variable: str) -> str:
        """Where its value stands."""
        if given := self.values.given.get(variable):
            return given.place
        declared = self.stack.variables.get(variable)
        has_default = declared is None or not declared.is_required
        return f"{self.stack.folder.parent.name}/{self.stack.folder.name}, {'default' if has_default else 'no default'}"

    def seen(self, variable: str) -> str:
        """The value as it may be shown."""
        declared, given = self.stack.variables.get(variable), self.values.given.get(variable)
        if declared and declared.is_required and not given:
            return "not given"
        return _shown(given.value if given else declared.default if declared else None, declared)

    @cached_property
    def cloud(self) -> str:
        """Whose stack it is, by what it asks for."""
        marks = {"account_id": "aws", "subscription_id": "azure", "project_id": "gcp"}
        return next((cloud for name, cloud in marks.items() if name in self.stack.variables), "none")

    def _unknown(self, given: Given) -> Complaint:
        alike = difflib.get_close_matches(given.name, self.stack.variables, 1)
        hint = f": {alike[0]} is meant?" if alike else ""
        text = f"The stack takes no {given.name}{hint}"
        return Complaint(Kind.UNKNOWN, given.name, text, given.place, _HIDDEN, is_grave=bool(alike))

    def _taken(self, variable: Variable) -> Iterator[Complaint]:
        given = self.values.given.get(variable.name)
        value = given.value if given else variable.default
        if value is None and not variable.is_nullable:
            value = variable.default
        if value is None and (variable.is_required or not variable.is_nullable):
            yield self._complaint(Kind.MISSING, variable.name, f"{variable.name} has no value")
            return
        try:
            fit = fitted(value, variable.type)
        except NoValue as error:
            yield self._complaint(Kind.TYPE, variable.name, f"{variable.name}: {self._discreet(error, variable)}")
            return
        except NotKnownHere:
            fit = Fitted(value)
        self.final[variable.name] = fit.value
        if given is not None:
            yield from self._of_fitted(variable, fit)

    def _of_fitted(self, variable: Variable, fit: Fitted) -> Iterator[Complaint]:
        for path, known in fit.ignored.items():
            alike = difflib.get_close_matches(path.rpartition(".")[2], known, 1)
            hint = f": {alike[0]} is meant?" if alike else ""
            yield self._complaint(Kind.UNKNOWN, variable.name, f"{variable.name}{path} is not taken{hint}")
        if found := placeholders.found_in(fit.value):
            why = "" if variable.is_sensitive else f": {found}"
            yield self._complaint(Kind.PLACEHOLDER, variable.name, f"{variable.name} is not filled in{why}")

    def _broken(self, rule: Rule) -> Iterator[Complaint]:
        hidden = [name for name, variable in self.stack.variables.items() if variable.is_sensitive]
        if message := rule.broken(self.final, hidden):
            yield self._complaint(_kind_of(rule.variable), rule.variable, message)

    def _complaint(self, kind: Kind, variable: str, text: str) -> Complaint:
        return Complaint(kind, variable, text, self.place(variable), self.seen(variable))

    def _discreet(self, error: NoValue, variable: Variable) -> str:
        return "it is of another type than the stack takes" if variable.is_sensitive else str(error)


def _kind_of(variable: str) -> Kind:
    if variable in {"name", "namespace"}:
        return Kind.NAME
    if variable in {"domain", "zone_name"}:
        return Kind.DOMAIN
    return Kind.NETWORK if variable.endswith(("cidr", "cidrs")) else Kind.RULE


def _shown(value: Any, variable: Variable | None) -> str:
    if variable is None or variable.is_sensitive:
        return _HIDDEN
    if isinstance(value, Mapping):
        return "{…}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
