"""Wire models of plugin keys; all of them are ours."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from codemie.integrations.schemas import Ability, Creator, Scope
from codemie.kernel.http import Page, WireModel
from codemie.kernel.tools import Effect
from codemie.plugins.rights import Rights

Alias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]


class NewKeyRequest(WireModel):
    """Make a key.

    Args:
        confirmed: whoever makes one for a project says that all its members may run tools on the agent's machine.
    """

    alias: Alias
    project_name: str | None = None
    scope: Scope = "user"
    rights: Rights = Field(default_factory=Rights)
    confirmed: bool = False


class PluginKey(WireModel):
    """A key, without the key.

    Args:
        mark: what logs and the audit log call it; None when it holds none.
        is_usable: an agent can connect with it. Keys that were stored long ago may be too weak.
        agents: how many are connected with it.
        user_abilities: what the caller may do; ``write`` is to change its rights or its key.
    """

    id: str
    alias: str
    project_name: str
    scope: Scope
    created_by: Creator
    date: datetime
    update_date: datetime
    mark: str | None
    is_usable: bool
    agents: int
    rights: Rights
    user_abilities: list[Ability]


class ShownOnce(PluginKey):
    """A key that was just made: the only time it is told."""

    key: str


PluginKeyPage = Page[PluginKey]


class AgentTool(WireModel):
    """One tool of an agent, and what the rights of the key say to it.

    Args:
        name: at the agent.
        called: what calls it at this agent now; another name where two agents of the key have the same tool.
        effect: the most that a call can do to the agent's machine.
        is_permitted: whether any call of it could be allowed.
        asks: whether a person has to allow each call, whatever was agreed for an assistant.
    """

    name: str
    called: str
    description: str
    effect: Effect
    is_permitted: bool
    asks: bool


class PluginAgent(WireModel):
    """An agent that is connected.

    Args:
        session: id of the process.
        version: of our own agent; the official one does not tell.
        host: where it runs, if it says so.
        milliseconds: its last answer took, there and back.
        running: calls that it works on; ``waiting``: those that wait for it.
        left_out: tools that cannot be called, with the reason.
    """

    session: str
    label: str
    version: str | None
    host: str | None
    since: datetime
    last_seen: datetime
    milliseconds: int | None
    running: int
    waiting: int
    tools: list[AgentTool]
    left_out: dict[str, str]


class PluginSession(WireModel):
    """An agent that is connected with one of several keys.

    Args:
        key_id: of the key it is connected with.
        key_alias: what people call that.
        session: id of the process.
        version: of our own agent; the official one does not tell.
        host: where it runs, if it says so.
        running: calls that it works on; ``waiting``: those that wait for it.
        tools: their names at the agent.
    """

    key_id: str
    key_alias: str
    project_name: str
    session: str
    label: str
    version: str | None
    host: str | None
    since: datetime
    last_seen: datetime
    running: int
    waiting: int
    tools: list[str]


PluginSessionPage = Page[PluginSession]


class PluginCall(WireModel):
    """One call of an agent's tool that came to its end.

    Args:
        outcome: ``ok``, ``tool_failed``, or why there is no result.
        arguments_sha256: the same for the same arguments; these themselves are not kept.
    """

    id: str
    at: datetime
    actor_id: str | None
    actor_name: str
    tool: str
    outcome: str
    milliseconds: int
    arguments_sha256: str
    label: str
    host: str | None
    assistant_id: str | None


class PluginCalls(WireModel):
    """Calls with one key, the newest first; ``before`` is where the next page begins, if there is one."""

    data: list[PluginCall]
    before: str | None


class Connection(WireModel):
    """Where agents connect.

    Args:
        uri: what they are given as ``PLUGIN_ENGINE_URI``.
        is_enabled: whether this installation has a plugin engine.
    """

    uri: str
    is_enabled: bool
