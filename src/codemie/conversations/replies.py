"""A turn that may run becomes an HTTP answer: whole, or as it grows."""

import asyncio

from fastapi import Response
from pydantic_core import to_json

from codemie.conversations import resuming
from codemie.conversations.chat import ChatRoom, OpenTurn, carry_out, outcome
from codemie.conversations.reply_log import ReplyLog
from codemie.conversations.streaming import ChunkEncoder, ChunkStream, Outlet, encoded
from codemie.conversations.transcript import ErrorDetail, Transcript
from codemie.kernel.errors import CodeMieError, Unavailable
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)


async def respond(
    room: ChatRoom, turn: OpenTurn, *, stream: bool, errors: ErrorDetail | None, stops: bool | None = None
) -> Response:
    """Run the turn and answer.

    Args:
        room: the process.
        turn: what is to run.
        stream: whether the client reads along.
        errors: how much of failed tool calls the client wants to know, if anything.
        stops: whether the reply ends when a client that reads along goes away; `None` leaves it to the settings.
    """
    if stream:
        stops = room.runtime.settings.stop_on_disconnect if stops is None else stops
        return _streamed(room, turn, errors, survives=not stops)
    await finished(room, turn)
    return Response(to_json(whole(turn, errors)), media_type="application/json")


async def finished(room: ChatRoom, turn: OpenTurn) -> None:
    """The turn as one of those this process is writing: counted, and stopped when it closes."""
    work = room.runtime.launch(carry_out(room, turn))
    try:
        await work
    except asyncio.CancelledError as error:
        this = asyncio.current_task()
        if this is not None and this.cancelling():
            raise
        raise Unavailable("The server is stopping", details="The reply was interrupted.", retry_after=5) from error


def whole(turn: OpenTurn, errors: ErrorDetail | None) -> dict[str, object]:
    """The synchronous answer: every key of the protocol, camelCase outside, snake_case inside thoughts."""
    transcript = turn.transcript
    return {
        "generated": outcome(turn),
        "timeElapsed": round(transcript.seconds, 4),
        "tokensUsed": None,
        "thoughts": transcript.thoughts,
        "taskId": None,
        "success": transcript.failure is None,
        "agentError": agent_error(transcript),
        "toolErrors": transcript.tool_errors(errors) if errors else None,
        "citations": transcript.citations,
    }


def agent_error(transcript: Transcript) -> dict[str, object] | None:
    """Why the answer failed, if it did."""
    failure = transcript.failure
    if failure is None:
        return None
    return {"error_code": failure.code, "message": failure.message, "details": failure.details, "stacktrace": None}


def _streamed(room: ChatRoom, turn: OpenTurn, errors: ErrorDetail | None, *, survives: bool) -> ChunkStream:
    outlet = Outlet(turn.transcript)
    sink = room.runtime.live.log(turn.transcript) if survives and turn.place is not None else outlet
    producer = room.runtime.launch(_produce(room, turn, sink, errors))
    if isinstance(sink, ReplyLog):
        producer = asyncio.create_task(resuming.pump(room.runtime, turn.place, sink, outlet))
    return ChunkStream(outlet, producer, room.runtime.settings.stalled_client_seconds)


async def _produce(room: ChatRoom, turn: OpenTurn, sink: Outlet | ReplyLog, errors: ErrorDetail | None) -> None:
    encoder = ChunkEncoder(turn.transcript)
    try:
        await carry_out(room, turn, sink)
    except CodeMieError as error:
        log.warning("reply_not_kept", error=str(error))
        await sink.end(encoder.broken(error))
        return
    except BaseException:  # cancelled or broken: whoever follows must not wait for ever
        if isinstance(sink, ReplyLog):
            await sink.end(encoder.last())
        raise
    await sink.end(encoder.last() + ([_error_report(turn.transcript, errors)] if errors else []))


def _error_report(transcript: Transcript, errors: ErrorDetail) -> bytes:
    report = {
        "last": True,
        "success": transcript.failure is None,
        "agent_error": agent_error(transcript),
        "tool_errors": transcript.tool_errors(errors),
        "time_elapsed": round(transcript.seconds, 4),
    }
    return encoded(report) + b"\n"
