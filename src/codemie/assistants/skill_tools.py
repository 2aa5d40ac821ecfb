"""The tool by which a run reads the skills of its assistant: names first, instructions when they are needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from codemie.assistants.assembly import SKILL_TOOL, Definition
from codemie.identity.caller import Caller
from codemie.identity.policy import decide
from codemie.kernel.database import Database
from codemie.kernel.errors import NotFound
from codemie.kernel.tools import Tool, ToolResult
from codemie.skills import repository
from codemie.skills.service import resource_of
from codemie.skills.tables import Skill

_DESCRIPTION = """\
Read the instructions of one of your skills before you do what it is for, then follow them. Name a file as well to \
read a file that the instructions refer to.

Your skills:
"""


@dataclass(frozen=True, slots=True)
class SkillTools:
    """Makes the tool of an assistant that has skills."""

    database: Database

    async def __call__(self, caller: Caller, definition: Definition) -> tuple[Tool, ...]:
        """One tool for all skills; none when nothing may be used."""
        async with self.database.session() as session:
            found = {row.id: row for row in await repository.find_many(session, definition.skills)}
        usable = [found[key] for key in definition.skills if key in found and may_use(caller, definition, found[key])]
        return (self._tool(usable),) if usable else ()

    def _tool(self, usable: Sequence[Skill]) -> Tool:
        by_name = distinct(usable)

        async def read(arguments: dict[str, Any]) -> ToolResult:
            skill_id = by_name[arguments["skill"]].id
            path = arguments.get("file")
            return await self._file(skill_id, path) if path else await self._instructions(skill_id)

        listed = "\n".join(f"- {name}: {' '.join(skill.description.split())}" for name, skill in by_name.items())
        return Tool(
            name=SKILL_TOOL,
            description=_DESCRIPTION + listed,
            parameters={
                "type": "object",
                "properties": {
                    "skill": {"type": "string", "enum": list(by_name)},
                    "file": {"type": "string", "description": "Path of a file that comes with the skill."},
                },
                "required": ["skill"],
                "additionalProperties": False,
            },
            call=read,
            trusted=True,
        )

    async def _instructions(self, skill_id: str) -> ToolResult:
        async with self.database.session() as session:
            skill = await repository.find(session, skill_id)
            files = await repository.files(session, skill_id)
        if skill is None:
            raise NotFound.of("Skill", skill_id)
        listed = "".join(f"\n- {file.path} ({file.size_bytes} bytes)" for file in files)
        return ToolResult(f"{skill.content}\n\nFiles of this skill:{listed}" if files else skill.content)

    async def _file(self, skill_id: str, path: str) -> ToolResult:
        async with self.database.session() as session:
            file = await repository.file(session, skill_id, path)
        if file is None:
            return ToolResult(f"The skill has no file '{path[:200]}'.", is_error=True)
        if file.encoding != "text":
            return ToolResult(f"'{path}' is not text ({file.mime_type}).", is_error=True)
        return ToolResult(file.content)


def may_use(caller: Caller, definition: Definition, skill: Skill) -> bool:
    """Whether this caller may use the skill through this assistant.

    Who may use an assistant may use what its author wrote, and what is shared in the assistant's own project. A skill
    that its author made private again is gone for everybody else.
    """
    if decide(caller, "read", resource_of(skill)):
        return True
    if not definition.id:
        return False
    if skill.created_by_id == definition.owner_id:
        return True
    return skill.visibility != "private" and skill.project == definition.project


def distinct(skills: Sequence[Skill]) -> dict[str, Skill]:
    """The skills under names of their own: two authors may have used the same."""
    named: dict[str, Skill] = {}
    for skill in skills:
        name, number = skill.name, 2
        while name in named:
            name, number = f"{skill.name}-{number}", number + 1
        named[name] = skill
    return named
