"""What AWS returns, as JSON: bytes as text where they are text, a description where they are not."""

from datetime import datetime
from typing import Any


def readable(value: Any) -> Any:
    """The same with nothing in it that JSON lacks."""
    if isinstance(value, dict):
        return {str(key): readable(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [readable(part) for part in value]
    if isinstance(value, (bytes, bytearray)):
        return text_of(bytes(value))
    return value.isoformat() if isinstance(value, datetime) else value


def text_of(content: bytes, media_type: str = "") -> str:
    """Text, or of anything else what it is."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        kind = f"{media_type}, " if media_type else ""
        return f"[binary: {kind}{len(content)} bytes; not shown]"
    return text
