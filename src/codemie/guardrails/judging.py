"""Judging texts by compiled rules: whole texts, and what JSON holds. Growing texts are ``window``'s."""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from codemie.guardrails import detectors, phrases
from codemie.guardrails.finders import Finder, Span
from codemie.guardrails.patterns import longest_match
from codemie.guardrails.rules import RULES, Action, DetectorRule, PatternRule, PhraseRule, Rule
from codemie.kernel.linear_patterns import compiled

_LONG = 16_384
"""Texts of so many characters are judged off the event loop."""
_LOOKAHEAD = 4
_DEFAULT_LABELS = {"phrase": "denied phrase", "pattern": "denied text"}


@dataclass(frozen=True, slots=True)
class Judge:
    """One rule of one guardrail, ready to work."""

    guardrail_id: str
    guardrail: str
    action: Action
    label: str
    message: str
    finders: tuple[Finder, ...]

    @property
    def told(self) -> str:
        """What people read where it blocks."""
        why = self.message or f"It contains what must not be said here: {self.label}."
        return f"Blocked by the guardrail '{self.guardrail}'. {why}"

    @property
    def cover(self) -> str:
        """What stands in place of what it masks."""
        return f"[{self.label}]"

    def find(self, text: bytes, start: int = 0) -> list[Span]:
        """All it finds, in order for each of its finders."""
        return [span for finder in self.finders for span in finder.find(text, start)]


@dataclass(frozen=True, slots=True)
class Intervention:
    """A guardrail did something."""

    judge: Judge
    count: int = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a text; a blocked one is masked all the same, for what is kept of it."""

    text: str
    interventions: tuple[Intervention, ...] = ()

    @property
    def blocked(self) -> Judge | None:
        """Who blocks it, if anybody does."""
        return next((one.judge for one in self.interventions if one.judge.action == "block"), None)


@lru_cache(1024)
def _judges(guardrail_id: str, guardrail: str, rules: str) -> tuple[Judge, ...]:
    return tuple(
        Judge(guardrail_id, guardrail, rule.action, _label(rule), rule.message, _finders(rule))
        for rule in RULES.validate_json(rules)
    )


def judges_of(guardrail_id: str, guardrail: str, rules: Iterable[Any]) -> tuple[Judge, ...]:
    """The rules of a guardrail as they are stored, compiled; the same rules are compiled once."""
    return _judges(guardrail_id, guardrail, json.dumps(list(rules), sort_keys=True))


def _label(rule: Rule) -> str:
    if rule.label:
        return rule.label
    return detectors.LABELS[rule.detector] if isinstance(rule, DetectorRule) else _DEFAULT_LABELS[rule.type]


def _finders(rule: Rule) -> tuple[Finder, ...]:
    match rule:
        case PhraseRule():
            return (phrases.finder(rule.phrases),)
        case DetectorRule():
            return detectors.finders(rule.detector)
        case PatternRule():
            longest = longest_match(rule.pattern)
            reach = None if longest is None else longest + _LOOKAHEAD
            return (Finder(compiled(rule.pattern, ignore_case=rule.ignore_case), reach),)


def verdict_on(judges: Sequence[Judge], text: str) -> Verdict:
    """What becomes of a text."""
    raw = encoded(text)
    found = [(span, judge) for judge in judges for span in judge.find(raw)]
    return Verdict(decoded(covered(raw, found)), tally(found)) if found else Verdict(text)


async def judged(judges: Sequence[Judge], text: str) -> Verdict:
    """The same without holding up others."""
    if not judges or len(text) < _LONG:
        return verdict_on(judges, text)
    return await asyncio.to_thread(verdict_on, judges, text)


def tally(found: Iterable[tuple[Span, Judge]]) -> tuple[Intervention, ...]:
    """How often each rule was found."""
    counts: dict[int, Intervention] = {}
    for _, judge in found:
        known = counts.get(id(judge))
        counts[id(judge)] = Intervention(judge, known.count + 1 if known else 1)
    return tuple(counts.values())


def covered(text: bytes, found: Iterable[tuple[Span, Judge]], start: int = 0, end: int | None = None) -> bytes:
    """The text from a place to another with what was found covered; what overlaps is covered together."""
    parts: list[bytes] = []
    place = start
    for (begin, stop), judge in merged(found):
        parts += (text[place:begin], judge.cover.encode())
        place = stop
    return b"".join((*parts, text[place:end]))


def merged(found: Iterable[tuple[Span, Judge]]) -> Iterator[tuple[Span, Judge]]:
    """Overlapping finds as one, under the name of the first."""
    current: tuple[Span, Judge] | None = None
    for (begin, end), judge in sorted(found, key=lambda one: one[0]):
        if current is not None and begin < current[0][1]:
            current = (current[0][0], max(current[0][1], end)), current[1]
            continue
        if current is not None:
            yield current
        current = (begin, end), judge
    if current is not None:
        yield current


def encoded(text: str) -> bytes:
    """UTF-8; half characters, which models write now and then, come back as they were."""
    return text.encode(errors="surrogatepass")


def decoded(text: bytes) -> str:
    """The text of `encoded`."""
    return text.decode(errors="surrogatepass")


def in_texts(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [in_texts(one, change) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {name: in_texts(one, change) for name, one in cast("dict[str, Any]", value).items()}
    return value
