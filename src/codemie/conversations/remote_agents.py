"""Asks agents on other servers, by the Agent2Agent protocol: a task as JSON-RPC, looked at until it has ended.

Servers of version 0.1 of the protocol take `tasks/send` and call a part's kind `type`; later ones, whose card names a
`protocolVersion`, take `message/send` and call it `kind`. Answers are read in both ways.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, cast

import httpx2

from codemie.conversations.agent_credentials import Authorise
from codemie.conversations.settings import ConversationsSettings
from codemie.kernel.database import new_id
from codemie.kernel.egress_http import guarded_client
from codemie.kernel.errors import DeadlineExceeded, UpstreamFailed

_MOST_ANSWER_BYTES = 4 * 2**20
_FIRST_LOOK_SECONDS, _LATER_LOOK_SECONDS = 0.5, 5.0
_AT_WORK = frozenset({"submitted", "working"})
_ENDED_WELL = frozenset({"completed", "input-required"})
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RemoteAgent:
    """One agent elsewhere, in one conversation.

    Args:
        settings: how long it may take, and where it may be.
        card: what it says of itself.
        session_id: under which it remembers what was said before.
        authorise: finds the credential to ask with, if it wants one.
    """

    settings: ConversationsSettings
    card: Json
    session_id: str
    authorise: Authorise

    async def __call__(self, text: str) -> str:
        """Its answer.

        Raises:
            CodeMieError: it cannot be reached, or does not answer as it should or in time.
        """
        seconds = self.settings.agent_request_seconds
        credential = await self.authorise()
        try:
            async with guarded_client(
                self.settings.agent_egress(), headers={}, timeout=httpx2.Timeout(seconds), max_bytes=_MOST_ANSWER_BYTES
            ) as http:
                http.auth = credential
                return await self._asked(http, text)
        except (httpx2.TimeoutException, TimeoutError) as error:
            raise DeadlineExceeded(f"The agent '{self._name}' did not answer in {seconds:g} seconds") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise UpstreamFailed(f"The agent '{self._name}' cannot be reached") from error

    @property
    def _name(self) -> str:
        return str(self.card.get("name"))[:100]

    async def _asked(self, http: httpx2.AsyncClient, text: str) -> str:
        task = await self._call(http, *self._sending(text))
        wait = _FIRST_LOOK_SECONDS
        while _state(task) in _AT_WORK and task.get("id"):
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LATER_LOOK_SECONDS)
            task = await self._call(http, "tasks/get", {"id": task["id"]})
        said = _said(task)
        if _state(task) not in _ENDED_WELL and "parts" not in task:
            raise UpstreamFailed(f"The agent '{self._name}' ended the task as {_state(task)}", details=said or None)
        return said or "(no answer)"

    def _sending(self, text: str) -> tuple[str, Json]:
        if not self.card.get("protocolVersion"):
            message = {"role": "user", "parts": [{"type": "text", "text": text}]}
            return "tasks/send", {"id": new_id(), "sessionId": self.session_id, "message": message}
        message = {"kind": "message", "messageId": new_id(), "role": "user", "parts": [{"kind": "text", "text": text}]}
        return "message/send", {"message": message | {"contextId": self.session_id}}

    async def _call(self, http: httpx2.AsyncClient, method: str, parameters: Json) -> Json:
        body = {"jsonrpc": "2.0", "id": new_id(), "method": method, "params": parameters}
        answer = await http.post(str(self.card.get("url")), json=body)
        try:
            told: object = answer.json()
        except ValueError as error:
            raise UpstreamFailed(f"The agent '{self._name}' answered {answer.status_code} and no JSON") from error
        fields = cast("Json", told) if isinstance(told, dict) else {}
        result = fields.get("result")
        if isinstance(result, dict):
            return cast("Json", result)
        problem = fields.get("error")
        reason = cast("Json", problem).get("message") if isinstance(problem, dict) else None
        raise UpstreamFailed(
            f"The agent '{self._name}' refused the request", details=str(reason or answer.status_code)[:500]
        )


def _state(task: Json) -> str:
    status = task.get("status")
    return str(cast("Json", status).get("state")) if isinstance(status, dict) else "unknown"


def _said(task: Json) -> str:
    """The texts of a message, of a task's artifacts, or of what it says of its state."""
    artifacts = [_texts(artifact) for artifact in _objects(task.get("artifacts"))]
    status = task.get("status")
    message = cast("Json", status).get("message") if isinstance(status, dict) else None
    found = [*_texts(task), *(text for texts in artifacts for text in texts)]
    return "\n".join(found or (_texts(cast("Json", message)) if isinstance(message, dict) else []))


def _texts(holder: Json) -> list[str]:
    return [part["text"] for part in _objects(holder.get("parts")) if isinstance(part.get("text"), str)]


def _objects(value: object) -> list[Json]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("Json", item) for item in items if isinstance(item, dict)]
