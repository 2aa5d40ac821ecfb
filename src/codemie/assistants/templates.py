"""Assistants that come with the platform: templates to start from, and seeds every marketplace has.

Both are YAML files whose keys are those of the create request, under ``data/templates`` and ``data/seeds``.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from codemie.assistants.filters import AssistantFilters
from codemie.assistants.schemas import AssistantFields, AssistantObject
from codemie.kernel.database import utcnow
from codemie.kernel.errors import NotFound

PLATFORM_PROJECT = "codemie"
_CUT = re.compile(r"(?<=\S)\n[ \t]*(?=[^\s\-*+#|>`\d])")
"""A line end before words: not one of a paragraph, a list item, a heading, a table, a quotation or code."""


@cache
def packaged(folder: str) -> tuple[AssistantFields, ...]:
    """The assistants of one folder, in the order of their file names."""
    entries = sorted(files("codemie.assistants").joinpath("data", folder).iterdir(), key=lambda entry: entry.name)
    return tuple(
        AssistantFields.model_validate({**yaml.safe_load(entry.read_text("utf-8")), "project": PLATFORM_PROJECT})
        for entry in entries
        if entry.name.endswith(".yaml")
    )


@cache
def templates() -> tuple[AssistantObject, ...]:
    """Templates in the shape of assistants that have no id yet."""
    return tuple(_unsaved(fields) for fields in packaged("templates"))


def template(slug: str) -> AssistantObject:
    """One template.

    Raises:
        NotFound: 404, none has the slug.
    """
    for candidate in templates():
        if candidate.slug == slug:
            return candidate
    raise NotFound("Prebuilt assistant not found", details=f"There is no prebuilt assistant with the slug '{slug}'.")


def matching_templates(filters: AssistantFilters) -> list[AssistantObject]:
    """Templates whose name contains the search and that have one of the categories."""
    return [candidate for candidate in templates() if _matches(candidate, filters)]


def _matches(candidate: AssistantObject, filters: AssistantFilters) -> bool:
    if filters.search and filters.search.casefold() not in candidate.name.casefold():
        return False
    if filters.created_by and candidate.creator not in filters.created_by:
        return False
    return not filters.categories or bool(set(filters.categories) & {str(key) for key in candidate.categories})


def _unsaved(fields: AssistantFields) -> AssistantObject:
    nothing_yet: dict[str, Any] = {
        "id": None,
        "date": None,
        "update_date": None,
        "created_by": None,
        "created_date": utcnow(),
        "updated_date": None,
        "unique_users_count": 0,
        "unique_likes_count": 0,
        "unique_dislikes_count": 0,
        "clone_count": 0,
        "version_count": 1,
    }
    content = fields.model_dump(mode="json")
    prompt = unwrapped(content["system_prompt"] or "")
    return AssistantObject.model_validate({**content, **nothing_yet, "system_prompt": prompt})


def unwrapped(prompt: str) -> str:
    """The prompt with one line a paragraph or list item: files are cut at a margin, a form wraps by its own."""
    return _CUT.sub(" ", prompt)
