"""Readable addresses of assistants."""

import re
import secrets
import string
import unicodedata

_SUFFIX_LETTERS = 15
_MAX_LENGTH = 100


def slugify(name: str, *, fallback: str = "assistant") -> str:
    """``AI/Run FAQ`` becomes ``ai-run-faq``; a name without Latin letters or digits becomes the fallback."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_MAX_LENGTH].rstrip("-") or fallback


def with_suffix(slug: str) -> str:
    """The slug made unique by random letters, as the protocol does on a collision."""
    return slug + "_" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(_SUFFIX_LETTERS))
