"""Numbers for passages: unique within one run, the same passage always under the same number."""

import re
from dataclasses import replace

from codemie.kernel.tools import Citation, ToolResult

_LABEL = re.compile(r"^\[(\d+)\]", re.MULTILINE)
_REFERENCE = re.compile(r"\[(\d+(?:\s*,\s*\d+)*)\]")


class CitationBook:
    """All passages a run has shown its model."""

    def __init__(self) -> None:
        self._by_place: dict[tuple[str, str], Citation] = {}

    def renumber(self, result: ToolResult) -> str:
        """The tool's text with its own labels (`[1]` at the start of a line) replaced by numbers of this run."""
        numbers = {
            citation.number or position: self._number(citation)
            for position, citation in enumerate(result.citations, start=1)
        }
        if not numbers:
            return result.text
        return _LABEL.sub(lambda label: f"[{numbers.get(int(label[1]), label[1])}]", result.text)

    def _number(self, citation: Citation) -> int:
        place = (citation.index_id, citation.chunk_id)
        known = self._by_place.get(place)
        if known is None:
            known = self._by_place[place] = replace(citation, number=len(self._by_place) + 1)
        return known.number

    def cited_in(self, answer: str) -> tuple[Citation, ...]:
        """The passages the answer refers to; all of them when it refers to none, so that sources are never lost."""
        wanted = {int(number) for group in _REFERENCE.findall(answer) for number in group.split(",")}
        passages = tuple(self._by_place.values())
        return tuple(passage for passage in passages if passage.number in wanted) or passages
