"""Assistants as agents of the Agent2Agent protocol: their card, and tasks sent to them as JSON-RPC.

Protocol: https://github.com/google-a2a/A2A, version 0.1 (`tasks/send`, `tasks/get`), which released clients speak.
A task is a turn of the conversation of the same id, so it is found again on every replica and after a restart.
"""

import json
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import repository as assistants
from codemie.assistants.assembly import Definition
from codemie.assistants.tables import Assistant
from codemie.conversations.chat import ChatRoom, OpenTurn, outcome
from codemie.conversations.chat_schemas import ChatRequest
from codemie.conversations.opening import open_turn
from codemie.conversations.replies import finished
from codemie.identity.caller import Caller
from codemie.identity.policy import decide
from codemie.kernel.database import utcnow
from codemie.kernel.errors import AccessDenied, CodeMieError, NotFound

PARSE_ERROR, INVALID_REQUEST, INTERNAL_ERROR, TASK_NOT_FOUND = -32700, -32600, -32603, -32001
_TEXT = ["text"]
_LONGEST_ID = 256
Json = dict[str, Any]


class RpcError(Exception):
    """A request that fails in the words of JSON-RPC."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a client asks of a task."""

    task_id: str
    session_id: str | None
    text: str


async def usable(session: AsyncSession, caller: Caller, assistant_id: str) -> Assistant:
    """The assistant, if the caller may ask it.

    Raises:
        NotFound: there is none.
        AccessDenied: it is not the caller's to use.
    """
    assistant = await assistants.find(session, assistant_id)
    if assistant is None and not await assistants.is_hidden(session, assistant_id):
        raise NotFound("Assistant not found", details=f"Assistant with id {assistant_id} wasn't found")
    if assistant is None or not decide(caller, "read", Definition.of(assistant).resource()):
        raise AccessDenied(details="You don't have permission to access this assistant.")
    return assistant


def card(assistant: Assistant, origin: str) -> Json:
    """What other agents read to learn what the assistant can do and where."""
    return {
        "name": assistant.name,
        "description": assistant.description,
        "url": f"{origin}/v1/a2a/assistants/{assistant.id}",
        "provider": {"organization": "CodeMie", "url": origin},
        "version": "1.0.0",
        "documentationUrl": None,
        "capabilities": {"streaming": False, "pushNotifications": False, "stateTransitionHistory": True},
        "authentication": {"schemes": ["Bearer"], "credentials": None},
        "defaultInputModes": _TEXT,
        "defaultOutputModes": _TEXT,
        "skills": _skills(assistant),
    }


def _skills(assistant: Assistant) -> list[Json]:
    """One for each tool; an assistant without tools can talk."""
    tools = [tool for toolkit in assistant.toolkits for tool in toolkit.get("tools") or ()]
    examples = list(assistant.conversation_starters)
    skills = [
        _skill(str(tool["name"]), tool.get("label") or tool["name"], tool.get("description") or "", [], ["tool"])
        for tool in tools
    ]
    return skills or [_skill("conversation", "Conversation", assistant.description, examples, ["conversation"])]


def _skill(identifier: str, name: str, description: str, examples: list[str], tags: list[str]) -> Json:
    return {
        "id": identifier,
        "name": name,
        "description": description,
        "tags": tags,
        "examples": examples,
        "inputModes": _TEXT,
        "outputModes": _TEXT,
    }


async def answer(room: ChatRoom, caller: Caller, assistant_id: str, request: Json) -> Json:
    """The `result` of one JSON-RPC request.

    Raises:
        RpcError: it is not one, asks for something else, or failed.
    """
    method, parameters = request.get("method"), request.get("params")
    if request.get("jsonrpc") != "2.0" or not isinstance(parameters, dict):
        raise RpcError(INVALID_REQUEST, "Not a JSON-RPC 2.0 request with parameters.")
    named = cast("Json", parameters)
    task_id = named.get("id")
    if not isinstance(task_id, str) or not 0 < len(task_id) <= _LONGEST_ID:
        raise RpcError(INVALID_REQUEST, f"A task needs an id of 1 to {_LONGEST_ID} characters.")
    if method == "tasks/get":
        return await _found(room, caller, task_id)
    if method != "tasks/send":
        raise RpcError(INVALID_REQUEST, f"The method '{method}' is not offered; 'tasks/send' and 'tasks/get' are.")
    session_id = named.get("sessionId")
    sent = Sent(task_id, session_id if isinstance(session_id, str) else None, _text_of(named.get("message")))
    return await _sent(room, caller, assistant_id, sent)


def _text_of(message: object) -> str:
    parts = cast("Json", message).get("parts") if isinstance(message, dict) else None
    texts = [
        str(cast("Json", part).get("text") or "")
        for part in (cast("list[object]", parts) if isinstance(parts, list) else [])
        if isinstance(part, dict)
    ]
    text = "\n".join(text for text in texts if text)
    if not text or "\x00" in text:
        raise RpcError(INVALID_REQUEST, "The message has no text part.")
    return text


async def _sent(room: ChatRoom, caller: Caller, assistant_id: str, sent: Sent) -> Json:
    try:
        request = ChatRequest.model_validate({"conversation_id": sent.task_id, "text": sent.text})
        turn = await open_turn(room, caller, assistant_id, request)
        await finished(room, turn)
    except ValidationError as error:
        raise RpcError(INVALID_REQUEST, "; ".join(problem["msg"] for problem in error.errors())) from error
    except CodeMieError as error:
        raise RpcError(INTERNAL_ERROR, str(error)) from error
    return _task(sent.task_id, sent.session_id, _state(turn), _said(turn), sent.text)


def _said(turn: OpenTurn) -> str:
    """The answer; where tool calls wait for a person, also which."""
    paused = turn.transcript.paused
    waiting = ", ".join(f"{call.label} {json.dumps(call.arguments)}" for call in paused.calls) if paused else ""
    note = f"Waiting for approval in CodeMie: {waiting}" if waiting else ""
    return "\n\n".join(part for part in (str(outcome(turn)), note) if part)


def _state(turn: OpenTurn) -> str:
    if turn.transcript.failure is not None:
        return "failed"
    return "input-required" if turn.transcript.paused else "completed"


async def _found(room: ChatRoom, caller: Caller, task_id: str) -> Json:
    loaded = await room.runtime.turns.load_conversation(task_id, caller.id, 1, None)
    if loaded.owner_id != caller.id or not loaded.history:
        raise RpcError(TASK_NOT_FOUND, "Task not found")
    asked, replied = loaded.history[-2:] if len(loaded.history) > 1 else (loaded.history[0], loaded.history[0])
    return _task(task_id, None, _STATES.get(replied.status, "unknown"), replied.message, asked.message)


_STATES = {
    "running": "working",
    "complete": "completed",
    "failed": "failed",
    "interrupted": "canceled",
    "waiting": "input-required",
}


def _task(task_id: str, session_id: str | None, state: str, text: str, asked: str) -> Json:
    said = _message("agent", text)
    return {
        "id": task_id,
        "sessionId": session_id or task_id,
        "status": {"state": state, "message": said, "timestamp": utcnow().isoformat()},
        "artifacts": [{"name": "answer", "index": 0, "parts": said["parts"]}] if state == "completed" else [],
        "history": [_message("user", asked), said],
    }


def _message(role: str, text: str) -> Json:
    return {"role": role, "parts": [{"type": "text", "text": text}]}
