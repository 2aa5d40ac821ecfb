"""The tool by which a run reads the skills of its assistant: names first, instructions when they are needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from codemie.assistants.assembly import SKILL_TOOL, Lesson
from codemie.kernel.database import Database
from codemie.kernel.errors import NotFound
from codemie.kernel.tools import Tool, ToolResult
from codemie.skills import repository

_DESCRIPTION = """\
Read the instructions of one of your skills before you do what it is for, then follow them. Name a file as well to \
read a file that the instructions refer to.

Your skills:
"""


@dataclass(frozen=True, slots=True)
class SkillTools:
    """Makes the tool of an assistant that has skills."""

    database: Database

    def __call__(self, lessons: Sequence[Lesson]) -> tuple[Tool, ...]:
        """One tool for all skills; none when nothing may be used."""
        return (self._tool(lessons),) if lessons else ()

    def _tool(self, lessons: Sequence[Lesson]) -> Tool:
        by_name = distinct(lessons)

        async def read(arguments: dict[str, Any]) -> ToolResult:
            lesson = by_name[arguments["skill"]]
            path = arguments.get("file")
            return await self._file(lesson, path) if path else await self._instructions(lesson)

        listed = "\n".join(f"- {name}: {lesson.description}" for name, lesson in by_name.items())
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

    async def _instructions(self, lesson: Lesson) -> ToolResult:
        async with self.database.session() as session:
            skill = await repository.find(session, lesson.id)
            files = await repository.files(session, lesson.id)
        if skill is None:
            raise NotFound.of("Skill", lesson.id)
        listed = "".join(f"\n- {file.path} ({file.size_bytes} bytes)" for file in files)
        text = f"{skill.content}\n\nFiles of this skill:{listed}" if files else skill.content
        return _read(lesson, text)

    async def _file(self, lesson: Lesson, path: str) -> ToolResult:
        async with self.database.session() as session:
            file = await repository.file(session, lesson.id, path)
        if file is None:
            return ToolResult(f"The skill has no file '{path[:200]}'.", is_error=True)
        if file.encoding != "text":
            return ToolResult(f"'{path}' is not text ({file.mime_type}).", is_error=True)
        return _read(lesson, file.content)


def _read(lesson: Lesson, text: str) -> ToolResult:
    return ToolResult(text, advice_of=None if lesson.is_own else lesson.name)


def distinct(lessons: Sequence[Lesson]) -> dict[str, Lesson]:
    """The skills under names of their own: two authors may have used the same."""
    named: dict[str, Lesson] = {}
    for lesson in lessons:
        name, number = lesson.name, 2
        while name in named:
            name, number = f"{lesson.name}-{number}", number + 1
        named[name] = lesson
    return named
