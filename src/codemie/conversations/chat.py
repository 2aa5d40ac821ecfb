"""One turn of a chat runs, and what was said is kept, whatever happens. `opening` makes the turn."""

import asyncio
from collections.abc import Coroutine, Generator, Iterable
from contextlib import AbstractContextManager, aclosing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Protocol

from codemie.agents import loop
from codemie.agents.asking import Desk
from codemie.agents.events import AgentEvent, Completed, Failed, Paused, Spent, TextDelta
from codemie.agents.metering import estimated
from codemie.agents.request import AgentRun
from codemie.agents.settings import AgentsSettings
from codemie.assistants import repository as assistants
from codemie.assistants.assembly import ContextTools, Definition
from codemie.configuration.declarations import CONTEXTUAL_NAMING
from codemie.configuration.runtime import Configuration
from codemie.conversations import summarising, tasks
from codemie.conversations.heartbeat import Heartbeat
from codemie.conversations.live import LiveReply
from codemie.conversations.naming import Beginning, give_title
from codemie.conversations.recall import Gap
from codemie.conversations.reply_log import ReplyLog
from codemie.conversations.runtime import ConversationsRuntime
from codemie.conversations.transcript import INTERRUPTED, STOPPED, STOPPED_BY_PERSON, Transcript
from codemie.conversations.turn_records import Charge, Checkpoint, FinishedReply, NewTurn, Place
from codemie.conversations.unmet import without_search
from codemie.guardrails import service as guardrails
from codemie.guardrails.guard import Guarded
from codemie.identity.caller import Caller
from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.kernel.errors import Conflict
from codemie.models.catalogue import Catalogue
from codemie.models.costs import cost
from codemie.models.service import Spending, record
from codemie.models.usage import Usage
from codemie.skills.settings import SkillsSettings
from codemie.toolkits.runtime import Workbench


class Listener(Protocol):
    """Somebody who reads along."""

    async def hear(self, event: AgentEvent) -> None:
        """Something happened; return when the listener can take more."""


@dataclass(frozen=True, slots=True)
class ChatRoom:
    """What a turn needs of the process."""

    runtime: ConversationsRuntime
    database: Database
    catalogue: Catalogue
    context_tools: ContextTools
    bench: Workbench
    configuration: Configuration
    limits: AgentsSettings
    skills: SkillsSettings


@dataclass(slots=True)
class OpenTurn:
    """A turn that may run: authorised, assembled, its question being stored."""

    caller: Caller
    definition: Definition
    run: AgentRun
    transcript: Transcript
    request: dict[str, Any]
    """What was asked, for a reply that goes on later."""
    place: "asyncio.Future[Place | None] | None"
    """`None` when nothing of the turn is kept."""
    gap: Gap | None = None
    """What has to be summed up before the model is asked."""
    conversation_id: str = ""
    lacks_search: bool = False
    """Whether the web was to be searched, and cannot be."""


async def carry_out(room: ChatRoom, turn: OpenTurn, listen: Listener | None = None) -> None:
    """Run the turn to its end and keep it; `listen` hears every event but the last.

    When a person stops the reply, it ends as interrupted with what there is of it. When the task is cancelled for any
    other reason, the same is kept, and the cancellation goes on.

    Raises:
        Conflict: the conversation was finished meanwhile.
        Unavailable: the reply could not be stored.
    """
    try:
        with _registered(room, turn, listen) as live, _beating(room, turn, live):
            await _until_stopped(room, turn, listen, live)
    finally:
        await _whole(keep(room, turn))


def _registered(room: ChatRoom, turn: OpenTurn, listen: Listener | None) -> AbstractContextManager[LiveReply | None]:
    if turn.place is None:
        return nullcontext()
    log = listen if isinstance(listen, ReplyLog) else None
    return room.runtime.live.writing(turn.conversation_id, turn.place, log)


@contextmanager
def _beating(room: ChatRoom, turn: OpenTurn, live: LiveReply | None) -> Generator[None]:
    heartbeat = Heartbeat(room.runtime, live, turn.transcript, lambda: so_far(turn)) if live else None
    try:
        yield
    finally:
        if heartbeat:
            heartbeat.stop()


