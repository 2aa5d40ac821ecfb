"""Skills written and improved by a model. What people send is material, never an instruction to overrule ours."""

import json
from typing import Any

from codemie.agents.asking import Desk, Question, ask
from codemie.identity.caller import Caller
from codemie.parts.recommendations import Recommendations, recommendation_schema
from codemie.skills import markdown
from codemie.skills.schemas import (
    CATEGORIES,
    GenerateInstructions,
    GenerateSkill,
    InstructionsDraft,
    RefineSkill,
    SkillDraft,
)

_CRAFT = """\
A skill teaches an AI assistant one kind of task. Its instructions say when to use it, give the steps in order, name \
the decisions on the way with the criteria for each, show the form of the result with a short example, and list what \
to check before finishing. They are written in Markdown, in the imperative, without filler."""
_INSTRUCTIONS = {"type": "string", "minLength": 100, "maxLength": 30_000}


async def generate(desk: Desk, caller: Caller, request: GenerateSkill) -> SkillDraft:
    """A whole skill from a description of the task.

    Raises:
        InvalidInput: 400, unknown model. UpstreamFailed: 502, no answer.
    """
    question = Question(
        instructions=f"{_CRAFT}\n\nWrite the skill that the user describes. Its name is in kebab-case.",
        text=request.text,
        schema={
            "title": "skill",
            "type": "object",
            "properties": {
                "name": {"type": "string", "minLength": 3, "maxLength": 64},
                "description": {"type": "string", "minLength": 10, "maxLength": 1000},
                "instructions": _INSTRUCTIONS,
                "categories": {"type": "array", "items": {"enum": list(CATEGORIES)}, "maxItems": 3},
            },
            "required": ["name", "description", "instructions", "categories"],
        },
        model=request.llm_model,
    )
    answer = await ask(desk, caller, question)
    answer["name"] = markdown.kebab(answer["name"]) or "new-skill"
    answer["categories"] = list(dict.fromkeys(answer["categories"]))
    return SkillDraft.model_validate(answer)


async def instruct(desk: Desk, caller: Caller, request: GenerateInstructions) -> InstructionsDraft:
    """The instructions of a skill, new or improved.

    Raises:
        InvalidInput: 400, unknown model. UpstreamFailed: 502, no answer.
    """
    task = "Improve the instructions of this skill." if request.existing_instructions else "Write its instructions."
    question = Question(
        instructions=f"{_CRAFT}\n\n{task}",
        text=_material(request.model_dump(exclude={"llm_model"}, exclude_none=True)),
        schema={
            "title": "instructions",
            "type": "object",
            "properties": {"instructions": _INSTRUCTIONS},
            "required": ["instructions"],
        },
        model=request.llm_model,
    )
    return InstructionsDraft.model_validate(await ask(desk, caller, question))


async def refine(desk: Desk, caller: Caller, request: RefineSkill) -> Recommendations:
    """What to change in a skill.

    Raises:
        InvalidInput: 400, unknown model. UpstreamFailed: 502, no answer.
    """
    question = Question(
        instructions=f"{_CRAFT}\n\nReview this skill. For each field give one recommendation with your own wording.",
        text=_material(request.model_dump(exclude={"llm_model"}, exclude_none=True)),
        schema=recommendation_schema(("name", "description", "instructions", "categories")),
        model=request.llm_model,
    )
    return Recommendations.model_validate(await ask(desk, caller, question))


def _material(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False)
