"""A skill as one Markdown file: front matter with name and description, then the instructions."""

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml

from codemie.kernel.errors import InvalidInput

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)(?:\r?\n)?^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_LONGEST_FRONT_MATTER = 20_000
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Document:
    """What a skill file says."""

    name: str
    description: str
    content: str
    categories: tuple[str, ...] = ()


def decode(file_content: str, filename: str) -> str:
    """The text of an uploaded file.

    Raises:
        InvalidInput: 400, not a Markdown file, not base64, or not UTF-8.
    """
    if PurePosixPath(filename).suffix.lower() not in {".md", ".markdown"}:
        raise _invalid(f"'{filename}' is not a Markdown file (.md).")
    try:
        return base64.b64decode(file_content, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise _invalid("The content must be UTF-8 text, encoded as base64.") from error


def parse(text: str, filename: str) -> Document:
    """Read a skill file; without a name in it, the file's name serves.

    Raises:
        InvalidInput: 400, there is no front matter, it cannot be read, or it has no description.
    """
    found = _FRONT_MATTER.match(text)
    if found is None:
        raise _invalid("The file must begin with front matter: --- name and description ---.")
    fields = _fields(found[1])
    name = kebab(str(fields.get("name") or PurePosixPath(filename).stem))
    description = fields.get("description")
    if not isinstance(description, str) or not description.strip():
        raise _invalid("The front matter has no description.")
    categories = fields.get("categories")
    listed = tuple(item for item in categories if isinstance(item, str)) if isinstance(categories, list) else ()
    return Document(name, " ".join(description.split()), text[found.end() :].strip(), listed)


def render(document: Document) -> str:
    """The skill as a file that ``parse`` reads back."""
    fields: dict[str, Any] = {"name": document.name, "description": document.description}
    if document.categories:
        fields["categories"] = list(document.categories)
    front = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=10_000)
    return f"---\n{front}---\n\n{document.content}\n"


def kebab(name: str) -> str:
    """`Release Notes` → `release-notes`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST_NAME].rstrip("-")


def _fields(front: str) -> dict[str, Any]:
    if len(front) > _LONGEST_FRONT_MATTER:
        raise _invalid("The front matter is too long.")
    try:
        fields: Any = yaml.safe_load(front)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _invalid("The front matter is not valid YAML.") from error
    if not isinstance(fields, dict):
        raise _invalid("The front matter must hold name and description.")
    return fields


def _invalid(details: str) -> InvalidInput:
    return InvalidInput(
        "Invalid skill file",
        details=details,
        help="A skill file is Markdown that begins with front matter holding 'name' and 'description'.",
    )
