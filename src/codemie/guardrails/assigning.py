"""Use cases of assignments: where guardrails stand guard, told by guardrail or by what they stand guard over."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.guardrails import repository
from codemie.guardrails.schemas import (
    MOST_ITEMS,
    AssignmentRow,
    AssignmentsSaved,
    EntityAssignments,
    EntityGuardrail,
    EntityType,
    GuardrailAssignments,
    GuardSettings,
    ItemAssignment,
    ProjectAssignments,
)
from codemie.guardrails.service import DOMAIN, permitted
from codemie.guardrails.tables import Guardrail, GuardrailAssignment
from codemie.identity import audit, policy
from codemie.identity.caller import Caller
from codemie.identity.projects_use import require_usable
from codemie.kernel.errors import InvalidInput, Unprocessable

MOST_LISTED = 10_000

_KINDS: Mapping[str, EntityType] = {"assistants": "assistant", "datasources": "knowledgebase", "workflows": "workflow"}
"""By the name of the wire."""

NamesOf = Callable[[AsyncSession, str, Sequence[str]], Awaitable[Mapping[str, str]]]
"""Of things of one kind those that are in a project: their names by id."""
Entities = Mapping[str, NamesOf]
"""By kind; things of a kind that is missing do not exist here yet."""

_STRICTEST = [GuardSettings(mode="all", source="both")]

_Place = tuple[str, str, str, str]
"""Kind, id, mode, source."""


async def in_project(session: AsyncSession, caller: Caller, project: str, kind: EntityType) -> list[AssignmentRow]:
    """Everything of one kind that guardrails stand guard over in a project.

    Raises:
        AccessDenied: 403, the project is not the caller's.
    """
    policy.require_project(caller, project)
    rows = await repository.assignments_in(session, caller, project, kind, MOST_LISTED)
    return [
        AssignmentRow(
            project_name=row.project,
            guardrail_id=row.guardrail_id,
            guardrail_name=name,
            entity_type=kind,
            entity_id=row.entity_id or None,
            source=row.source,
            scope="entity" if row.entity_id else "project",
            id=row.id,
            mode=row.mode,
        )
        for row, name in rows
    ]


async def of_guardrail(
    session: AsyncSession, caller: Caller, guardrail_id: str, entities: Entities
) -> GuardrailAssignments:
    """Where one guardrail stands guard.

    Raises:
        NotFound: 404.
    """
    guardrail = await permitted(session, caller, guardrail_id)
    rows = await repository.assignments_of(session, guardrail.id)
    told = GuardrailAssignments(project_name=guardrail.project)
    told.project = ProjectAssignments(settings=_settings(rows, "project", ""))
    for name, kind in _KINDS.items():
        ids = sorted({row.entity_id for row in rows if row.entity_type == kind and row.entity_id})
        known = await entities[kind](session, guardrail.project, ids) if kind in entities and ids else {}
        items = [ItemAssignment(id=one, settings=_settings(rows, kind, one), name=known.get(one)) for one in ids]
        setattr(told, name, EntityAssignments(settings=_settings(rows, kind, ""), items=items))
    return told


def _settings(rows: Iterable[GuardrailAssignment], kind: str, entity_id: str) -> list[GuardSettings]:
    return [
        GuardSettings(mode=row.mode, source=row.source)  # type: ignore[arg-type]  # checked when they were stored
        for row in rows
        if (row.entity_type, row.entity_id) == (kind, entity_id)
    ]


async def save(
    session: AsyncSession, caller: Caller, guardrail_id: str, wanted: GuardrailAssignments, entities: Entities
) -> AssignmentsSaved:
    """Bring the assignments of one guardrail to what is wanted; what cannot be is told, the rest is done.

    Raises:
        NotFound: 404. AccessDenied: 403. Unprocessable: 422, it names too many things.
        InvalidInput: 400, it names another project than the guardrail's.
    """
    guardrail = await permitted(session, caller, guardrail_id, "write", lock=True)
    await _refuse_other_project(session, caller, guardrail, wanted.project_name)
    _refuse_too_many(wanted)
    places, errors = await _places(session, guardrail, wanted, entities)
    kinds = {kind for name, kind in _KINDS.items() if getattr(wanted, name) is not None}
    kinds |= {"project"} if wanted.project is not None else set()
    now = {_place(row): row for row in await repository.assignments_of(session, guardrail.id)}
    gone = [row.id for place, row in now.items() if row.entity_type in kinds and place not in places]
    await repository.unassign(session, gone)
    await repository.assign(session, (_row(guardrail, caller, place) for place in places if place not in now))
    audit.record(
        session,
        DOMAIN,
        "guardrail.assigned",
        entity_id=guardrail.id,
        actor_id=caller.id,
        project=guardrail.project,
        name=guardrail.name,
        added=len(places - now.keys()),
        removed=len(gone),
    )
    return AssignmentsSaved(success=len(places), failed=len(errors), errors=errors)


async def _refuse_other_project(
    session: AsyncSession, caller: Caller, guardrail: Guardrail, project: str | None
) -> None:
    if project is None or project == guardrail.project:
        return
    await require_usable(session, caller, project)
    raise InvalidInput(
        "Another project's guardrail",
        details=f"'{guardrail.name}' belongs to the project '{guardrail.project}', not to '{project}'.",
        help="A guardrail stands guard in its own project. Make one for the other project.",
    )


def _refuse_too_many(wanted: GuardrailAssignments) -> None:
    for name in _KINDS:
        part: EntityAssignments | None = getattr(wanted, name)
        if part is not None and len(part.items or ()) > MOST_ITEMS:
            raise Unprocessable(
                "Too many assignments",
                details=f"{name}.items has {len(part.items or ())} entries; {MOST_ITEMS} are allowed.",
                help="Assign it to all of the kind with 'settings', or to the whole project.",
            )


async def _places(
    session: AsyncSession, guardrail: Guardrail, wanted: GuardrailAssignments, entities: Entities
) -> tuple[set[_Place], list[str]]:
    over_all = wanted.project.settings if wanted.project else []
    places: set[_Place] = {("project", "", one.mode, one.source) for one in over_all}
    errors: list[str] = []
    for name, kind in _KINDS.items():
        part: EntityAssignments | None = getattr(wanted, name)
        if part is None:
            continue
        shared = part.settings or []
        if not part.shares_settings:
            places |= {(kind, "", one.mode, one.source) for one in shared}
        ids = [item.id for item in part.items or ()]
        known = await entities[kind](session, guardrail.project, ids) if kind in entities and ids else {}
        for item in part.items or ():
            if item.id not in known:
                errors.append(_not_there(kind, item.id, guardrail.project))
                continue
            settings = shared or _STRICTEST if item.settings is None else item.settings
            places |= {(kind, item.id, one.mode, one.source) for one in settings}
    return places, errors


def _not_there(kind: str, entity_id: str, project: str) -> str:
    return f"There is no {kind} '{entity_id}' in the project '{project}'."


async def over(
    session: AsyncSession, caller: Caller, kind: EntityType, project: str, entity_id: str
) -> list[EntityGuardrail]:
    """What stands guard over one thing, be it through its project."""
    return [
        EntityGuardrail(
            guardrail_id=row.guardrail_id,
            mode=row.mode,  # type: ignore[arg-type]  # checked when they were stored
            source=row.source,  # type: ignore[arg-type]
            editable=bool(row.entity_id) and policy.decide(caller, "write", repository.resource_of(row)),
            guardrail_name=name,
        )
        for row, name in await repository.standing_over(session, project, kind, entity_id)
    ]


async def put_over(
    session: AsyncSession,
    caller: Caller,
    kind: EntityType,
    project: str,
    entity_id: str,
    wanted: Sequence[EntityGuardrail],
) -> None:
    """Let these guardrails stand guard over one thing. Those that others put there stay, whatever is wanted.

    Raises:
        InvalidInput: 400, a guardrail is not in the thing's project.
    """
    standing = [row for row, _ in await repository.standing_over(session, project, kind, entity_id)]
    now = {(row.guardrail_id, row.mode, row.source) for row in standing}
    asked = {(one.guardrail_id, one.mode, one.source) for one in wanted}
    gone = [
        row.id
        for row in standing
        if row.entity_id
        and (row.guardrail_id, row.mode, row.source) not in asked
        and policy.decide(caller, "write", repository.resource_of(row))
    ]
    new = asked - now
    known = await repository.find_many(session, caller, [guardrail_id for guardrail_id, _, _ in new])
    for guardrail_id, _, _ in sorted(new):
        if guardrail_id not in known or known[guardrail_id].project != project:
            raise InvalidInput(
                "Unknown guardrail", details=f"There is no guardrail '{guardrail_id}' in the project '{project}'."
            )
    await repository.unassign(session, gone)
    rows = [_row(known[guardrail_id], caller, (kind, entity_id, mode, source)) for guardrail_id, mode, source in new]
    await repository.assign(session, rows)
    if gone or new:
        audit.record(
            session,
            DOMAIN,
            "guardrail.assigned",
            entity_id=entity_id,
            actor_id=caller.id,
            project=project,
            kind=kind,
            added=len(new),
            removed=len(gone),
        )


async def leave(session: AsyncSession, kind: EntityType, entity_id: str) -> None:
    """A thing is gone, or goes to another project, whose guardrails stand guard over it from then on."""
    await repository.forget(session, kind, entity_id)


def _place(row: GuardrailAssignment) -> _Place:
    return row.entity_type, row.entity_id, row.mode, row.source


def _row(guardrail: Guardrail, caller: Caller, place: _Place) -> dict[str, Any]:
    kind, entity_id, mode, source = place
    return {
        "guardrail_id": guardrail.id,
        "project": guardrail.project,
        "entity_type": kind,
        "entity_id": entity_id,
        "mode": mode,
        "source": source,
        "owner_id": caller.id,
    }
