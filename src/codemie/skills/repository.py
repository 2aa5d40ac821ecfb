"""All SQL of the skills themselves. Lists start from what the caller may read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, exists, false, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from codemie.identity.caller import Caller
from codemie.identity.policy import ResourceColumns, readable_filter
from codemie.parts.references import Referring, names_integration, referring
from codemie.skills.filters import SkillFilters
from codemie.skills.schemas import SortBy
from codemie.skills.tables import Attachment, Skill, SkillFile

_PUBLIC = Skill.visibility == "public"
_COLUMNS = ResourceColumns(
    kind="skill",
    owner_id=Skill.created_by_id.expression,
    project=Skill.project.expression,
    shared=Skill.visibility != "private",
    is_global=_PUBLIC,
)
# What the caller sees because of their projects, not because everybody sees it.
_OWN_COLUMNS = replace(_COLUMNS, is_global=None)
_USES = (
    select(func.count()).select_from(Attachment).where(Attachment.skill_id == Skill.id).correlate(Skill)
).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of a list: the skill without its content, how many assistants have it, and whether a certain one does."""

    skill: Skill
    assistants_count: int
    is_attached: bool


async def find(session: AsyncSession, skill_id: str, *, lock: bool = False) -> Skill | None:
    """The row, whoever may read it; locked against concurrent change when it is about to be changed."""
    return await session.get(Skill, skill_id, with_for_update=lock)


async def find_many(session: AsyncSession, ids: Iterable[str]) -> Sequence[Skill]:
    """Rows of these ids; unknown ids are absent."""
    wanted = tuple(set(ids))
    if not wanted:
        return []
    return (await session.scalars(select(Skill).where(Skill.id.in_(wanted)))).all()


async def using_integration(session: AsyncSession, caller: Caller, setting_id: str, limit: int) -> Referring:
    """Skills whose toolkits or MCP servers name an integration."""
    uses = names_integration(Skill.toolkits, Skill.mcp_servers, setting_id)
    mine = select(Skill.id, Skill.name, Skill.project).where(uses, readable_filter(caller, _COLUMNS))
    return await referring(session, mine, select(Skill.id).where(uses), Skill.name, limit)


async def uses(session: AsyncSession, skill_id: str) -> int:
    """How many assistants have it."""
    statement = select(func.count()).select_from(Attachment).where(Attachment.skill_id == skill_id)
    return await session.scalar(statement) or 0


async def page(
    session: AsyncSession,
    caller: Caller,
    filters: SkillFilters,
    sort_by: SortBy | None,
    assistant_id: str | None,
    *,
    number: int,
    size: int,
) -> tuple[list[Listed], int]:
    """One page and how many there are; two statements."""
    conditions = (_scope(caller, filters), *_conditions(filters))
    attached: ColumnElement[bool] = false()
    if assistant_id is not None:
        pair = and_(Attachment.skill_id == Skill.id, Attachment.assistant_id == assistant_id)
        attached = exists(select(Attachment.skill_id).where(pair).correlate(Skill))
    statement = (
        select(Skill, _USES, attached)
        .options(defer(Skill.content, raiseload=True))
        .where(*conditions)
        .order_by(*_order(filters, sort_by))
        .offset(number * size)
        .limit(size)
    )
    rows = [Listed(row[0], row[1], row[2]) for row in (await session.execute(statement)).all()]
    total = await session.scalar(select(func.count()).select_from(Skill).where(*conditions))
    return rows, total or 0


async def attached_to(session: AsyncSession, assistant_id: str) -> list[Listed]:
    """The skills of an assistant in their order, whoever may read them."""
    statement = (
        select(Skill, _USES)
        .options(defer(Skill.content, raiseload=True))
        .join(Attachment, Attachment.skill_id == Skill.id)
        .where(Attachment.assistant_id == assistant_id)
        .order_by(Attachment.position, Skill.id)
    )
    return [Listed(row[0], row[1], is_attached=True) for row in (await session.execute(statement)).all()]


def _scope(caller: Caller, filters: SkillFilters) -> ColumnElement[bool]:
    readable = readable_filter(caller, _COLUMNS)
    projects = filters.project or []
    match filters.scope:
        case None:
            return readable
        case "marketplace":
            return and_(_PUBLIC, readable)
        case "project":
            return readable_filter(caller, _OWN_COLUMNS)
        case "project_with_marketplace":
            return and_(readable, or_(_PUBLIC, Skill.project.in_(projects) if projects else _mine(caller)))
        case project:
            return and_(readable, Skill.project == project)


