"""What a project may be called and described as."""

import re

from codemie.kernel.errors import InvalidInput

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{2,99}")
RESERVED = frozenset({"admin", "system", "root", "api", "null", "undefined", "default", "test", "demo"})
MAX_DISPLAY_NAME, MAX_DESCRIPTION = 150, 500


def acceptable_name(name: str) -> str:
    """The name, or 400: 3 to 100 lower-case letters, digits, hyphens and underscores, none of the reserved words."""
    if not name.strip():
        raise InvalidInput("Project name is required")
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            "Project name must have 3 to 100 characters: lower-case letters, digits, hyphens and underscores, "
            "a letter or digit first"
        )
    if name in RESERVED:
        raise InvalidInput(f"Project name '{name}' is reserved")
    return name


def acceptable_display_name(display_name: str | None) -> str | None:
    """Trimmed, None when blank, or 400."""
    trimmed = (display_name or "").strip()
    if len(trimmed) > MAX_DISPLAY_NAME:
        raise InvalidInput(f"Project display name must not exceed {MAX_DISPLAY_NAME} characters")
    return trimmed or None


def acceptable_description(description: str | None) -> str | None:
    """Trimmed, None when blank, or 400."""
    trimmed = (description or "").strip()
    if len(trimmed) > MAX_DESCRIPTION:
        raise InvalidInput(f"Project description must not exceed {MAX_DESCRIPTION} characters")
    return trimmed or None
