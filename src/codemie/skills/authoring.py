"""Creating, changing, publishing and deleting skills."""

from typing import Any

from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.identity.policy import require_project
from codemie.identity.projects_use import require_usable
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import new_id, utcnow
from codemie.kernel.errors import Conflict, Unprocessable
from codemie.parts.authorship import signed
from codemie.parts.secrets import SecretKeeper
from codemie.reactions import service as reactions
from codemie.reactions.schemas import Reaction, ReactionOutcome
from codemie.skills import companions, markdown, repository
from codemie.skills.schemas import CATEGORIES, Category, CreateSkill, ImportSkill, UpdateSkill
from codemie.skills.service import get_skill
from codemie.skills.settings import SkillsSettings
from codemie.skills.tables import Skill


async def create(
    session: AsyncSession, caller: Caller, cipher: Cipher, settings: SkillsSettings, request: CreateSkill
) -> Skill:
    """Save a new skill of the caller.

    Raises:
        AccessDenied: 403, the project is not the caller's. NotFound: 404, there is no such project.
        Unprocessable: 422, the content is too long.
        InvalidInput: 400, the companion files cannot be kept.
        Conflict: 409, the caller has a skill of this name in the project.
    """
    await require_usable(session, caller, request.project)
    check_length(request.content, settings)
    files = companions.rows_of(request.companion_files, settings)
    await _refuse_taken(session, caller.id, request.project, request.name)
    fields = request.model_dump(mode="json", exclude={"companion_files"})
    moment = utcnow()
    skill = Skill(
        id=new_id(),
        date=moment,
        update_date=moment,
        created_by_id=caller.id,
        created_by_username=caller.username,
        created_by_name=caller.name,
    )
    fields["mcp_servers"] = signed(keeper_of(cipher, skill.id).seal_servers(fields["mcp_servers"]), (), caller.id)
    _assign(skill, fields)
    session.add(skill)
    await _flush(session, request.name)
    await repository.replace_files(session, skill.id, files)
    return skill


async def update(
    session: AsyncSession,
    caller: Caller,
    cipher: Cipher,
    settings: SkillsSettings,
    skill_id: str,
    request: UpdateSkill,
) -> Skill:
    """Change what the request names; the author never changes.

    Raises:
        NotFound: 404, also when there is no such project.
        AccessDenied: 403, also when the new project, or that of a public skill, is not the caller's.
        Unprocessable: 422. InvalidInput: 400. Conflict: 409; as for ``create``.
    """
    skill = await get_skill(session, caller, skill_id, "write", lock=True)
    sent = request.model_dump(mode="json", exclude={"companion_files"})
    fields = {key: value for key, value in sent.items() if value is not None}
    project, name = fields.get("project", skill.project), fields.get("name", skill.name)
    if project != skill.project:
        await require_usable(session, caller, project)
    if fields.get("visibility", skill.visibility) == "public":
        # As for `publish`: what everybody reads is not for an author who has left the project to decide.
        require_project(caller, project)
    if request.content is not None and request.content != skill.content:
        check_length(request.content, settings)
    if (project, name) != (skill.project, skill.name):
        await _refuse_taken(session, skill.created_by_id, project, name, besides=skill.id)
    if "mcp_servers" in fields:
        sealed = keeper_of(cipher, skill.id).seal_servers(fields["mcp_servers"], skill.mcp_servers)
        fields["mcp_servers"] = signed(sealed, skill.mcp_servers, caller.id)
    _assign(skill, fields)
    skill.update_date = utcnow()
    await _flush(session, name)
    if request.companion_files is not None:
        await repository.replace_files(session, skill.id, companions.rows_of(request.companion_files, settings))
    return skill


async def delete(session: AsyncSession, caller: Caller, skill_id: str) -> None:
    """Remove a skill; assistants that have it lose it.

    Raises:
        NotFound: 404. AccessDenied: 403.
    """
    await get_skill(session, caller, skill_id, "delete", lock=True)
    await repository.remove(session, skill_id)
    await reactions.forget(session, "skill", skill_id)


