"""A client that lost its stream continues it, or stops the reply, wherever that is written."""

import asyncio
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations import repository, service, thoughts
from codemie.conversations.history import effective_status
from codemie.conversations.reply_log import Lost, ReplySource, pieces
from codemie.conversations.runtime import ConversationsRuntime
from codemie.conversations.streaming import ChunkStream, Outlet, chunk, last_chunk
from codemie.conversations.transcript import STOPPED, Transcript
from codemie.conversations.turn_records import Place, StoredReply
from codemie.identity.caller import Caller
from codemie.identity.policy import Action
from codemie.kernel.database import new_id, utcnow
from codemie.kernel.errors import Conflict, NotFound, Unavailable

_POLL_SECONDS = 1.0


async def locate(
    session: AsyncSession, caller: Caller, conversation_id: str, history_index: int, action: Action
) -> Place:
    """Where the reply to that turn is kept.

    Raises:
        NotFound: 404, no such conversation or turn. EntityAccessDenied: 401, the conversation is somebody else's.
    """
    await service.get_conversation(session, caller, conversation_id, action)
    message_id = await repository.last_reply(session, conversation_id, history_index)
    if message_id is None:
        raise NotFound(
            "Message not found", details=f"The conversation [{conversation_id}] has no answer in turn {history_index}."
        )
    return Place(conversation_id, message_id, history_index)


async def follow(runtime: ConversationsRuntime, place: Place, after: int) -> ChunkStream:
    """The stream of the reply from behind its first `after` objects on.

    Raises:
        Unavailable: the process works on as many replies and readers as it can.
    """
    if len(runtime.running) >= runtime.settings.running_turns:
        raise Unavailable("The server is busy", details="Too many replies are being written.", retry_after=5)
    outlet = Outlet(Transcript())
    source = await _source(runtime, place)
    known: asyncio.Future[Place | None] = asyncio.get_running_loop().create_future()
    known.set_result(place)
    producer = runtime.launch(pump(runtime, known, source, outlet, after))
    return ChunkStream(outlet, producer, runtime.settings.stalled_client_seconds)


async def stop(runtime: ConversationsRuntime, place: Place) -> None:
    """End the reply, whoever asked for it and whichever process writes it; what there is of it is kept.

    Raises:
        Conflict: 409, it has ended already.
        Unavailable: the process that writes it cannot be reached.
    """
    live = await runtime.live.find(place.conversation_id, place.message_id)
    if live and live.writer:
        live.stop()
        return
    stored = await runtime.turns.reply(place)
    if stored is None or _status(stored) != "running":
        raise Conflict("The reply has ended", details="There is nothing left to stop.")
    if not await runtime.replicas.stop(place.conversation_id, place.message_id):
        raise Unavailable(
            "The reply cannot be stopped now",
            details="The process that writes it does not answer.",
            help="Try again; when that process is gone, the reply counts as interrupted after half a minute.",
            retry_after=5,
        )


async def pump(
    runtime: ConversationsRuntime,
    place: "asyncio.Future[Place | None] | None",
    source: ReplySource | None,
    outlet: Outlet,
    after: int = 0,
) -> None:
    """Write what the source has; when it is lost, the stored reply, as soon as that has ended."""
    try:
        if source is None:
            raise Lost
        async for piece in pieces(source, after):
            await outlet.write(piece)
    except Lost:
        kept = await asyncio.shield(place) if place else None
        await outlet.end(await _stored(runtime, kept) if kept else [])


async def _source(runtime: ConversationsRuntime, place: Place) -> ReplySource | None:
    """Who can tell what was streamed: this process, or another one that wrote it until a moment ago."""
    live = await runtime.live.find(place.conversation_id, place.message_id)
    if live:
        return live.log
    stored = await runtime.turns.reply(place)
    recent = timedelta(seconds=runtime.settings.resume_seconds)
    if stored is None or (_status(stored) != "running" and utcnow() - stored.update_date > recent):
        return None
    return await runtime.replicas.find(place.conversation_id, place.message_id)


async def _stored(runtime: ConversationsRuntime, place: Place) -> list[bytes]:
    """The end of the reply as the database has it; waits while somebody writes it."""
    stored = await runtime.turns.reply(place)
    while stored is not None and _status(stored) == "running":
        await asyncio.sleep(_POLL_SECONDS)
        stored = await runtime.turns.reply(place)
    if stored is None:
        return [last_chunk("", 0, [], "agent_internal_error", {"message": "The reply has been deleted."})]
    told = [thought for thought in stored.thoughts if thought.get("interrupted")]
    if _status(stored) == "interrupted" and not told:
        told = [thoughts.remark(new_id(), STOPPED)]
    failure = {"message": stored.message} if stored.error_code else None
    end = last_chunk(stored.message, stored.seconds, stored.citations, stored.error_code, failure)
    return [*(chunk(thought=thought) for thought in told), end]


def _status(stored: StoredReply) -> str:
    return effective_status(stored.status, stored.update_date)
