"""The tools of one key: what is offered now, and a call of one, with the rights of the key and a record of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from codemie.kernel.tools import Effect, ToolResult
from codemie.plugins.arguments import prepared
from codemie.plugins.attempt import Attempt
from codemie.plugins.call_recorder import CallRecord, CallRecorder, hash_of
from codemie.plugins.effects import effect_of
from codemie.plugins.engine import Engine
from codemie.plugins.failures import AgentOffline, PluginFailure, ToolUnknown
from codemie.plugins.naming import Offered, named
from codemie.plugins.rights import Rights, decide, permits
from codemie.plugins.sessions import Session
from codemie.plugins.wire.subjects import key_mark

_START = "Start the agent with this plugin key, and look at what it prints."

RightsOf = Callable[[str], Awaitable[Rights]]
"""What may be done with the key of an integration, by its id."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who calls, with which key.

    Args:
        key: in the clear.
        setting_id: of the integration that holds it.
        alias: what people call that.
        actor_id: in whose name.
        project: where.
        assistant_id: that calls; None for a direct call.
        label: of the only agents that count; None: all of the key.
    """

    key: str = field(repr=False)
    setting_id: str
    alias: str
    actor_id: str
    project: str
    assistant_id: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class KeyTool:
    """A tool that the key allows, as a run sees it.

    Args:
        offered: the tool.
        effect: the most that a call can do.
        asks: whether a person has to allow a call with these arguments, whatever the assistant's author chose.
    """

    offered: Offered
    effect: Effect
    asks: Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class PluginTools:
    """Tools of agents, for whoever holds a key.

    Args:
        engine: of the process.
        calls: takes down what was called.
        rights_of: tells what a key allows.
    """

    engine: Engine
    calls: CallRecorder
    rights_of: RightsOf

    @property
    def call_seconds(self) -> float:
        """The longest a call can take, its wait included."""
        settings = self.engine.settings
        return settings.call_seconds + settings.queue_seconds

    async def available(self, holder: Holder) -> list[KeyTool]:
        """What connected agents offer and the key allows; nothing when no agent is connected.

        Raises:
            BrokerAway: nobody can be asked.
        """
        rights = await self.rights_of(holder.setting_id)
        offered = named(await self._sessions(holder))
        return [_as_tool(rights, one) for one in offered if permits(rights, one.entry.name, one.entry.traits)]

    async def call(
        self, holder: Holder, tool: str, arguments: dict[str, Any], *, session_id: str = "", label: str = ""
    ) -> ToolResult:
        """Run a tool of an agent that is connected now; what came of it is recorded.

        Args:
            holder: who calls.
            tool: its name at the agent.
            arguments: as they were sent.
            session_id: of the agent that was meant.
            label: of that agent: one that was started again serves as well.

        Raises:
            PluginFailure: there is no result. ToolRefused: the key does not allow it.
        """
        attempt, session = Attempt(), None
        try:
            with attempt:
                session = await self._session(holder, tool, session_id, label)
                entry = session.tool(tool)
                checked = prepared(entry, arguments)
                rights = await self.rights_of(holder.setting_id)
                decide(rights, tool, entry.traits, checked).enforce()
                result = await self.engine.calls.call(session, tool, checked)
                if result.is_error:
                    attempt.outcome = "tool_failed"
        finally:
            record = _record(holder, tool, arguments, session, attempt)
            await self.calls.add(holder.actor_id, holder.setting_id, record)
        return result

    async def not_there(self, holder: Holder, tool: str, arguments: Mapping[str, Any]) -> PluginFailure:
        """Why a tool that nobody offers cannot be called; that somebody tried is recorded as any call."""
        available = await self.available(holder)
        attempt, failure = Attempt(), _missing(holder, tool, available)
        attempt.outcome = failure.outcome
        await self.calls.add(holder.actor_id, holder.setting_id, _record(holder, tool, arguments, None, attempt))
        return failure

    async def _sessions(self, holder: Holder) -> list[Session]:
        found = await self.engine.registry.sessions(holder.key)
        return [session for session in found if holder.label in {None, "", session.label}]

    async def _session(self, holder: Holder, tool: str, session_id: str, label: str) -> Session:
        """The agent that was meant, else one with the same label, else the newest that has the tool."""
        sessions = await self._sessions(holder)
        if not sessions:
            raise offline(holder)
        having = sorted((one for one in sessions if tool in one.tools), key=lambda one: one.since, reverse=True)
        if not having:
            return sessions[0]  # whose answer is that it has no such tool
        meant = next((one for one in having if one.id == session_id), None)
        return meant or next((one for one in having if one.label == label), having[0])


def _missing(holder: Holder, tool: str, available: list[KeyTool]) -> PluginFailure:
    if not available:
        return offline(holder)
    if tool in {one.offered.entry.name for one in available}:
        return AgentOffline("The agent has just come", details=f"'{tool}' is there now.", help="Ask once more.")
    return ToolUnknown(
        f"No agent that has the tool '{tool}' is connected",
        details=f"Those that are have: {', '.join(one.offered.name for one in available[:20])}.",
    )


def offline(holder: Holder) -> AgentOffline:
    """Nobody is there."""
    labelled = f" and the label '{holder.label}'" if holder.label else ""
    return AgentOffline(details=f"No agent is connected with the key of '{holder.alias}'{labelled}.", help=_START)


def _as_tool(rights: Rights, offered: Offered) -> KeyTool:
    entry = offered.entry

    def asks(arguments: Mapping[str, Any]) -> bool:
        return decide(rights, entry.name, entry.traits, arguments).asks

    return KeyTool(offered, effect_of(entry.name, entry.traits), asks)


def _record(
    holder: Holder, tool: str, arguments: Mapping[str, Any], session: Session | None, attempt: Attempt
) -> CallRecord:
    return CallRecord(
        mark=key_mark(holder.key),
        tool=tool[:200],
        arguments_sha256=hash_of(arguments),
        milliseconds=attempt.milliseconds,
        outcome=attempt.outcome,
        project=holder.project,
        agent_session=session.id if session else "",
        label=session.label if session else "",
        host=session.abilities.host if session else None,
        assistant_id=holder.assistant_id,
    )