def _mine(caller: Caller) -> ColumnElement[bool]:
    return readable_filter(caller, _OWN_COLUMNS)


def _conditions(filters: SkillFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.project and filters.scope != "project_with_marketplace":
        conditions.append(Skill.project.in_(filters.project))
    if filters.id:
        conditions.append(Skill.id.in_(filters.id))
    if filters.visibility:
        conditions.append(Skill.visibility.in_(filters.visibility))
    if filters.created_by:
        conditions.append(
            or_(Skill.created_by_name.in_(filters.created_by), Skill.created_by_id.in_(filters.created_by))
        )
    if filters.categories:
        conditions.append(Skill.categories.overlap(filters.categories))
    if filters.search:
        # strpos rather than LIKE: nothing in the text is a wildcard.
        conditions.append(func.strpos(Skill.search_text, filters.search.casefold()) > 0)
    return conditions


def _order(filters: SkillFilters, sort_by: SortBy | None) -> list[ColumnElement[Any]]:
    order: list[ColumnElement[Any]] = []
    if filters.search:
        order.append((func.strpos(func.split_part(Skill.search_text, "\n", 1), filters.search.casefold()) > 0).desc())
    if sort_by in {"assistants_count", "relevance"}:
        order.append(_USES.desc())
    return [*order, Skill.date.desc(), Skill.id.asc()]


async def name_taken(
    session: AsyncSession, author_id: str, project: str, name: str, *, besides: str | None = None
) -> bool:
    """Whether the author has another skill of this name in the project."""
    statement = select(Skill.id).where(Skill.created_by_id == author_id, Skill.project == project, Skill.name == name)
    if besides is not None:
        statement = statement.where(Skill.id != besides)
    return (await session.scalars(statement.limit(1))).first() is not None


async def creators(session: AsyncSession, caller: Caller) -> list[dict[str, str]]:
    """The people whose skills the caller may read, by name."""
    statement = (
        select(Skill.created_by_id, func.max(Skill.created_by_username), func.max(Skill.created_by_name))
        .where(readable_filter(caller, _COLUMNS))
        .group_by(Skill.created_by_id)
    )
    rows = (await session.execute(statement)).all()
    people = [{"id": row[0], "username": row[1], "name": row[2]} for row in rows]
    return sorted(people, key=lambda person: (person["name"].casefold(), person["id"]))


async def remove(session: AsyncSession, skill_id: str) -> None:
    """Delete it; assistants lose it."""
    await session.execute(delete(Skill).where(Skill.id == skill_id))


async def set_reactions(session: AsyncSession, skill_id: str, likes: int, dislikes: int) -> None:
    """Keep the counts; not a change of the skill."""
    await session.execute(
        update(Skill)
        .where(Skill.id == skill_id)
        .values(unique_likes_count=likes, unique_dislikes_count=dislikes, update_date=Skill.update_date)
    )


async def files(session: AsyncSession, skill_id: str) -> Sequence[SkillFile]:
    """What comes with the skill, by path, without the contents."""
    statement = (
        select(SkillFile).options(defer(SkillFile.content, raiseload=True)).where(SkillFile.skill_id == skill_id)
    )
    return (await session.scalars(statement.order_by(SkillFile.path))).all()


class ListedFile(NamedTuple):
    """A file that comes with a skill, without its content."""

    skill_id: str
    path: str
    size_bytes: int


async def files_of(session: AsyncSession, skill_ids: Sequence[str]) -> list[ListedFile]:
    """What comes with several skills, by skill and path."""
    statement = select(SkillFile.skill_id, SkillFile.path, SkillFile.size_bytes)
    wanted = SkillFile.skill_id.in_(skill_ids)
    rows = await session.execute(statement.where(wanted).order_by(SkillFile.skill_id, SkillFile.path))
    return [ListedFile(*row) for row in rows]


async def file(session: AsyncSession, skill_id: str, path: str) -> SkillFile | None:
    """One file."""
    return await session.get(SkillFile, (skill_id, path))


async def replace_files(session: AsyncSession, skill_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """These files and no others."""
    await session.execute(delete(SkillFile).where(SkillFile.skill_id == skill_id))
    if rows:
        await session.execute(insert(SkillFile), [{"skill_id": skill_id, **row} for row in rows])
