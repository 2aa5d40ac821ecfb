"""Issues of Jira as a model reads them: names instead of objects full of addresses."""

from collections.abc import Iterable
from typing import Any, cast

Json = dict[str, Any]

SHOWN = ("summary", "assignee", "status", "issuetype")
"""Fields of an issue in a list, whatever was asked for beside them."""
_NAMES = ("displayName", "name", "value", "key")
_WITH_ID = {"filename": ("id", "filename", "size", "mimeType"), "body": ("id", "author", "created", "body")}
"""Attachments and comments, known by what only they have: whoever wants to go on with one needs its number."""
_NOISE = frozenset({"self", "avatarUrls", "iconUrl", "id", "accountId", "updateAuthor", "jsdPublic", "thumbnail"})
_BLOCKS = frozenset({"paragraph", "heading", "listItem", "codeBlock", "blockquote", "tableRow", "rule", "panel"})
_DEEP = 40


def wanted_fields(asked: object) -> list[str]:
    """What a search asks for: the fields it names, and those that are always shown.

    Args:
        asked: a list of names, or a text with commas.
    """
    names = asked.split(",") if isinstance(asked, str) else cast("list[object]", asked or [])
    given = [name for item in names if (name := str(item).strip())]
    return given if any(name.startswith("*") for name in given) else list(dict.fromkeys((*SHOWN, *given)))


def compact_search(site: str, found: Json) -> Json:
    """The answer to a search, a line an issue; what tells pages stays."""
    paging = ("total", "startAt", "maxResults", "nextPageToken", "isLast", "warningMessages")
    kept = {name: found[name] for name in paging if name in found}
    return {"issues": [compact_issue(site, issue) for issue in found.get("issues", ())], **kept}


def compact_issue(site: str, issue: Json) -> Json:
    """One issue: its key and address, its fields, and what was expanded."""
    fields: Json = issue.get("fields") or {}
    shown = {name: plain(value) for name, value in fields.items() if value not in (None, [], {}) or name in SHOWN}
    expanded = {name: issue[name] for name in ("changelog", "renderedFields", "names") if name in issue}
    return {"key": issue.get("key"), "url": f"{site}/browse/{issue.get('key')}", **shown, **expanded}


def plain(value: Any, depth: int = 0) -> Any:
    """A value of a field without what only programs need: of a person the name, of a document the text."""
    if depth > _DEEP:
        return "…"
    if isinstance(value, list):
        return [plain(item, depth + 1) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    fields = cast("Json", value)
    for mark, names in _WITH_ID.items():
        if mark in fields:
            return {name: plain(fields[name], depth + 1) for name in names if name in fields}
    if (named := _named(fields)) is not None:
        return named
    return {name: plain(item, depth + 1) for name, item in fields.items() if name not in _NOISE}


def _named(fields: Json) -> str | None:
    """What stands for the whole, if something does."""
    if fields.get("type") == "doc" and "content" in fields:
        return "".join(_text(fields)).strip()
    if "fields" in fields and "key" in fields:  # an issue in an issue: a parent, a part, the end of a link
        return f"{fields['key']} {fields['fields'].get('summary', '')}".strip()
    return next((fields[name] for name in _NAMES if isinstance(fields.get(name), str)), None)


def _text(node: Json, depth: int = 0) -> Iterable[str]:
    """The words of a document (https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/)."""
    attributes: Json = node.get("attrs") or {}
    if depth > _DEEP:
        return
    match node.get("type"):
        case "text":
            yield str(node.get("text", ""))
        case "hardBreak":
            yield "\n"
        case "mention" | "emoji" | "status":
            yield str(attributes.get("text", ""))
        case "inlineCard":
            yield str(attributes.get("url", ""))
        case "listItem":
            yield "- "
        case _:
            pass
    for child in node.get("content") or ():
        yield from _text(child, depth + 1)
    if node.get("type") in _BLOCKS:
        yield "\n"
