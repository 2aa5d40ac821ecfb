"""The SQL of what people and projects set up for themselves. Rights were decided on the assistant."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants.tables import Assistant, JsonObject, ProjectFeature, ToolMapping, VariableValues
from codemie.kernel.database import new_id, utcnow


async def mapping(session: AsyncSession, assistant_id: str, user_id: str, workflow_id: str) -> ToolMapping | None:
    """What a person set up in one scope."""
    statement = select(ToolMapping).where(
        ToolMapping.assistant_id == assistant_id,
        ToolMapping.user_id == user_id,
        ToolMapping.workflow_id == workflow_id,
    )
    return (await session.scalars(statement)).one_or_none()


async def put_mapping(
    session: AsyncSession, assistant_id: str, user_id: str, workflow_id: str, slots: list[JsonObject]
) -> None:
    """Set it, whether there was one before or not."""
    moment = utcnow()
    statement = insert(ToolMapping).values(
        id=new_id(),
        date=moment,
        update_date=moment,
        assistant_id=assistant_id,
        user_id=user_id,
        workflow_id=workflow_id,
        slots=slots,
    )
    await session.execute(
        statement.on_conflict_do_update(
            constraint="uq_assistant_tool_mappings_scope", set_={"slots": slots, "update_date": moment}
        )
    )


async def remove_mapping(session: AsyncSession, assistant_id: str, user_id: str, workflow_id: str) -> None:
    """Forget one scope."""
    await session.execute(
        delete(ToolMapping).where(
            ToolMapping.assistant_id == assistant_id,
            ToolMapping.user_id == user_id,
            ToolMapping.workflow_id == workflow_id,
        )
    )


async def values(session: AsyncSession, assistant_id: str, user_id: str) -> VariableValues | None:
    """A person's values of the prompt variables."""
    statement = select(VariableValues).where(
        VariableValues.assistant_id == assistant_id, VariableValues.user_id == user_id
    )
    return (await session.scalars(statement)).one_or_none()


async def values_of(session: AsyncSession, assistant_ids: Iterable[str], user_id: str) -> dict[str, list[JsonObject]]:
    """The same for several assistants, by the id of each."""
    statement = select(VariableValues.assistant_id, VariableValues.variables).where(
        VariableValues.assistant_id.in_(tuple(assistant_ids)), VariableValues.user_id == user_id
    )
    return {row[0]: row[1] for row in await session.execute(statement)}


async def put_values(session: AsyncSession, assistant_id: str, user_id: str, variables: list[JsonObject]) -> None:
    """Set them, whether there were any before or not."""
    moment = utcnow()
    statement = insert(VariableValues).values(
        id=new_id(),
        date=moment,
        update_date=moment,
        assistant_id=assistant_id,
        user_id=user_id,
        variables=variables,
    )
    await session.execute(
        statement.on_conflict_do_update(
            constraint="uq_assistant_variable_values_user", set_={"variables": variables, "update_date": moment}
        )
    )


async def switched_on(
    session: AsyncSession, project: str, feature: str, *, number: int, size: int
) -> tuple[Sequence[Assistant], int]:
    """The assistants a project has switched on for a feature, newest first, and how many there are."""
    wanted = (ProjectFeature.project == project, ProjectFeature.feature == feature)
    statement = (
        select(Assistant)
        .join(ProjectFeature, ProjectFeature.assistant_id == Assistant.id)
        .where(*wanted)
        .order_by(ProjectFeature.date.desc(), Assistant.id)
        .offset(number * size)
        .limit(size)
    )
    total = await session.scalar(select(func.count()).select_from(ProjectFeature).where(*wanted))
    return (await session.scalars(statement)).all(), total or 0


async def switch_on(session: AsyncSession, assistant_id: str, project: str, feature: str) -> None:
    """Once more changes nothing."""
    values = {"assistant_id": assistant_id, "project": project, "feature": feature, "date": utcnow()}
    await session.execute(insert(ProjectFeature).values(values).on_conflict_do_nothing())


async def switch_off(session: AsyncSession, assistant_id: str, project: str, feature: str) -> bool:
    """False when it was not on."""
    gone = await session.execute(
        delete(ProjectFeature)
        .where(
            ProjectFeature.assistant_id == assistant_id,
            ProjectFeature.project == project,
            ProjectFeature.feature == feature,
        )
        .returning(ProjectFeature.assistant_id)
    )
    return gone.first() is not None
