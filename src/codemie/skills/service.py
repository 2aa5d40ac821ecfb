"""Reading skills. Writing is in ``authoring``."""

from collections.abc import Iterable
from math import ceil

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.identity.policy import Action, Resource, abilities, decide
from codemie.kernel.errors import AccessDenied, NotFound
from codemie.parts.schemas import CreatedBy
from codemie.parts.secrets import conceal
from codemie.skills import markdown, repository
from codemie.skills.filters import SkillFilters
from codemie.skills.repository import Listed
from codemie.skills.schemas import CompanionFile, FileMetadata, SkillDetail, SkillItem, SkillList, SortBy
from codemie.skills.tables import Skill


def resource_of(skill: Skill) -> Resource:
    """What the policy needs to know of a skill."""
    return Resource(
        kind="skill",
        owner_id=skill.created_by_id,
        project=skill.project,
        shared=skill.visibility != "private",
        is_global=skill.visibility == "public",
    )


async def get_skill(
    session: AsyncSession, caller: Caller, skill_id: str, action: Action = "read", *, lock: bool = False
) -> Skill:
    """The skill, if the caller may do this to it.

    Raises:
        NotFound: 404, no such skill.
        AccessDenied: 403, not permitted.
    """
    skill = await repository.find(session, skill_id, lock=lock)
    if skill is None:
        raise NotFound.of("Skill", skill_id)
    if not decide(caller, action, resource_of(skill)):
        raise AccessDenied("Permission denied", details=f"You do not have permission to {action} this skill.")
    return skill


async def readable(session: AsyncSession, caller: Caller, ids: Iterable[str]) -> dict[str, Skill]:
    """Those of the skills that exist and that the caller may read, by id."""
    rows = await repository.find_many(session, ids)
    return {row.id: row for row in rows if decide(caller, "read", resource_of(row))}


async def list_skills(
    session: AsyncSession,
    caller: Caller,
    filters: SkillFilters,
    sort_by: SortBy | None = None,
    assistant_id: str | None = None,
    *,
    page: int,
    per_page: int,
) -> SkillList:
    """One page of what the caller may read; ``is_attached`` says whether the named assistant has a skill."""
    rows, total = await repository.page(session, caller, filters, sort_by, assistant_id, number=page, size=per_page)
    return SkillList(
        skills=[item(row, caller) for row in rows],
        page=page,
        per_page=per_page,
        total=total,
        pages=ceil(total / per_page),
    )


async def attached(session: AsyncSession, caller: Caller, assistant_id: str) -> list[SkillItem]:
    """The skills of an assistant the caller may read; those among them that are the caller's to read."""
    rows = await repository.attached_to(session, assistant_id)
    return [item(row, caller) for row in rows if decide(caller, "read", resource_of(row.skill))]


async def creators(session: AsyncSession, caller: Caller) -> list[CreatedBy]:
    """The people whose skills the caller may read."""
    return [CreatedBy.model_validate(person) for person in await repository.creators(session, caller)]


async def detail(session: AsyncSession, caller: Caller, skill: Skill) -> SkillDetail:
    """The full object."""
    files = await repository.files(session, skill.id)
    return SkillDetail.model_validate(
        {
            **_common(skill, caller),
            "content": skill.content,
            "toolkits": skill.toolkits,
            "mcp_servers": conceal(skill.mcp_servers),
            "enabled_builtin_subagents": skill.enabled_builtin_subagents,
            "companion_files": [FileMetadata.model_validate(file) for file in files],
            "assistants_count": await repository.uses(session, skill.id),
        }
    )


async def companion_files(session: AsyncSession, caller: Caller, skill_id: str) -> list[FileMetadata]:
    """What comes with the skill.

    Raises:
        NotFound: 404. AccessDenied: 403.
    """
    await get_skill(session, caller, skill_id)
    return [FileMetadata.model_validate(file) for file in await repository.files(session, skill_id)]


async def companion_file(session: AsyncSession, caller: Caller, skill_id: str, path: str) -> CompanionFile:
    """One file with its content.

    Raises:
        NotFound: 404, no such skill or file. AccessDenied: 403.
    """
    await get_skill(session, caller, skill_id)
    file = await repository.file(session, skill_id, path)
    if file is None:
        raise NotFound("Companion file not found", details=f"The skill has no file '{path[:200]}'.")
    return CompanionFile.model_validate(file)


async def exported(session: AsyncSession, caller: Caller, skill_id: str) -> tuple[str, str]:
    """File name and text of the skill as Markdown.

    Raises:
        NotFound: 404. AccessDenied: 403.
    """
    skill = await get_skill(session, caller, skill_id)
    document = markdown.Document(skill.name, skill.description, skill.content, tuple(skill.categories))
    return f"{skill.name}.md", markdown.render(document)


def item(row: Listed, caller: Caller) -> SkillItem:
    """The short form."""
    return SkillItem.model_validate(
        {
            **_common(row.skill, caller),
            "assistants_count": row.assistants_count,
            "is_attached": row.is_attached,
        }
    )


def _common(skill: Skill, caller: Caller) -> dict[str, object]:
    return {
        "id": skill.id,
        "name": skill.name,
        "description": skill.description,
        "project": skill.project,
        "visibility": skill.visibility,
        "created_by": skill.created_by,
        "categories": skill.categories,
        "created_date": skill.date,
        # A skill that was never changed has no date of change.
        "updated_date": skill.update_date if skill.update_date != skill.date else None,
        "user_abilities": abilities(caller, resource_of(skill)),
        "unique_likes_count": skill.unique_likes_count,
        "unique_dislikes_count": skill.unique_dislikes_count,
    }