async def _until_stopped(room: ChatRoom, turn: OpenTurn, listen: Listener | None, live: LiveReply | None) -> None:
    try:
        await _listen(turn, await _prepared(room, turn, listen), listen)
    except asyncio.CancelledError:
        this = asyncio.current_task()
        if live is None or not live.is_stopped or this is None:
            _interrupt(turn, STOPPED if room.runtime.is_closing else INTERRUPTED)
            raise
        this.uncancel()
        _interrupt(turn, STOPPED_BY_PERSON)


def _interrupt(turn: OpenTurn, why: str) -> None:
    if turn.run.guarded is not None and (rest := turn.run.guarded.rest()):
        turn.transcript.take(TextDelta("", rest))
    turn.transcript.interrupt(why, turn.run.meter.spent)


async def _whole(work: Coroutine[Any, Any, None]) -> None:
    """Do it to its end, even when this task is cancelled meanwhile."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def _prepared(room: ChatRoom, turn: OpenTurn, listen: Listener | None) -> AgentRun:
    """The turn's run, with what it could not be shown summed up, and knowing what it does without."""

    async def hear(event: AgentEvent) -> None:
        await _hear(turn, event, listen)

    run = turn.run
    if turn.gap is not None:
        past = await summarising.remembered(room.database, room.runtime.settings, run, turn.gap, hear)
        turn.transcript.spent = past.spent
        run = replace(run, history=past.history)
    return await without_search(run, hear) if turn.lacks_search else run


async def _listen(turn: OpenTurn, run: AgentRun, listen: Listener | None) -> None:
    turn.transcript.model = run.model.base_name if run.remote is None else None
    async with aclosing(loop.run(run)) as events:
        async for event in events:
            await _hear(turn, event, listen)


async def _hear(turn: OpenTurn, event: AgentEvent, listen: Listener | None) -> None:
    turn.transcript.take(event)
    if listen is not None and not isinstance(event, (Completed, Failed, Paused)):
        await listen.hear(event)


async def keep(room: ChatRoom, turn: OpenTurn) -> None:
    """Store the reply, what it cost, and what guardrails did.

    Raises:
        Conflict: the conversation was finished meanwhile.
    """
    if turn.run.guarded is not None:
        await _note(room, turn, turn.run.guarded)
    if turn.place is None:
        await _charge(room, turn)
        await _tell_task(room, turn)
        return
    place = await turn.place
    if place is None:
        raise Conflict("Conversation is finished", details="The conversation was finished while the reply was written.")
    charges = _charges(turn, turn.transcript.spent)
    await room.runtime.turns.finish(place, turn.transcript.kept(), charges, _checkpoint(turn))
    await _tell_task(room, turn)
    await _count_use(room, turn)
    if place.history_index == 0:
        await _name(room, turn)


async def _tell_task(room: ChatRoom, turn: OpenTurn) -> None:
    """A turn that began in the background, and maybe waited for a person since, is told about there."""
    if task_id := turn.request.get(tasks.TASK):
        await tasks.ended(room.database, str(task_id), turn.transcript)


async def _name(room: ChatRoom, turn: OpenTurn) -> None:
    """Have a title made for a conversation that has just begun, where the installation wants that."""
    transcript, question = turn.transcript, str(turn.request.get("text") or "")
    answered_here = transcript.status == "complete" and transcript.text and question and turn.run.remote is None
    if not answered_here or not await room.configuration.is_on(CONTEXTUAL_NAMING):
        return
    beginning = Beginning(
        turn.caller,
        turn.conversation_id,
        turn.definition.project,
        turn.definition.id,
        turn.run.model.base_name,
        question,
        transcript.text,
        turn.run.guarded.guard if turn.run.guarded is not None else None,
    )
    room.runtime.launch(give_title(Desk(room.database, room.catalogue, room.limits), beginning))