async def bring_in(
    session: AsyncSession, caller: Caller, cipher: Cipher, settings: SkillsSettings, request: ImportSkill
) -> Skill:
    """Save a skill from a Markdown file.

    Raises:
        AccessDenied: 403, the project is not the caller's. NotFound: 404, there is no such project.
        InvalidInput: 400, the file is no skill.
        Unprocessable: 422, what it says breaks a limit. Conflict: 409, the name is taken.
    """
    await require_usable(session, caller, request.project)
    document = markdown.parse(markdown.decode(request.file_content, request.filename), request.filename)
    known: list[Category] = [item for item in CATEGORIES if item in document.categories]
    try:
        found = CreateSkill(
            name=document.name,
            description=document.description,
            content=document.content,
            project=request.project,
            visibility=request.visibility,
            categories=known[:3],
        )
    except ValidationError as error:
        raise _unprocessable(error) from error
    return await create(session, caller, cipher, settings, found)


async def publish(session: AsyncSession, caller: Caller, skill_id: str, categories: list[Category] | None) -> None:
    """Show the skill to everybody.

    Raises:
        NotFound: 404. AccessDenied: 403.
    """
    skill = await get_skill(session, caller, skill_id, "write", lock=True)
    require_project(caller, skill.project)
    if skill.visibility != "public":
        skill.unpublished_visibility, skill.visibility = skill.visibility, "public"
    if categories is not None:
        skill.categories = list(categories)
    skill.update_date = utcnow()


async def unpublish(session: AsyncSession, caller: Caller, skill_id: str) -> None:
    """Show the skill to those who saw it before it was published.

    Raises:
        NotFound: 404. AccessDenied: 403.
    """
    skill = await get_skill(session, caller, skill_id, "write", lock=True)
    if skill.visibility == "public":
        skill.visibility = skill.unpublished_visibility
    skill.update_date = utcnow()


async def react(session: AsyncSession, caller: Caller, skill_id: str, reaction: Reaction | None) -> ReactionOutcome:
    """Like or dislike a skill; None takes it back.

    Raises:
        NotFound: 404. AccessDenied: 403.
    """
    await get_skill(session, caller, skill_id, lock=True)
    if reaction is None:
        outcome = await reactions.withdraw(session, caller, "skill", skill_id)
    else:
        outcome = await reactions.toggle(session, caller, "skill", skill_id, reaction)
    await repository.set_reactions(session, skill_id, outcome.like_count, outcome.dislike_count)
    return outcome


def check_length(content: str, settings: SkillsSettings) -> None:
    """The maximum is a setting, so no schema can hold it; the answer looks as if one did.

    Raises:
        Unprocessable: 422.
    """
    most = settings.max_content_length
    if len(content) <= most:
        return
    text = f"Value error, Skill content must not exceed {most} characters (was {len(content)})."
    problem = {"type": "value_error", "loc": ["body", "content"], "msg": text, "input": content[:100]}
    raise Unprocessable(f"content: {text}", details=[problem])


def _unprocessable(error: ValidationError) -> Unprocessable:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    listed = [{"type": item["type"], "loc": ["body", *item["loc"]], "msg": item["msg"]} for item in problems]
    told = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in problems)
    return Unprocessable(told, details=listed)


async def _refuse_taken(
    session: AsyncSession, author_id: str, project: str, name: str, *, besides: str | None = None
) -> None:
    if await repository.name_taken(session, author_id, project, name, besides=besides):
        raise _taken(name)


def _taken(name: str) -> Conflict:
    return Conflict(
        "Skill name already exists",
        details=f"There is a skill named '{name}' of the same author in this project already.",
        help="Choose another name.",
    )


def keeper_of(cipher: Cipher, skill_id: str) -> SecretKeeper:
    """Seals and opens the secrets of one skill."""
    return SecretKeeper(cipher, f"skill:{skill_id}")


def _assign(skill: Skill, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if name == "visibility" and value != "public":
            skill.unpublished_visibility = value
        setattr(skill, name, value)


async def _flush(session: AsyncSession, name: str) -> None:
    """Write now, so that losing a race for the name becomes an answer instead of a failed commit."""
    try:
        await session.flush()
    except IntegrityError as error:
        raise _taken(name) from error
