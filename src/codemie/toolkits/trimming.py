"""What a tool returns becomes text of a bounded length."""

import json
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

CHARACTERS_PER_TOKEN = 4
"""A cautious average; counting exactly would need every provider's tokenizer."""


def as_text(output: Any) -> str:
    """Text as it is, anything else as JSON."""
    if isinstance(output, str):
        return output
    if isinstance(output, BaseModel):
        output = output.model_dump(mode="json")
    return json.dumps(to_jsonable_python(output, fallback=str), ensure_ascii=False)


def trimmed(text: str, tokens: int) -> str:
    """`text`, at most `tokens` long; where it was cut it says how much was kept, and what to do."""
    limit = tokens * CHARACTERS_PER_TOKEN
    if len(text) <= limit:
        return text
    kept = limit / len(text)
    return (
        f"{text[:limit]}\n[Truncated: {kept:.0%} of the output was kept ({limit} of {len(text)} characters). "
        "Ask for less: use filters, fewer fields or the next page.]"
    )


def last_lines(text: str, most: int) -> str:
    """The end of a log, after a note of what was left out."""
    lines = text.splitlines()
    left_out = f"[{len(lines) - most} earlier lines left out]\n" if len(lines) > most else ""
    return left_out + "\n".join(lines[-most:])
