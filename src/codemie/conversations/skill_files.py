"""The files of an assistant's skills, laid into the workspace of a conversation before its scripts run."""

from collections.abc import Iterator, Sequence
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants.assembly import Lesson
from codemie.conversations.chat import ChatRoom
from codemie.identity.caller import Caller
from codemie.kernel.errors import InvalidInput
from codemie.kernel.telemetry import get_logger
from codemie.skills import companions, repository
from codemie.skills.bundle import MANIFEST
from codemie.skills.repository import ListedFile
from codemie.skills.settings import SkillsSettings
from codemie.workspaces import placing, service
from codemie.workspaces.placing import Offered
from codemie.workspaces.service import Shelf

log = get_logger(__name__)


async def place(room: ChatRoom, caller: Caller, lessons: Sequence[Lesson], conversation_id: str) -> None:
    """Copy what is not there yet to `skills/<name>-<start of the id>/<path>`. What does not fit is left out."""
    workspaces = room.runtime.workspaces
    async with room.database.session() as session:
        files = await repository.files_of(session, [lesson.id for lesson in lessons])
        if not files:
            return
        try:
            workspace = await service.create(session, workspaces.settings, caller, conversation_id, None)
        except InvalidInput as error:
            log.info("skill_files_not_placed", reason=error.details)
            return
        shelf = Shelf(session, workspaces.settings, workspaces.chat, workspace)
        folders = {lesson.id: f"skills/{lesson.name}-{lesson.id[:8]}" for lesson in lessons}
        await placing.place(
            shelf,
            [
                Offered(f"{folders[file.skill_id]}/{file.path}", partial(_content, session, file.skill_id, file.path))
                for lesson in lessons
                for file in _within([row for row in files if row.skill_id == lesson.id], room.skills)
            ],
        )


def _within(files: Sequence[ListedFile], limits: SkillsSettings) -> Iterator[ListedFile]:
    """The files of one skill that its limits of today allow; its instructions are no such file."""
    count, room = limits.max_files, limits.max_files_bytes
    for file in files:
        if file.path.lower() == MANIFEST.lower() or file.size_bytes > min(limits.max_file_bytes, room) or not count:
            continue
        count, room = count - 1, room - file.size_bytes
        yield file


async def _content(session: AsyncSession, skill_id: str, path: str) -> bytes:
    file = await repository.file(session, skill_id, path)
    return b"" if file is None else companions.content_of(file)
