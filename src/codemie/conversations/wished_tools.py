"""Tools that an assistant's switches, a conversation or one request add to its toolkits."""

from collections.abc import Collection
from dataclasses import replace

from codemie.assistants.assembly import Definition
from codemie.configuration.declarations import CODE_INTERPRETER, WEB_SEARCH
from codemie.configuration.runtime import Configuration
from codemie.conversations.chat_schemas import ChatRequest, TurnRequest
from codemie.conversations.turn_records import Loaded
from codemie.kernel.errors import InvalidInput
from codemie.models.catalogue import Models
from codemie.models.pictures import painters
from codemie.toolkits.file_management import CODE_TOOL, DRAWING_TOOL
from codemie.toolkits.file_management import TOOLKIT as FILES
from codemie.toolkits.research import GOOGLE, PAGE, TAVILY, unconfigured
from codemie.toolkits.research import TOOLKIT as RESEARCH
from codemie.toolkits.settings import ToolkitsSettings


def extended(models: Models, definition: Definition, request: TurnRequest, loaded: Loaded) -> Definition:
    """The assistant as this turn wants it: the request decides before the conversation, that before the assistant.

    Args:
        models: of the catalogue.
        definition: of the assistant.
        request: what is asked.
        loaded: the conversation.

    Raises:
        InvalidInput: 400, the request names a model for pictures that draws none.
    """
    asked = request if isinstance(request, ChatRequest) else None
    named = asked.image_generation_model if asked else None
    known = [row.base_name for row in painters(models)]
    if named and named not in known:
        raise InvalidInput(
            "Unknown model",
            details=f"No model that makes pictures is named '{named}'.",
            help=f"Models that do: {', '.join(known[:20]) or 'none'}.",
        )
    wishes = (asked.enable_image_generation if asked else None, loaded.draws, definition.draws)
    draws = next(wish for wish in wishes if wish is not None)
    stored = (name for name in (named, loaded.image_model, definition.image_model) if name in known)
    return drawing(replace(definition, draws=draws, image_model=next(stored, None)), _left_out(asked))


def drawing(definition: Definition, left_out: frozenset[str] = frozenset()) -> Definition:
    """The assistant with the tool that draws, if it makes pictures and nobody left the tool out."""
    return (
        with_tools(definition, FILES, DRAWING_TOOL) if definition.draws and DRAWING_TOOL not in left_out else definition
    )


async def requested(
    configuration: Configuration, settings: ToolkitsSettings, definition: Definition, request: TurnRequest
) -> Definition:
    """The assistant with the tools that the request wants, as far as this installation lets requests add them.

    Args:
        configuration: says what requests may add.
        settings: say which searches have a key.
        definition: of the assistant.
        request: what is asked.
    """
    asked = request if isinstance(request, ChatRequest) else None
    if asked is None:
        return definition
    left_out = _left_out(asked)
    if asked.enable_web_search and await configuration.is_on(WEB_SEARCH):
        found = (name for name in (GOOGLE, TAVILY, PAGE) if name not in unconfigured(settings) | left_out)
        definition = with_tools(definition, RESEARCH, *found)
    if asked.enable_code_interpreter and CODE_TOOL not in left_out and await configuration.is_on(CODE_INTERPRETER):
        definition = with_tools(definition, FILES, CODE_TOOL)
    return definition


async def lacks_search(
    configuration: Configuration, settings: ToolkitsSettings, definition: Definition, request: ChatRequest
) -> bool:
    """Whether the request may have the web searched, but nothing is here to search with.

    A remote assistant looks after itself.
    """
    wanted = request.enable_web_search and definition.card is None and unconfigured(settings) >= {GOOGLE, TAVILY}
    return bool(wanted) and await configuration.is_on(WEB_SEARCH)


def with_tools(definition: Definition, toolkit: str, *names: str) -> Definition:
    """The assistant with more tools; those that it has stay as they are."""
    more = {"toolkit": toolkit, "tools": [{"name": name} for name in names]}
    return replace(definition, toolkits=(*definition.toolkits, more))


def without(definition: Definition, names: Collection[str]) -> Definition:
    """The assistant without tools that cannot work here."""
    kits = tuple(
        {**kit, "tools": [tool for tool in kit.get("tools") or () if tool.get("name") not in names]}
        for kit in definition.toolkits
    )
    return replace(definition, toolkits=kits) if names else definition


def _left_out(asked: ChatRequest | None) -> frozenset[str]:
    return frozenset(asked.leave_out.tools if asked and asked.leave_out else ())
