"""Numbers for passages: unique within one run, the same passage always under the same number."""

import re
from collections.abc import Iterable
from dataclasses import replace

from codemie.kernel.tools import Citation, ToolResult

_LABEL = re.compile(r"^\[(\d+)\]", re.MULTILINE)
_REFERENCE = re.compile(r"\[(\d+(?:\s*,\s*\d+)*)\]")


class CitationBook:
    """All passages a run has shown its model."""

    def __init__(self, known: Iterable[Citation] = ()) -> None:
        self._by_place = {(citation.index_id, citation.chunk_id): citation for citation in known}

    def renumber(self, result: ToolResult) -> str:
        """The tool's text with its own labels (`[1]` at the start of a line) replaced by numbers of this run."""
        numbers = {
            citation.number or position: self._number(citation)
            for position, citation in enumerate(result.citations, start=1)
        }
        if not numbers:
            return result.text
        return _LABEL.sub(lambda label: f"[{numbers.get(int(label[1]), label[1])}]", result.text)

    def adopt(self, answer: str, citations: Iterable[Citation]) -> str:
        """Another run's answer with its references replaced by numbers of this run."""
        numbers = {str(citation.number): str(self._number(citation)) for citation in citations}
        if not numbers:
            return answer

        def renumbered(group: re.Match[str]) -> str:
            return f"[{', '.join(numbers.get(number.strip(), number.strip()) for number in group[1].split(','))}]"

        return _REFERENCE.sub(renumbered, answer)

    def _number(self, citation: Citation) -> int:
        place = (citation.index_id, citation.chunk_id)
        known = self._by_place.get(place)
        if known is None:
            known = self._by_place[place] = replace(citation, number=len(self._by_place) + 1)
        return known.number

    @property
    def passages(self) -> tuple[Citation, ...]:
        """Everything shown so far, under its number."""
        return tuple(self._by_place.values())

    def cited_in(self, answer: str) -> tuple[Citation, ...]:
        """The passages the answer refers to; all of them when it refers to none, so that sources are never lost."""
        wanted = {int(number) for group in _REFERENCE.findall(answer) for number in group.split(",")}
        return tuple(passage for passage in self.passages if passage.number in wanted) or self.passages
