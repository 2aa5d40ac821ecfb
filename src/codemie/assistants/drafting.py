"""Assistants written and reviewed by a model. What people send is material, never an instruction to overrule ours."""

import json
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.agents.asking import Desk, Question, ask
from codemie.assistants import category_repository, prompting
from codemie.assistants.assembly import default_values
from codemie.assistants.drafting_schemas import (
    AssistantDraft,
    GenerateAssistant,
    GeneratePrompt,
    PromptDraft,
    PromptValidation,
    RefineAssistant,
    ValidatePrompt,
)
from codemie.assistants.service import get_assistant
from codemie.identity.caller import Caller
from codemie.identity.projects_use import require_usable
from codemie.parts.recommendations import Recommendations, recommendation_schema

_CRAFT = """\
An assistant is an AI colleague with one clear task. Its system prompt sets role, audience and task, says what the \
assistant must find out before it answers, how it works step by step, what it must not do, and the form of its \
answers, with an example where that helps. It is written in Markdown, addressed to the assistant, without filler. \
Values that differ by person may stand in it as {{name}}."""
_PROMPT = {"type": "string", "minLength": 1, "maxLength": 20_000}
_STARTERS = {
    "type": "array",
    "items": {"type": "string", "minLength": 1, "maxLength": 200},
    "minItems": 1,
    "maxItems": 4,
}


async def generate(desk: Desk, caller: Caller, request: GenerateAssistant) -> AssistantDraft:
    """A whole assistant from a description of its task.

    Raises:
        InvalidInput: 400, unknown model. UpstreamFailed: 502, no answer.
    """
    async with desk.database.session() as session:
        known = [row.id for row in await category_repository.listed(session)]
    properties: dict[str, Any] = {
        "name": {"type": "string", "minLength": 1, "maxLength": 100},
        "description": {"type": "string", "minLength": 1, "maxLength": 1000},
        "system_prompt": _PROMPT,
        "conversation_starters": _STARTERS,
    }
    if known:
        properties["categories"] = {"type": "array", "items": {"enum": known}, "maxItems": 3}
    question = Question(
        instructions=f"{_CRAFT}\n\nWrite the assistant that the user describes.",
        text=request.text,
        schema=_object("assistant", properties),
        model=request.llm_model,
    )
    answer = await ask(desk, caller, question)
    answer["categories"] = list(dict.fromkeys(answer.get("categories") or ()))
    return AssistantDraft.model_validate(answer)


async def write_prompt(desk: Desk, caller: Caller, request: GeneratePrompt) -> PromptDraft:
    """A system prompt, new or improved.

    Raises:
        InvalidInput: 400, unknown model. UpstreamFailed: 502, no answer.
    """
    task = "Improve this system prompt as the text asks." if request.system_prompt else "Write the system prompt."
    question = Question(
        instructions=f"{_CRAFT}\n\n{task}",
        text=_material(request.model_dump(exclude={"llm_model"}, exclude_none=True)),
        schema=_object("prompt", {"system_prompt": _PROMPT}),
        model=request.llm_model,
    )
    return PromptDraft.model_validate(await ask(desk, caller, question))


async def refine(desk: Desk, caller: Caller, request: RefineAssistant) -> Recommendations:
    """What to change in an assistant.

    Raises:
        AccessDenied: 403, not the caller's project. NotFound: 404, there is no such project.
        InvalidInput: 400, unknown model. UpstreamFailed: 502, no answer.
    """
    if request.project:
        async with desk.database.session() as session:
            await require_usable(session, caller, request.project)
    fields = ["name", "description", "system_prompt", "conversation_starters"]
    left_out = {"llm_model", "project", "include_tools", "include_context", "include_categories"}
    if request.include_categories:
        fields.append("categories")
    sources = [reference.name for reference in request.context or ()] if request.include_context else []
    for part, wanted in (("toolkits", request.include_tools), ("context", request.include_context)):
        if not wanted:
            left_out.add(part)
    question = Question(
        instructions=f"{_CRAFT}\n\nReview this assistant. For each field that matters give one recommendation.",
        text=_material(request.model_dump(mode="json", exclude=left_out, exclude_none=True)),
        schema=recommendation_schema(fields, sources),
        project=request.project or "",
        model=request.llm_model,
    )
    return Recommendations.model_validate(await ask(desk, caller, question))


async def validate_prompt(session: AsyncSession, caller: Caller, request: ValidatePrompt) -> PromptValidation:
    """The template with its values: the assistant's defaults, then what the request gives. No secret is put in.

    Raises:
        UnsafePrompt: 400, the template cannot be rendered or asks for more than values.
        NotFound: 404, no such assistant. EntityAccessDenied: 401.
    """
    values: dict[str, str] = {}
    if request.assistant_id:
        assistant = await get_assistant(session, caller, request.assistant_id)
        values = dict(default_values(assistant.prompt_variables))
    values |= request.prompt_vars | prompting.builtin_values(caller.name)
    return PromptValidation(rendered_prompt=prompting.checked(request.system_prompt_template, values))


def _object(title: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "type": "object", "properties": properties, "required": list(properties)}


def _material(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False)
