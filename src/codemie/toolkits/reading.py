"""Files of other systems as models read them: plain text as it is, of documents what they say."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from codemie.knowledge.documents import Extracted, Section, Skipped, Unreadable
from codemie.knowledge.extraction import extract
from codemie.knowledge.filetypes import classify
from codemie.knowledge.office import OfficeParser
from codemie.knowledge.text_encoding import decode

_MOST_CHARACTERS = 1_000_000
_DOCUMENTS = ("office", "zip")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says.

    Args:
        text: None where it cannot be read.
        problem: why it cannot.
    """

    text: str | None
    problem: str = ""


Read = Callable[[str, bytes], Awaitable[Reading]]
"""Reads a file of a name and a content."""


async def plain_text(_name: str, content: bytes) -> Reading:
    """Read text only."""
    try:
        return Reading(decode(content))
    except Unreadable as problem:
        return Reading(None, str(problem))


def reader(parser: OfficeParser) -> Read:
    """Reads documents, too, and what archives have inside.

    Args:
        parser: of this process; it opens hostile files in a process of their own.
    """

    async def read(name: str, content: bytes) -> Reading:
        try:
            kind, _ = classify(name, content)
        except Unreadable as problem:
            return Reading(None, str(problem))
        if kind not in _DOCUMENTS:
            return await plain_text(name, content)
        parts, problems, room = list[str](), list[str](), _MOST_CHARACTERS
        async with aclosing(extract(parser, name, content)) as outcomes:
            async for outcome in outcomes:
                parts.append(_told(outcome))
                problems += [outcome.reason] if isinstance(outcome, Skipped) else []
                room -= len(parts[-1])
                if room < 0:
                    break
        is_unreadable = len(problems) == len(parts)
        return Reading(None, "; ".join(problems)) if is_unreadable else Reading("\n\n".join(parts))

    return read


def _told(outcome: Extracted | Skipped) -> str:
    if isinstance(outcome, Skipped):
        return f"# {outcome.source}\nCannot be read: {outcome.reason}."
    return "\n\n".join((f"# {outcome.source}", *(_section(section) for section in outcome.sections)))


def _section(section: Section) -> str:
    return f"Page {section.page}:\n{section.text}" if section.page else section.text
