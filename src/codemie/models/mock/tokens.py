"""How the mock cuts text into tokens. Only stability matters: the same text always counts and streams the same."""

import re
from collections.abc import Iterator

_TOKEN = re.compile(r"\s*\w{1,8}|\s*[^\w\s]|\s+")
MESSAGE_OVERHEAD = 4
"""Tokens a chat message costs beyond its text, as in OpenAI's published counting recipe."""


def tokens(text: str) -> Iterator[str]:
    """Yield the pieces of `text` in order; joined they are `text` again."""
    return (match.group() for match in _TOKEN.finditer(text))


def count_tokens(text: str) -> int:
    """Return how many tokens `text` counts as."""
    return sum(1 for _ in _TOKEN.finditer(text))
