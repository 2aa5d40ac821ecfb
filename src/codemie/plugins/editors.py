"""Calling tools of an editor that is connected with a plugin key: any text to any subject below the key, one answer.

What was decided for the key holds here, too, and each call is recorded. An editor does not say what its tools do, so
all but those of known names count as changing something. Nobody can be asked in the middle of an editor's chat: its
tools come with the question and are gone with the answer. A call that a person would have to allow is refused.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from nats.aio.msg import Msg

from codemie.plugins.attempt import Attempt
from codemie.plugins.call_recorder import CallRecord, hash_of
from codemie.plugins.connection import Broker
from codemie.plugins.failures import AgentOffline, AgentSilent
from codemie.plugins.inbox import Inbox, nobody_listens
from codemie.plugins.rights import Rights, ToolRefused, decide, permits
from codemie.plugins.tools import Holder, PluginTools
from codemie.plugins.wire.extensions import ToolTraits
from codemie.plugins.wire.subjects import key_mark

_SILENT = ToolTraits()
_LABEL = "editor"


@dataclass(frozen=True, slots=True)
class EditorCall:
    """One call.

    Args:
        tool: as the editor calls it.
        subject: that it listens on, as it said itself.
        arguments: that are judged and of which a hash is kept.
        question: the same as the editor understands it.
        seconds: for how long to wait.
    """

    tool: str
    subject: str = field(repr=False)
    arguments: dict[str, Any]
    question: bytes
    seconds: float


def is_permitted(rights: Rights, tool: str) -> bool:
    """Whether any call of an editor's tool could be allowed."""
    return permits(rights, _as_rights_name(tool), _SILENT)


async def call(tools: PluginTools, holder: Holder, asked: EditorCall) -> bytes:
    """What the editor answers; what came of it is recorded.

    Args:
        tools: of the process.
        holder: who calls, with the editor's key.
        asked: the call.

    Raises:
        ToolRefused: the key does not allow it. PluginFailure: the editor is not there or did not answer in time.
    """
    attempt = Attempt()
    try:
        with attempt:
            _enforce(await tools.rights_of(holder.setting_id), asked)
            return await _ask(tools.engine.broker, tools.engine.inbox, asked)
    finally:
        await tools.calls.add(holder.actor_id, holder.setting_id, _record(holder, asked, attempt))


def _enforce(rights: Rights, asked: EditorCall) -> None:
    decision = decide(rights, _as_rights_name(asked.tool), _SILENT, asked.arguments)
    decision.enforce()
    if decision.asks:
        raise ToolRefused(
            details=f"The key wants a person asked about '{asked.tool}', and a chat of an editor cannot wait for that.",
            help="Let the rights of the key on the page Plugins allow the tool without asking.",
        )


def _as_rights_name(tool: str) -> str:
    """Rights name tools as agents do, with an underscore in front."""
    return tool if tool.startswith("_") else f"_{tool}"


def _record(holder: Holder, asked: EditorCall, attempt: Attempt) -> CallRecord:
    return CallRecord(
        mark=key_mark(holder.key),
        tool=asked.tool[:200],
        arguments_sha256=hash_of(asked.arguments),
        milliseconds=attempt.milliseconds,
        outcome=attempt.outcome,
        project=holder.project,
        agent_session="",
        label=_LABEL,
        host=None,
        assistant_id=holder.assistant_id,
    )


async def _ask(broker: Broker, inbox: Inbox, asked: EditorCall) -> bytes:
    """The first answer."""
    answered: asyncio.Future[Msg] = asyncio.get_running_loop().create_future()

    def receive(message: Msg) -> None:
        if not answered.done():
            answered.set_result(message)

    with inbox.expect(receive) as reply:
        await broker.publish(asked.subject, asked.question, reply=reply)
        try:
            async with asyncio.timeout(asked.seconds):
                message = await answered
        except TimeoutError as error:
            inbox.give_up(reply, tool="editor")
            raise AgentSilent(
                "The editor did not answer",
                details=f"It had {asked.seconds:g} s; what it was asked may be done all the same.",
            ) from error
    if nobody_listens(message):
        raise AgentOffline("The editor is not connected", help="Open it, and sign in again in its plugin.")
    return message.data
