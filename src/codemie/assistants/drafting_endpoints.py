"""Routes that draft, review and try out assistants."""

from typing import Annotated

from fastapi import APIRouter, Body

from codemie.assistants import drafting, health
from codemie.assistants.drafting_schemas import (
    AssistantDraft,
    EvaluationRequest,
    EvaluationStarted,
    GenerateAssistant,
    GeneratePrompt,
    HealthReport,
    HealthRequest,
    PromptDraft,
    PromptValidation,
    RefineAssistant,
    ValidatePrompt,
)
from codemie.assistants.service import get_assistant
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.errors import Unavailable
from codemie.parts.recommendations import Recommendations
from codemie.skills.runtime import DeskDep

router = APIRouter(prefix="/v1/assistants", tags=["assistants"])


@router.post("/generate")
async def generate_assistant(desk: DeskDep, caller: CallerDep, body: GenerateAssistant) -> AssistantDraft:
    return await drafting.generate(desk, caller, body)


@router.post("/prompt/generate")
async def generate_prompt(desk: DeskDep, caller: CallerDep, body: GeneratePrompt) -> PromptDraft:
    return await drafting.write_prompt(desk, caller, body)


@router.post("/refine")
async def refine_assistant(desk: DeskDep, caller: CallerDep, body: RefineAssistant) -> Recommendations:
    return await drafting.refine(desk, caller, body)


@router.post("/system-prompt/validate")
async def validate_prompt(session: SessionDep, caller: CallerDep, body: ValidatePrompt) -> PromptValidation:
    return await drafting.validate_prompt(session, caller, body)


@router.post("/{assistant_id}/health")
async def check_health(
    desk: DeskDep, caller: CallerDep, assistant_id: str, body: Annotated[HealthRequest | None, Body()] = None
) -> HealthReport:
    return await health.check(desk, caller, assistant_id, body.version if body else None)


@router.post("/{assistant_id}/evaluate")
async def evaluate(
    session: SessionDep, caller: CallerDep, assistant_id: str, body: EvaluationRequest
) -> EvaluationStarted:
    """Run the assistant over a data set of Langfuse; always 503: this version connects to none."""
    await get_assistant(session, caller, assistant_id)
    raise Unavailable(
        "Evaluation is not available",
        details=f"No Langfuse is connected that could hold the data set '{body.dataset_id}'.",
        help="Evaluations need Langfuse.",
    )
