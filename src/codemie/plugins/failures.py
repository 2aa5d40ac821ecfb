"""Why a call to an agent came to nothing, in words for the model and the person.

PluginFailure
├── AgentOffline     503  nobody is connected with the key, or nobody who has the tool
├── AgentLost        503  the agent went away during the call: nobody knows whether it had its effect
├── BrokerAway       503  our own connection to NATS is down
├── AgentSilent      504  no answer in time
├── ToolUnknown      404  the agent has no such tool
├── BadArguments     422  the arguments do not fit the tool's schema; nothing was sent
├── AgentBusy        429  too many calls wait for the agent already
└── AnswerUnusable   502  what came back cannot be used
"""

from typing import ClassVar

from codemie.kernel.errors import CodeMieError

MAY_HAVE_RUN = "The tool may have run: look before it is called again."


class PluginFailure(CodeMieError):
    """A call of a plugin tool that came to nothing."""

    title = "The plugin tool failed"
    outcome: ClassVar[str] = "failed"
    """What audits and metrics call it."""


class AgentOffline(PluginFailure):
    status = 503
    title = "No agent is connected"
    outcome = "offline"


class AgentLost(PluginFailure):
    status = 503
    title = "The agent went away during the call"
    outcome = "lost"


class BrokerAway(PluginFailure):
    status = 503
    title = "The plugin broker is not reachable"
    outcome = "broker_away"


class AgentSilent(PluginFailure):
    status = 504
    title = "The agent did not answer in time"
    outcome = "timeout"


class ToolUnknown(PluginFailure):
    status = 404
    title = "The agent has no such tool"
    outcome = "unknown_tool"


class BadArguments(PluginFailure):
    status = 422
    title = "The arguments do not fit"
    outcome = "bad_arguments"


class AgentBusy(PluginFailure):
    status = 429
    title = "The agent is busy"
    outcome = "busy"


class AnswerUnusable(PluginFailure):
    status = 502
    title = "The agent's answer cannot be used"
    outcome = "malformed"
