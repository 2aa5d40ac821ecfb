"""All SQL of the guardrails."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, Text, cast, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.guardrails.tables import Guardrail, GuardrailAssignment
from codemie.identity.caller import Caller
from codemie.identity.policy import Resource, ResourceColumns, readable_filter
from codemie.kernel.database import new_id, utcnow

_COLUMNS = ResourceColumns("guardrail", owner_id=Guardrail.owner_id, project=Guardrail.project)
_ASSIGNED = ResourceColumns("guardrail", owner_id=GuardrailAssignment.owner_id, project=GuardrailAssignment.project)

Values = Mapping[str, Any]


def resource_of(row: Guardrail | GuardrailAssignment) -> Resource:
    """What the policy needs to know of a guardrail, or of where it stands guard."""
    return Resource("guardrail", row.owner_id, row.project)


def _readable(caller: Caller) -> Select[Guardrail]:
    return select(Guardrail).where(readable_filter(caller, _COLUMNS))


async def find(session: AsyncSession, caller: Caller, guardrail_id: str, *, lock: bool = False) -> Guardrail | None:
    """A guardrail the caller may read."""
    statement = _readable(caller).where(Guardrail.id == guardrail_id)
    return await session.scalar(statement.with_for_update() if lock else statement)


async def find_many(session: AsyncSession, caller: Caller, ids: Iterable[str]) -> dict[str, Guardrail]:
    """Those of the guardrails that the caller may read, by id."""
    wanted = tuple(set(ids))
    rows = await session.scalars(_readable(caller).where(Guardrail.id.in_(wanted))) if wanted else ()
    return {row.id: row for row in rows}


async def page(
    session: AsyncSession, caller: Caller, project: str, search: str, number: int, size: int
) -> tuple[Sequence[Guardrail], int]:
    """One page of a project's guardrails by name, and how many there are."""
    wanted = _readable(caller).where(Guardrail.project == project)
    if search:
        wanted = wanted.where(Guardrail.name.icontains(search, autoescape=True))
    total = await session.scalar(select(func.count()).select_from(wanted.subquery()))
    rows = await session.scalars(
        wanted.order_by(func.lower(Guardrail.name), Guardrail.id).offset(number * size).limit(size)
    )
    return rows.all(), int(total or 0)


async def name_taken(session: AsyncSession, project: str, name: str, besides: str) -> bool:
    """Whether another guardrail of the project has the name."""
    same = exists().where(Guardrail.project == project, Guardrail.name == name, Guardrail.id != besides)
    return bool(await session.scalar(select(same)))


async def remove(session: AsyncSession, guardrail_id: str) -> None:
    """Delete a guardrail; nowhere it stands guard any more."""
    await session.execute(delete(Guardrail).where(Guardrail.id == guardrail_id))


async def assignments_of(session: AsyncSession, guardrail_id: str) -> Sequence[GuardrailAssignment]:
    """Where a guardrail stands guard."""
    order = (GuardrailAssignment.entity_type, GuardrailAssignment.entity_id, GuardrailAssignment.mode)
    wanted = select(GuardrailAssignment).where(GuardrailAssignment.guardrail_id == guardrail_id)
    return (await session.scalars(wanted.order_by(*order, GuardrailAssignment.source))).all()


async def assignments_in(
    session: AsyncSession, caller: Caller, project: str, entity_type: str, most: int
) -> list[tuple[GuardrailAssignment, str]]:
    """Where guardrails stand guard in a project over things of a kind, with their names."""
    rows = await session.execute(
        select(GuardrailAssignment, Guardrail.name)
        .join(Guardrail, Guardrail.id == GuardrailAssignment.guardrail_id)
        .where(readable_filter(caller, _ASSIGNED))
        .where(GuardrailAssignment.project == project, GuardrailAssignment.entity_type == entity_type)
        .order_by(func.lower(Guardrail.name), GuardrailAssignment.id)
        .limit(most)
    )
    return [(row[0], row[1]) for row in rows]


async def standing_over(
    session: AsyncSession, project: str, entity_type: str, entity_id: str
) -> list[tuple[GuardrailAssignment, str]]:
    """What stands guard over one thing, be it through its project, with names."""
    over = (GuardrailAssignment.entity_type == entity_type) & GuardrailAssignment.entity_id.in_(("", entity_id))
    rows = await session.execute(
        select(GuardrailAssignment, Guardrail.name)
        .join(Guardrail, Guardrail.id == GuardrailAssignment.guardrail_id)
        .where(GuardrailAssignment.project == project, over | (GuardrailAssignment.entity_type == "project"))
        .order_by(func.lower(Guardrail.name), GuardrailAssignment.mode, GuardrailAssignment.source)
    )
    return [(row[0], row[1]) for row in rows]


async def assign(session: AsyncSession, rows: Iterable[Values]) -> None:
    """Let guardrails stand guard; those that do already go on."""
    moment = utcnow()
    values = [{"id": new_id(), "date": moment, "update_date": moment, **row} for row in rows]
    if values:  # row by row: all of them in one statement may be more values than one can carry
        await session.execute(insert(GuardrailAssignment).on_conflict_do_nothing(), values)


async def unassign(session: AsyncSession, assignment_ids: Iterable[str]) -> None:
    """Let them stand down."""
    wanted = tuple(assignment_ids)
    if wanted:
        await session.execute(delete(GuardrailAssignment).where(GuardrailAssignment.id.in_(wanted)))


async def forget(session: AsyncSession, entity_type: str, entity_id: str) -> None:
    """A thing is gone, or left its project: nothing stands guard over it there."""
    await session.execute(
        delete(GuardrailAssignment).where(
            GuardrailAssignment.entity_type == entity_type, GuardrailAssignment.entity_id == entity_id
        )
    )


async def guards(session: AsyncSession, project: str, entity_type: str, entity_id: str) -> str | None:
    """What stands guard over one thing, as `guard.guard_of` takes it, whoever may see it."""
    return await session.scalar(select(stored_guards(project, entity_type, entity_id)))


def stored_guards(project: Any, entity_type: str, entity_id: Any) -> Any:
    """The same as a column of a statement that reads the thing."""
    return cast(func.codemie_guards(project, entity_type, entity_id), Text)
