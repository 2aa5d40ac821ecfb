"""Texts of a file of Terraform: quoted, or as lines between two marks."""

import re
import textwrap
from collections.abc import Callable

from codemie.operations.hcl.reader import Reader
from codemie.operations.hcl.syntax import Expression, Literal, Template

_PLAIN = re.compile(r'(?:[^"\\$%\n]|\$(?!\$?\{)|%(?!%?\{))+')
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_CODE = re.compile(r"u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})")
_HEREDOC = re.compile(r"<<(-?)([A-Za-z_]\w*)\r?\n")


class Texts:
    """Reads a text where a reader is, and moves it behind.

    Args:
        reader: whose text it is.
        filled_in: reads an expression within the text, and the brace behind it.
    """

    def __init__(self, reader: Reader, filled_in: Callable[[], Expression]) -> None:
        self._reader = reader
        self._filled_in = filled_in

    def quoted(self) -> Expression:
        """The text whose quotation mark is next."""
        here = self._reader
        here.at += 1
        parts: list[Expression] = []
        while not here.text.startswith('"', here.at):
            if plain := _PLAIN.match(here.text, here.at):
                here.at = plain.end()
                parts.append(Literal(plain[0]))
            elif here.text.startswith(("$${", "%%{"), here.at):
                parts.append(Literal(here.text[here.at + 1 : here.at + 3]))
                here.at += 3
            elif here.text.startswith("${", here.at):
                here.at += 2
                parts.append(self._filled_in())
            elif here.text.startswith("\\", here.at):
                parts.append(Literal(self._escaped()))
            else:
                here.wrong("The end of the text")
        here.at += 1
        return _joined(parts)

    def _escaped(self) -> str:
        here = self._reader
        letter = here.text[here.at + 1 : here.at + 2]
        if letter in _ESCAPES and letter:
            here.at += 2
            return _ESCAPES[letter]
        code = _CODE.match(here.text, here.at + 1)
        if code is None:
            here.wrong("A letter that may be escaped")
        here.at = code.end()
        return chr(int(code[1] or code[2], 16))

    def heredoc(self) -> Expression:
        """The lines up to the mark; nothing is filled in."""
        here = self._reader
        begun = _HEREDOC.match(here.text, here.at)
        if begun is None:
            here.wrong("A value")
        end = re.compile(rf"^[ \t]*{begun[2]}[ \t]*\r?$", re.MULTILINE).search(here.text, begun.end())
        if end is None:
            here.wrong(f"The end of the text, {begun[2]}")
        text = here.text[begun.end() : end.start()]
        if "${" in text or "%{" in text:
            here.wrong("A text without anything to fill in")
        here.at = end.end()
        return Literal(textwrap.dedent(text) if begun[1] else text)


def _joined(parts: list[Expression]) -> Expression:
    """One literal where nothing is to be filled in."""
    if all(isinstance(part, Literal) for part in parts):
        return Literal("".join(str(part.value) for part in parts if isinstance(part, Literal)))
    return Template(tuple(parts))
