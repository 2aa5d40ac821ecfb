"""What skills add to a run: instructions it may read, tools, MCP servers and helpers that come with them."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants.assembly import Definition, Lesson
from codemie.identity.caller import Caller
from codemie.identity.policy import decide
from codemie.skills import repository
from codemie.skills.service import resource_of
from codemie.skills.tables import Skill


async def taught(
    session: AsyncSession, caller: Caller, definition: Definition, extra: Iterable[str] = ()
) -> Definition:
    """The definition with what its skills bring along.

    Args:
        session: to read them.
        caller: who asks.
        definition: of an assistant.
        extra: ids of skills for this one request; only such as the caller may read are used.
    """
    wanted = dict.fromkeys((*definition.skills, *extra))
    if not wanted:
        return definition
    found = {row.id: row for row in await repository.find_many(session, wanted)}
    usable = [
        found[key]
        for key in wanted
        if key in found
        and (may_use(caller, definition, found[key]) if key in definition.skills else may_read(caller, found[key]))
    ]
    return replace(
        definition,
        lessons=tuple(_lesson(skill, caller, definition) for skill in usable),
        toolkits=(*definition.toolkits, *(toolkit for skill in usable for toolkit in skill.toolkits)),
        skill_servers=tuple((skill.id, server) for skill in usable for server in skill.mcp_servers),
        builtin_subagents=tuple(
            dict.fromkeys(
                (*definition.builtin_subagents, *(name for skill in usable for name in skill.enabled_builtin_subagents))
            )
        ),
    )


def may_read(caller: Caller, skill: Skill) -> bool:
    """Whether the skill is the caller's to use by their own right."""
    return decide(caller, "read", resource_of(skill))


def may_use(caller: Caller, definition: Definition, skill: Skill) -> bool:
    """Whether this caller may use the skill through this assistant.

    Who may use an assistant may use what its author wrote, and what is shared in the assistant's own project. A skill
    that its author made private again is gone for everybody else.
    """
    if may_read(caller, skill):
        return True
    if not definition.id:
        return False
    if skill.created_by_id == definition.owner_id:
        return True
    return skill.visibility != "private" and skill.project == definition.project


def _lesson(skill: Skill, caller: Caller, definition: Definition) -> Lesson:
    own = skill.created_by_id in {caller.id, definition.owner_id}
    return Lesson(skill.id, skill.name, " ".join(skill.description.split()), is_own=own)
