"""An assistant and the wishes of one request become what an agent run needs: model, instructions, tools."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from codemie.agents.request import Approval
from codemie.agents.untrusted import ADVICE_NOTE
from codemie.assistants import prompting
from codemie.assistants.kinds import REMOTE, objection
from codemie.assistants.tables import Assistant
from codemie.identity.caller import Caller
from codemie.identity.policy import Resource
from codemie.kernel.errors import InvalidInput
from codemie.kernel.tools import Tool
from codemie.models.catalogue import Catalogue
from codemie.models.entries import ModelEntry

FORMATTING = "Format the answer in Markdown; put code into fenced blocks that name the language."
CITING = (
    "Search the attached data sources before you answer a question they may cover. Passages are numbered: put the "
    "number of every passage you rely on behind the statement it supports, like [1]. Never invent a number."
)

_COLUMNS = (
    *("name", "system_prompt", "created_by_id", "shared", "is_global", "llm_model_type", "temperature", "top_p"),
    *("tools_tokens_size_limit", "context", "prompt_variables", "description", "assistant_ids"),
    *("enabled_builtin_subagents", "tool_permissions", "interactive_features", "mcp_servers", "toolkits"),
    *("agent_mode", "plan_prompt", "smart_tool_selection_enabled", "type", "agent_card"),
    *("enable_image_generation", "image_generation_model"),
)
_APPROVAL: dict[str, Approval] = {
    "": "destructive",  # nobody has said anything: what is gone is gone
    "auto_approve": "never",
    "approve_for_me": "risky",
    "ask_for_approval": "always",
}
PLANNING = (
    "Before you call any tool, write a short numbered plan: the steps that lead to what is asked for, and the tool "
    "each one needs. Then carry it out step by step; say so where a result makes you change the plan."
)
SKILL_TOOL = "skill"
TEACHING = "Before you do what one of your skills is for, read it with the tool `skill` and do as it says."


@dataclass(frozen=True, slots=True)
class Lesson:
    """A skill that a run may read; `is_own` when the caller or the assistant's author wrote it."""

    id: str
    name: str
    description: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Definition:
    """The parts of an assistant that decide how it answers and who may ask it. `id` is empty for an inline one."""

    id: str
    name: str
    project: str
    system_prompt: str = ""
    owner_id: str | None = None
    shared: bool = False
    is_global: bool = False
    model: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    tool_output_tokens: int | None = None
    sources: tuple[str, ...] = ()
    """Names of data sources in the assistant's project."""
    variables: tuple[tuple[str, str], ...] = ()
    skills: tuple[str, ...] = ()
    """Ids of the skills it has."""
    description: str = ""
    assistant_ids: tuple[str, ...] = ()
    builtin_subagents: tuple[str, ...] = ()
    tool_call_policy: str = ""
    interactive_features: frozenset[str] = frozenset()
    servers: tuple[dict[str, Any], ...] = ()
    """MCP servers as they are stored, secrets sealed."""
    toolkits: tuple[dict[str, Any], ...] = ()
    lessons: tuple[Lesson, ...] = ()
    """Its skills as far as this caller may use them; see `lessons.taught`."""
    skill_servers: tuple[tuple[str, dict[str, Any]], ...] = ()
    """MCP servers that skills bring along, by the skill's id, secrets sealed."""
    single_use: bool = False
    """Whether its MCP servers get a connection for every use."""
    chooses_tools: bool = False
    """Whether the model is shown only those of many tools that fit the question."""
    card: dict[str, Any] | None = None
    """The card of the agent on another server that answers in its place."""
    objection: str | None = None
    """Why it cannot answer; see `kinds`."""
    guards: str | None = None
    """What stands guard over it, as `guardrails` takes it."""
    plan: str | None = None
    """How to plan before anything is done; empty for the usual way, None for no plan."""
    draws: bool = False
    """Whether it makes pictures."""
    image_model: str | None = None
    """With which model, by name; the first that draws if none."""

    @classmethod
    def of(
        cls,
        assistant: Assistant,
        skills: Iterable[str] = (),
        own_variables: Iterable[dict[str, Any]] = (),
        guards: str | None = None,
    ) -> "Definition":
        """A stored assistant, with the ids of its skills, the values one person gave to its variables, its guards."""
        columns = {name: getattr(assistant, name) for name in _COLUMNS}
        others = {"skill_ids": list(skills), "own_variables": list(own_variables), "guards": guards}
        return cls.from_row(columns | others | {"assistant_id": assistant.id, "project_id": assistant.project})

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Definition":
        """The columns of `assistants` by name; JSON columns may still be text."""
        card = _object(row["agent_card"])
        return cls(
            id=row["assistant_id"],
            name=row["name"],
            project=row["project_id"],
            system_prompt=row["system_prompt"],
            owner_id=row["created_by_id"],
            shared=row["shared"],
            is_global=row["is_global"],
            model=row["llm_model_type"],
            temperature=row["temperature"],
            top_p=row["top_p"],
            tool_output_tokens=row["tools_tokens_size_limit"],
            sources=tuple(reference["name"] for reference in _objects(row["context"])),
            variables=with_own(
                default_values(_objects(row["prompt_variables"])), _objects(row.get("own_variables") or [])
            ),
            skills=tuple(row.get("skill_ids") or ()),
            description=row["description"],
            assistant_ids=tuple(row["assistant_ids"]),
            builtin_subagents=tuple(row["enabled_builtin_subagents"]),
            tool_call_policy=_object(row["tool_permissions"]).get("tool_call_policy") or "",
            interactive_features=frozenset(
                name for name, enabled in _object(row["interactive_features"]).items() if enabled is True
            ),
            servers=tuple(_objects(row["mcp_servers"])),
            toolkits=tuple(_objects(row["toolkits"])),
            chooses_tools=row["smart_tool_selection_enabled"],
            card=card if row["type"] == REMOTE else None,
            objection=objection(row["type"], card),
            guards=row.get("guards"),
            plan=planning(row["agent_mode"], row["plan_prompt"]),
            draws=row["enable_image_generation"],
            image_model=row["image_generation_model"],
        )

    @property
    def approval(self) -> Approval:
        """Which tool calls a person has to allow. An unknown policy asks for all."""
        return _APPROVAL.get(self.tool_call_policy, "always")

    def resource(self) -> Resource:
        """What the policy needs to know."""
        return Resource("assistant", self.owner_id, self.project, self.shared, self.is_global)


