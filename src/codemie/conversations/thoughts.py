"""Thoughts: what a model and its tools did on the way to an answer, in the clients' snake_case form."""

import json
import uuid
from collections.abc import Iterable
from typing import Any

from codemie.agents.events import ToolFinished, ToolStarted

MODEL_AUTHOR = "Codemie Thoughts"
"""Clients look for exactly this name."""
_SUMMARY = 600

Thought = dict[str, Any]


def model_thought(identifier: str, message: str, *, in_progress: bool, parent: str | None = None) -> Thought:
    """Text a model wrote; below the call of a sub-assistant when that one wrote it."""
    thought_id = identifier if parent is None else _uuid(identifier)
    return _thought(thought_id, MODEL_AUTHOR, parent=parent, message=message, in_progress=in_progress)


def tool_started(event: ToolStarted) -> Thought:
    """A tool call that runs."""
    return _thought(
        _uuid(event.id),
        event.label,
        parent=event.parent,
        author_type="Agent" if event.is_agent else "Tool",
        input_text=json.dumps(event.arguments, ensure_ascii=False),
        in_progress=True,
        metadata=_whereabouts(event) | _metadata(event.name, event.arguments, "running", ""),
    )


def tool_waiting(event: ToolStarted) -> Thought:
    """The same call when it waits for a person to allow it."""
    return {**tool_started(event), "in_progress": False, "interrupted": True}


def tool_finished(event: ToolFinished, arguments: dict[str, Any], seconds: float | None = None) -> Thought:
    """The same call when it has ended, under the same id; how long it took is ours."""
    wrong = event.failure is not None
    more: dict[str, Any] = {} if seconds is None else {"seconds": round(seconds, 3)}
    more |= _whereabouts(event)
    if artifacts := _artifacts(event):
        more["image_artifacts"] = artifacts
    thought = _thought(
        _uuid(event.id),
        event.label,
        parent=event.parent,
        author_type="Agent" if event.is_agent else "Tool",
        message=event.text if event.is_denied else f"{event.text}\n\n",
        input_text=json.dumps(arguments, ensure_ascii=False),
        error=wrong,
        metadata=more
        | _metadata(event.name, arguments, "error" if wrong or event.is_denied else "completed", event.text[:_SUMMARY]),
    )
    return {**thought, "aborted": True} if event.is_denied else thought


def _whereabouts(event: ToolStarted | ToolFinished) -> dict[str, str]:
    """The machine of somebody's that a call runs on; whoever allows the call wants to know which."""
    return {} if event.place is None else {"place": event.place}


def _artifacts(event: ToolFinished) -> list[dict[str, str]]:
    """The pictures of a call that people can open."""
    return [
        {"file_url": picture.address, "mime_type": picture.media_type} for picture in event.pictures if picture.address
    ]


def picture_tokens(thoughts: Iterable[Thought]) -> list[str]:
    """The ``file_url`` of every picture that tools gave back on the way to a reply, in order."""
    artifacts = (one for thought in thoughts for one in thought["metadata"].get("image_artifacts", ()))
    return [artifact["file_url"] for artifact in artifacts]


def remark(identifier: str, message: str) -> Thought:
    """A note of the platform itself: the reply was cut off."""
    return {**_thought(identifier, "CodeMie", message=message), "author_type": "System", "interrupted": True}


def refusal(identifier: str, message: str) -> Thought:
    """A prompt that is no prompt is not shown to any model. The protocol names who says so."""
    return {**_thought(identifier, "Security Validator", message=message, error=True), "author_type": "System"}


def _thought(
    identifier: str,
    author: str,
    *,
    parent: str | None = None,
    author_type: str = "Tool",
    message: str = "",
    input_text: str = "",
    in_progress: bool = False,
    error: bool = False,
    metadata: dict[str, Any] | None = None,
) -> Thought:
    return {
        "id": identifier,
        "parent_id": None if parent is None else _uuid(parent),
        "metadata": metadata or {},
        "in_progress": in_progress,
        "input_text": input_text,
        "message": message,
        "author_type": author_type,
        "author_name": author,
        "output_format": "text",
        "error": error,
        "interrupted": False,
        "aborted": False,
        "children": [],
    }


def _metadata(name: str, arguments: dict[str, Any], status: str, summary: str) -> dict[str, Any]:
    return {
        "replay_type": "tool",
        "tool_name": name,
        "tool_args": arguments,
        "tool_args_text": json.dumps(arguments, ensure_ascii=False),
        "status": status,
        "result_summary": summary,
    }


def _uuid(call_id: str) -> str:
    """Thought ids are UUIDs; a provider's own call ids are mapped, always to the same one."""
    try:
        return str(uuid.UUID(call_id))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, call_id))
