"""Replies that another process writes: found, followed and stopped over NATS.

Who asks has settled the rights. A reply is followed by asking its owner for what comes after the objects one has: one
batch an answer, so that a slow reader holds nothing, a lost message loses nothing, and nothing comes twice.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from codemie.conversations.live import LiveReplies
from codemie.conversations.reply_log import Batch, Lost, ReplySource
from codemie.kernel.database import new_id
from codemie.kernel.messaging import Messaging

_EVERYBODY = "codemie.replies"
_FIND_SECONDS = 1.0
_OWNER_WAITS_SECONDS = 8.0
_READ_SECONDS = 15.0
_IDS_AT_ONCE = 500
_BATCH_BYTES = 524_288
"""A NATS server takes a megabyte unless it is told otherwise; one object that is larger cannot be handed on."""


class Replicas:
    """The other processes, and what they may ask of this one."""

    def __init__(self, messaging: Messaging, live: LiveReplies) -> None:
        self._messaging = messaging
        self._live = live
        self._id = new_id()

    @asynccontextmanager
    async def answering(self) -> AsyncGenerator[None]:
        """Answer the others while the block runs."""
        async with AsyncExitStack() as stack:
            for subject in (_EVERYBODY, f"{_EVERYBODY}.{self._id}"):
                await stack.enter_async_context(self._messaging.answering(subject, self._answer))
            yield

    async def find(self, conversation_id: str, message_id: int) -> ReplySource | None:
        """The process that writes the reply, if it can be reached."""
        question = {"action": "find", "conversation_id": conversation_id, "message_id": message_id}
        answer = await self._messaging.ask(_EVERYBODY, question, _FIND_SECONDS)
        if not answer or not answer["can_be_followed"]:
            return None
        return _Elsewhere(self._messaging, answer["owner"], conversation_id, message_id)

    async def stop(self, conversation_id: str, message_id: int) -> bool:
        """End the reply; whether anybody who writes it heard that."""
        question = {"action": "stop", "conversation_id": conversation_id, "message_id": message_id}
        return await self._messaging.ask(_EVERYBODY, question, _FIND_SECONDS) is not None

    async def end(self, conversation_ids: Sequence[str]) -> None:
        """End what anybody writes for conversations that are being deleted.

        Who does not hear it sees at the next heartbeat of the reply that its place is gone.
        """
        self._live.end(conversation_ids)
        for first in range(0, len(conversation_ids), _IDS_AT_ONCE):
            some = list(conversation_ids[first : first + _IDS_AT_ONCE])
            await self._messaging.publish(_EVERYBODY, {"action": "end", "conversation_ids": some})

    async def _answer(self, question: dict[str, Any]) -> dict[str, Any] | None:
        if question["action"] == "end":
            self._live.end(question["conversation_ids"])
            return None
        reply = await self._live.find(question["conversation_id"], question["message_id"])
        match question["action"]:
            case "find" if reply:
                return {"owner": self._id, "can_be_followed": reply.log is not None}
            case "stop" if reply and reply.writer:
                reply.stop()
                return {"stopped": True}
            case "read":
                return await _batch(reply.log if reply else None, question["after"])
            case _:
                return None


async def _batch(log: ReplySource | None, after: int) -> dict[str, Any]:
    try:
        if log is None:
            raise Lost
        async with asyncio.timeout(_OWNER_WAITS_SECONDS):
            batch = await log.read(after)
    except TimeoutError:
        return {"objects": [], "is_last": False}
    except Lost:
        return {"lost": True}
    objects = [piece.decode() for piece in batch.objects]
    if sum(map(len, objects)) > _BATCH_BYTES:
        return {"lost": True}
    return {"objects": objects, "is_last": batch.is_last}


class _Elsewhere:
    """A reply that another process writes."""

    def __init__(self, messaging: Messaging, owner: str, conversation_id: str, message_id: int) -> None:
        self._messaging = messaging
        self._subject = f"{_EVERYBODY}.{owner}"
        self._question = {"action": "read", "conversation_id": conversation_id, "message_id": message_id}

    async def read(self, after: int) -> Batch:
        """See `ReplySource.read`."""
        answer = await self._messaging.ask(self._subject, {**self._question, "after": after}, _READ_SECONDS)
        if answer is None or "lost" in answer:
            raise Lost
        return Batch([piece.encode() for piece in answer["objects"]], is_last=answer["is_last"])
