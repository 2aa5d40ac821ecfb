"""What may be done with a plugin key: which tools, with which arguments, and after asking whom.

The agent's owner decides it here; what the agent itself refuses comes on top. A key about which nothing was said allows
everything, as keys always did: the rights of new ones are chosen when they are made.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from codemie.kernel.errors import AccessDenied
from codemie.kernel.http import WireModel
from codemie.kernel.linear_patterns import checked_expression, compiled
from codemie.kernel.tools import Effect
from codemie.plugins.effects import effect_of
from codemie.plugins.wire.extensions import ToolTraits

Ask = Literal["never", "writes", "always"]
"""When a person has to allow a call: never, when it may change something, always."""

MOST_RULES = 100
LONGEST_GLOB = 128
_GLOB_START = ("_", "*", "?", "[")


class ToolRefused(AccessDenied):
    """The rights of the plugin key do not cover the call; nothing was sent to the agent."""

    title = "The plugin key does not allow this call"


def _named_as_agents_do(glob: str) -> str:
    """Names of tools begin with an underscore at the agent; whoever leaves it out means the same tool."""
    named = glob if glob.startswith(_GLOB_START) else f"_{glob}"
    if len(named) > LONGEST_GLOB:  # it is read again with the same limit
        raise ValueError(f"with the underscore that names of tools begin with, {LONGEST_GLOB} characters at most")
    return named


def _readable(pattern: str) -> str:
    checked_expression(pattern)
    return pattern


Glob = Annotated[
    str, Field(min_length=1, max_length=LONGEST_GLOB, pattern=r"^[^\s.>]+$"), AfterValidator(_named_as_agents_do)
]
"""A tool's name at the agent, with `*`, `?` and `[…]`."""
Pattern = Annotated[str, Field(max_length=500), AfterValidator(_readable)]


class ArgumentRule(WireModel):
    """What one argument of some tools must look like, from its first character to its last.

    Args:
        tool: of which tools.
        argument: its name; one that is absent counts as an empty text, one that is no text as its JSON.
        pattern: regular expression of RE2.
    """

    tool: Glob
    argument: Annotated[str, Field(min_length=1, max_length=200)]
    pattern: Pattern


class AskRule(WireModel):
    """When a person has to allow calls of some tools."""

    tool: Glob
    ask: Ask


class Rights(WireModel):
    """All that was decided for one key.

    Args:
        read_only: nothing that may change something is called.
        allowed_tools: only these are called.
        denied_tools: these never are.
        arguments: every rule whose tool is called has to hold.
        ask: when a person is asked about tools of which `asks` says nothing.
        asks: the first that fits counts.
    """

    read_only: bool = False
    allowed_tools: Annotated[list[Glob], Field(max_length=MOST_RULES)] = Field(default_factory=lambda: ["*"])
    denied_tools: Annotated[list[Glob], Field(max_length=MOST_RULES)] = Field(default_factory=list)
    arguments: Annotated[list[ArgumentRule], Field(max_length=MOST_RULES)] = Field(default_factory=list)
    ask: Ask = "never"
    asks: Annotated[list[AskRule], Field(max_length=MOST_RULES)] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Decision:
    """What comes of a call.

    Args:
        refusal: why it is not made; None: it may be.
        asks: whether a person has to allow it first.
    """

    refusal: str | None = None
    asks: bool = False

    def enforce(self) -> None:
        """Raise for a call that is refused.

        Raises:
            ToolRefused: 403.
        """
        if self.refusal is not None:
            raise ToolRefused(
                details=self.refusal, help="Whoever made the key can change its rights on the page Plugins."
            )


def decide(rights: Rights, tool: str, traits: ToolTraits, arguments: Mapping[str, Any]) -> Decision:
    """May the call be made?

    Args:
        rights: of the key.
        tool: its name at the agent.
        traits: what the agent says about it.
        arguments: of the call.
    """
    effect = effect_of(tool, traits)
    if refusal := _refused_tool(rights, tool, effect) or _refused_argument(rights, tool, arguments):
        return Decision(refusal)
    return Decision(asks=_asks(rights, tool, effect))


def permits(rights: Rights, tool: str, traits: ToolTraits) -> bool:
    """Whether any call of the tool could be allowed; others are not even offered to a model."""
    return _refused_tool(rights, tool, effect_of(tool, traits)) is None


def asks_about(rights: Rights, tool: str, traits: ToolTraits) -> bool:
    """Whether a person is asked before a call of the tool; its arguments do not matter."""
    return _asks(rights, tool, effect_of(tool, traits))


def _refused_tool(rights: Rights, tool: str, effect: Effect) -> str | None:
    if denied := next((glob for glob in rights.denied_tools if fnmatchcase(tool, glob)), None):
        return f"The tool '{tool}' is denied ('{denied}')."
    if not any(fnmatchcase(tool, glob) for glob in rights.allowed_tools):
        return f"The tool '{tool}' is not among the allowed ones."
    if rights.read_only and effect != "reads":
        return f"The key is for reading only, and the tool '{tool}' may change something."
    return None


def _refused_argument(rights: Rights, tool: str, arguments: Mapping[str, Any]) -> str | None:
    for rule in rights.arguments:
        if fnmatchcase(tool, rule.tool) and not compiled(rule.pattern).fullmatch(_bytes(arguments.get(rule.argument))):
            return f"The argument '{rule.argument}' of '{tool}' must match '{rule.pattern}'."
    return None


def _bytes(value: Any) -> bytes:
    if value is None:
        return b""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    # Half a surrogate, which JSON can hold, is no character: no pattern matches it.
    return text.encode(errors="surrogatepass")


def _asks(rights: Rights, tool: str, effect: Effect) -> bool:
    ask = next((rule.ask for rule in rights.asks if fnmatchcase(tool, rule.tool)), rights.ask)
    return ask == "always" or (ask == "writes" and effect != "reads")