async def keep_failure(room: ChatRoom, new: NewTurn, message: str) -> None:
    """Keep a turn that could not begin, because its assistant cannot be put together; it costs nothing."""
    place = await room.runtime.turns.start(new)
    if place is None:
        return
    model = room.catalogue.models().default("chat")
    reply = FinishedReply(message, "failed", "agent_configuration_error", [], [], None, 0.0)
    charge = Charge(new.user_id, new.project or "", new.assistant_id, model.base_name, model.provider, Usage(), 0.0)
    await room.runtime.turns.finish(place, reply, [charge])


async def _note(room: ChatRoom, turn: OpenTurn, guarded: Guarded) -> None:
    """Tell the audit log; sub-assistants' guardrails are told with the others."""
    subs = [sub.run.guarded for sub in turn.run.sub_agents if sub.run.guarded is not None]
    done = [one for guard in {id(guard): guard for guard in (guarded, *subs)}.values() for one in guard.done.items()]
    if done:
        told = [(judge, place, count) for (judge, place), count in done]
        where = {"project": turn.definition.project, "assistant": turn.definition.id or None}
        async with room.database.session() as session:
            guardrails.note(session, turn.caller.id, told, **where, conversation=turn.conversation_id or None)


def so_far(turn: OpenTurn) -> list[Charge]:
    """What the turn would cost if it ended now."""
    transcript, meter = turn.transcript, turn.run.meter
    return _charges(turn, transcript.spent if transcript.is_over else (*transcript.spent, *meter.so_far()))


def at_least(turn: OpenTurn) -> list[Charge]:
    """What the turn costs as soon as its model is asked."""
    run = turn.run
    return _charges(turn, () if run.remote is not None else (Spent(run.model, estimated(run.read, "")),))


def _charges(turn: OpenTurn, spent: Iterable[Spent]) -> list[Charge]:
    """What each model that took part costs; there is always one for the turn's own."""
    definition = turn.definition
    return [
        Charge(
            user_id=turn.caller.id,
            project=definition.project,
            assistant_id=definition.id,
            model=spent.model.base_name,
            provider=spent.model.provider,
            usage=spent.usage,
            money=cost(spent.model, spent.usage),
        )
        for spent in by_model(turn, spent)
    ]


def by_model(turn: OpenTurn, parts: Iterable[Spent]) -> list[Spent]:
    """What was used of each model, the turn's own first."""
    used = {turn.run.model.base_name: Spent(turn.run.model, Usage())}
    for spent in parts:
        earlier = used.get(spent.model.base_name)
        used[spent.model.base_name] = Spent(spent.model, earlier.usage + spent.usage if earlier else spent.usage)
    return list(used.values())


def _checkpoint(turn: OpenTurn) -> Checkpoint | None:
    paused = turn.transcript.paused
    if paused is None:
        return None
    question = (paused.question or {}).get("request_id")
    return Checkpoint(turn.definition.id, question, turn.request, paused.state)


async def _charge(room: ChatRoom, turn: OpenTurn) -> None:
    """The ledger rows of a reply that is not kept itself."""
    transcript = turn.transcript
    async with room.database.session() as session:
        for spent in by_model(turn, transcript.spent):
            spending = Spending(
                spent.model,
                spent.usage,
                turn.caller.id,
                turn.definition.project,
                assistant_id=turn.definition.id or None,
                duration_ms=round(transcript.seconds * 1000),
                error_code=transcript.failure.code if transcript.failure else None,
            )
            await record(session, spending)


async def _count_use(room: ChatRoom, turn: OpenTurn) -> None:
    """The first reply a person gets from an assistant counts."""
    use = (turn.definition.id, turn.caller.id)
    if room.runtime.known_uses.add(use):
        with row_security.system("keep references whole"):
            async with room.database.session() as session:
                await assistants.count_user(session, *use)


def outcome(turn: OpenTurn) -> Any:
    """What the client gets as `generated`: the object that was asked for, else the text."""
    transcript = turn.transcript
    return transcript.text if transcript.output is None else transcript.output