ContextTools = Callable[[Caller, Definition, int], Awaitable[tuple[Tool, ...]]]
"""Makes the tools of an assistant; the number is how many passages a search returns."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one request or conversation asks for instead of the assistant's own choice."""

    model: str | None = None
    conversation_model: str | None = None
    system_prompt: str = ""
    passages: int = 10


@dataclass(frozen=True, slots=True)
class Assembly:
    """Everything of an agent run that comes from the assistant."""

    model: ModelEntry
    instructions: str
    tools: tuple[Tool, ...]


def default_values(variables: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Prompt variables with the values they have when nobody sets any.

    A sensitive one stays empty: no secret is ever put into a prompt.
    """
    shown = ((item.get("key"), "" if item.get("is_sensitive") else item.get("default_value")) for item in variables)
    return tuple((str(key or ""), str(value or "")) for key, value in shown)


def with_own(defaults: tuple[tuple[str, str], ...], own: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    """The values one person gave to the variables instead; no secret among them."""
    given = {item["key"]: item["default_value"] for item in own if not item.get("is_sensitive")}
    return tuple((key, given.get(key, value)) for key, value in defaults)


async def assemble(
    definition: Definition, wishes: Wishes, caller: Caller, catalogue: Catalogue, context_tools: ContextTools
) -> Assembly:
    """What the run needs.

    Raises:
        InvalidInput: the request names a model nobody knows.
        CodeMieError: a data source of the assistant is gone.
    """
    model = choose_model(catalogue, definition, wishes)
    tools: tuple[Tool, ...] = ()
    if definition.sources or definition.servers or definition.lessons or definition.skill_servers:
        tools = await context_tools(caller, definition, wishes.passages)
    return Assembly(model, instructions(definition, wishes, caller, tools), tools)


def choose_model(catalogue: Catalogue, definition: Definition, wishes: Wishes) -> ModelEntry:
    """Request, then conversation, then assistant, then the global default.

    Raises:
        InvalidInput: the request names a model nobody knows. Stored names that vanished fall back silently.
    """
    models = catalogue.models()
    if wishes.model:
        asked = models.find(wishes.model, "chat")
        if asked is None:
            known = ", ".join(model.base_name for model in models.chat[:20])
            raise InvalidInput(
                "Unknown model", details=f"No model is named '{wishes.model}'.", help=f"Known models: {known}."
            )
        return asked
    stored = models.find(wishes.conversation_model, "chat") or models.find(definition.model, "chat")
    return stored or models.default("chat")


def instructions(definition: Definition, wishes: Wishes, caller: Caller, tools: tuple[Tool, ...] = ()) -> str:
    """The system prompt: the assistant's or the request's, then our own notes."""
    prompt = render(wishes.system_prompt or definition.system_prompt, definition, caller)
    has_skills = any(tool.name == SKILL_TOOL for tool in tools)
    notes = (
        CITING if definition.sources else "",
        _teaching(definition) if has_skills else "",
        "" if definition.plan is None else definition.plan or PLANNING,
        FORMATTING,
    )
    return "\n\n".join(part for part in (prompt, *notes) if part)


def planning(mode: str, plan: str | None) -> str | None:
    """What `Definition.plan` is for an assistant's mode and its own words on planning."""
    return (plan or "") if mode == "plan_execute" else None


def _teaching(definition: Definition) -> str:
    return TEACHING if all(lesson.is_own for lesson in definition.lessons) else f"{TEACHING} {ADVICE_NOTE}"


def render(prompt: str, definition: Definition, caller: Caller) -> str:
    """The prompt with its values; see `prompting` for what a prompt can and cannot do."""
    if "{" not in prompt:
        return prompt
    return prompting.render(prompt, {**dict(definition.variables), **prompting.builtin_values(caller.name)})


def _objects(column: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return json.loads(column) if isinstance(column, str) else column


def _object(column: str | dict[str, Any] | None) -> dict[str, Any]:
    return (json.loads(column) if isinstance(column, str) else column) or {}
