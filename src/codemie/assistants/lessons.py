"""What skills add to a run: instructions it may read, tools, MCP servers and helpers that come with them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants.assembly import Definition, Lesson
from codemie.assistants.tool_selection import BROUGHT
from codemie.identity.caller import Caller
from codemie.identity.policy import decide
from codemie.mcp.borrowing import LENDS
from codemie.parts.authorship import WRITTEN_BY
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
        toolkits=(*definition.toolkits, *(kit for skill in usable for kit in _toolkits(skill, definition))),
        skill_servers=tuple((skill.id, server) for skill in usable for server in _servers(skill, definition)),
        builtin_subagents=tuple(
            dict.fromkeys(
                (*definition.builtin_subagents, *(name for skill in usable for name in skill.enabled_builtin_subagents))
            )
        ),
    )


def _toolkits(skill: Skill, definition: Definition) -> list[dict[str, Any]]:
    """Those of the skill. What the assistant's author lends goes along with what they wrote and attached alone."""
    if _is_lent(skill, definition):
        return skill.toolkits
    return [{**kit, BROUGHT: True} for kit in skill.toolkits]


def _servers(skill: Skill, definition: Definition) -> list[dict[str, Any]]:
    """The same of servers, with who wrote them."""
    marks = {LENDS: _is_lent(skill, definition)}
    return [{WRITTEN_BY: skill.created_by_id, **server, **marks} for server in skill.mcp_servers]


def _is_lent(skill: Skill, definition: Definition) -> bool:
    return skill.created_by_id == definition.owner_id and skill.id in definition.skills


def may_read(caller: Caller, skill: Skill) -> bool:
    """Whether the skill is the caller's to use by their own right."""
    return decide(caller, "read", resource_of(skill))


def may_use(caller: Caller, definition: Definition, skill: Skill) -> bool:
    """Whether this caller may use the skill through this assistant.

    Who may use an assistant may use what its author wrote. What others share in its project is for who is in that
    project still, unless the assistant is published. A skill that was made private again is gone for everybody else.
    """
    if may_read(caller, skill):
        return True
    if not definition.id:
        return False
    if skill.created_by_id == definition.owner_id:
        return True
    is_shared = skill.visibility != "private" and skill.project == definition.project
    return is_shared and (definition.is_global or caller.can_use_project(definition.project))


def _lesson(skill: Skill, caller: Caller, definition: Definition) -> Lesson:
    own = skill.created_by_id in {caller.id, definition.owner_id}
    return Lesson(skill.id, skill.name, " ".join(skill.description.split()), is_own=own)
