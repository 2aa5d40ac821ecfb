"""Routes of guardrails. Making and changing them is ours; the rest is as published."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from codemie.guardrails import assigning, service
from codemie.guardrails.assigning import Entities
from codemie.guardrails.schemas import (
    Applied,
    ApplyRequest,
    AssignmentRow,
    AssignmentsSaved,
    CreateGuardrail,
    EntityType,
    GuardrailAssignments,
    GuardrailObject,
    Guardrails,
    Tried,
    TryRules,
    UpdateGuardrail,
)
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import Message, PageNumber, PageSize, resources

router = APIRouter(prefix="/v1/guardrails", tags=["Guardrails"])

_FILTERS = Query(description='JSON object with `project` or `setting_id`, for example {"project":"demo"}.')


async def _entities(request: Request) -> Entities:
    entities: Entities = resources(request).guarded_entities
    return entities


EntitiesDep = Annotated[Entities, Depends(_entities)]


@router.get("")
async def list_guardrails(
    session: SessionDep,
    caller: CallerDep,
    filters: Annotated[str | None, _FILTERS] = None,
    page: PageNumber = 0,
    per_page: PageSize = 12,
) -> Guardrails:
    return await service.listing(session, caller, filters, page, per_page)


@router.post("", status_code=201)
async def create_guardrail(session: SessionDep, caller: CallerDep, body: CreateGuardrail) -> GuardrailObject:
    """Add a guardrail to a project (ours)."""
    return await service.create(session, caller, body)


@router.get("/assignments")
async def list_assignments(
    session: SessionDep, caller: CallerDep, project: str, entity_type: EntityType
) -> list[AssignmentRow]:
    """Everything of one kind that guardrails stand guard over in a project."""
    return await assigning.in_project(session, caller, project, entity_type)


@router.post("/try")
async def try_rules(session: SessionDep, caller: CallerDep, body: TryRules) -> Tried:
    """What rules would make of a text, before they are saved (ours)."""
    return await service.attempt(session, caller, body)


@router.get("/{guardrail_id}")
async def get_guardrail(session: SessionDep, caller: CallerDep, guardrail_id: str) -> GuardrailObject:
    return await service.get(session, caller, guardrail_id)


@router.put("/{guardrail_id}")
async def update_guardrail(
    session: SessionDep, caller: CallerDep, guardrail_id: str, body: UpdateGuardrail
) -> GuardrailObject:
    """Change a guardrail (ours)."""
    return await service.update(session, caller, guardrail_id, body)


@router.delete("/{guardrail_id}")
async def delete_guardrail(session: SessionDep, caller: CallerDep, guardrail_id: str) -> Message:
    await service.delete(session, caller, guardrail_id)
    return Message(message="Guardrail deleted successfully")


@router.get("/{guardrail_id}/assignments")
async def get_assignments(
    session: SessionDep, caller: CallerDep, entities: EntitiesDep, guardrail_id: str
) -> GuardrailAssignments:
    """Where a guardrail stands guard."""
    return await assigning.of_guardrail(session, caller, guardrail_id, entities)


@router.put("/{guardrail_id}/assignments")
async def save_assignments(
    session: SessionDep, caller: CallerDep, entities: EntitiesDep, guardrail_id: str, body: GuardrailAssignments
) -> AssignmentsSaved:
    """Say where a guardrail stands guard."""
    return await assigning.save(session, caller, guardrail_id, body, entities)


@router.post("/{guardrail_id}/apply")
async def apply_guardrail(
    session: SessionDep,
    caller: CallerDep,
    guardrail_id: str,
    body: ApplyRequest,
    mode: Literal["all", "filtered"] = "filtered",
    source: Literal["input", "output"] = "input",  # noqa: ARG001 - our rules are the same for both
) -> Applied:
    """What a guardrail makes of texts; `filtered` leaves those alone that are material only."""
    return await service.apply(session, caller, guardrail_id, body, judges_context=mode == "all")
