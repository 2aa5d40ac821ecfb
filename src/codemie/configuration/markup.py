"""Text with inline Markdown, which clients show in one line: no blocks, and links that lead only to web pages."""

import re
from html import unescape
from urllib.parse import unquote

_BLOCKS = (
    (re.compile(r"^ {0,3}#{1,6}(\s|$)", re.MULTILINE), "a heading"),
    (re.compile(r"^ {0,3}>", re.MULTILINE), "a quotation"),
    (re.compile(r"^ {0,3}(```|~~~)", re.MULTILINE), "a code block"),
    (re.compile(r"^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$", re.MULTILINE), "a rule"),
    (re.compile(r"^ {0,3}([-*+]|\d{1,9}[.)])(\s|$)", re.MULTILINE), "a list"),
    (re.compile(r"^ {0,3}(=+|-+)[ \t]*$", re.MULTILINE), "a heading"),
    (re.compile(r"^.*\|.*\n[ \t|:-]*-[ \t|:-]*$", re.MULTILINE), "a table"),
    (re.compile(r"^(\t| {4})\S", re.MULTILINE), "a code block"),
    (re.compile(r"!\["), "an image"),
    (re.compile(r"<[A-Za-z/!?]"), "HTML"),
)
_LINK = re.compile(r"\]\(\s*<?([^)>]*)|^ {0,3}\[[^\]]+\]:\s*<?(\S+)", re.MULTILINE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SAFE = ("https:", "http:", "mailto:")


def problem_with(text: str) -> str | None:
    """What keeps a text from being shown in a line; None when nothing does."""
    for pattern, name in _BLOCKS:
        if pattern.search(text):
            return f"must not contain {name}: only inline Markdown is shown"
    for found in _LINK.finditer(text):
        if not _is_safe(found[1] or found[2] or ""):
            return "links may only lead to http, https or mailto addresses, or to pages here"
    return None


def _is_safe(address: str) -> bool:
    # A browser reads entities and escapes, and overlooks control characters, before it looks for a scheme.
    plain = re.sub(r"[\x00-\x20\\]", "", unquote(unescape(address))).lower()
    scheme = _SCHEME.match(plain)
    return scheme is None or scheme[0] in _SAFE
