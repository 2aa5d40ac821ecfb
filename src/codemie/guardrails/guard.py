"""The guardrails that stand guard over one assistant or data source, and what they did in one turn."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, get_args

from codemie.guardrails.judging import Intervention, Judge, Verdict, in_texts, judged, judges_of, verdict_on
from codemie.guardrails.window import Blocked, Window
from codemie.kernel.telemetry import GUARDRAIL_INTERVENTIONS

Place = Literal["said", "context", "written", "handled", "passage"]
"""Where a text stands:

said      by the person
context   what the model reads besides: files, earlier messages, results of tools
written   by the model or a tool, and shown to people
handled   by the model to a tool
passage   found in a data source
"""

_SOURCE: dict[Place, str] = {"said": "input", "context": "input", "written": "output", "handled": "output"}
_IN_ALL: tuple[Place, ...] = ("context", "handled")
"""Where only guardrails look that are assigned with the mode `all`."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Who judges what, by place."""

    judges: dict[Place, tuple[Judge, ...]]

    def at(self, place: Place) -> tuple[Judge, ...]:
        """Who judges texts that stand there."""
        return self.judges[place]


@lru_cache(512)
def guard_of(stored: str) -> Guard:
    """What `codemie_guards` gave; made once for the same text, whoever asks."""
    placed: dict[Place, list[Judge]] = {place: [] for place in get_args(Place)}
    for line in json.loads(stored):
        for judge in judges_of(line["id"], line["name"], line["rules"]):
            for place in _places(line["mode"], line["source"]):
                if judge not in placed[place]:
                    placed[place].append(judge)
    return Guard({place: tuple(judges) for place, judges in placed.items()})


def _places(mode: str, source: str) -> Iterable[Place]:
    for place, of in _SOURCE.items():
        if source in (of, "both") and (mode == "all" or place not in _IN_ALL):
            yield place
    yield "passage"


@dataclass(slots=True)
class Guarded:
    """A guard at work, and what it has done so far.

    Attributes:
        guard: who judges.
        done: how often each rule intervened, by place.
        windows: texts that are being written, by stretch.
        stretch: the one that is the answer, as far as that is known.
        is_admitted: whether what the person said has been judged.
    """

    guard: Guard
    done: Counter[tuple[Judge, Place]] = field(default_factory=Counter[tuple[Judge, Place]])
    windows: dict[str, Window] = field(default_factory=dict[str, Window])
    stretch: str = ""
    is_admitted: bool = False

    @classmethod
    def by(cls, stored: str | None) -> "Guarded | None":
        """A guard, where anybody stands guard."""
        return cls(guard_of(stored)) if stored else None

    async def judged(self, place: Place, text: str) -> Verdict:
        """What becomes of a text."""
        verdict = await judged(self.guard.at(place), text)
        self.note(place, verdict.interventions)
        return verdict

    def covered(self, place: Place, value: Any) -> Any:
        """A JSON value as it may be shown: what would block is covered, too."""
        judges = self.guard.at(place)
        return in_texts(value, lambda text: verdict_on(judges, text).text) if judges else value

    def feed(self, stretch: str, text: str) -> str:
        """More of a text that is being written; gives what may be shown now.

        Raises:
            Blocked: what comes next must not be.
        """
        if not self.guard.at("written"):
            return text
        if stretch not in self.windows:
            self.windows[stretch] = Window(self.guard.at("written"))
        return self._moved(self.windows[stretch], lambda window: window.feed(text))

    def finish(self, stretch: str) -> str:
        """The text ends; gives what was held back.

        Raises:
            Blocked: it must not be shown.
        """
        window = self.windows.pop(stretch, None)
        return self._moved(window, Window.finish) if window else ""

    def rest(self) -> str:
        """What is held back of an answer that ends where it is; nothing of what must not be shown."""
        try:
            return self.finish(self.stretch)
        except Blocked:
            return ""

    def _moved(self, window: Window, move: Callable[[Window], str]) -> str:
        before = len(window.interventions)
        try:
            return move(window)
        finally:
            self.note("written", window.interventions[before:])

    def note(self, place: Place, interventions: Iterable[Intervention]) -> None:
        """Remember what was done, and count it."""
        for one in interventions:
            known = (one.judge, place)
            if known not in self.done:
                GUARDRAIL_INTERVENTIONS.labels(one.judge.action, place).inc()
            self.done[known] += one.count


async def let_out(stored: str | None, passage: str) -> str:
    """A passage of a data source as it may be read; a blocked one is withheld, in words that say by whom."""
    guard = Guarded.by(stored)
    if guard is None or not passage:
        return passage
    verdict = await guard.judged("passage", passage)
    return f"[Withheld. {verdict.blocked.told}]" if verdict.blocked else verdict.text


async def let_in(stored: str | None, text: str) -> Verdict:
    """What becomes of a document's text on its way into a data source."""
    guard = Guarded.by(stored)
    return await guard.judged("said", text) if guard else Verdict(text)
