"""Files of the conversation that a tool hands on to another system."""

from collections.abc import Sequence

from codemie.toolkits.api import Upload
from codemie.toolkits.connection import ChatFile, ChatFiles
from codemie.toolkits.failures import ToolFailed


async def chosen(files: ChatFiles | None, names: Sequence[str] | None) -> list[ChatFile]:
    """The files of these names; all of them if none is named.

    Args:
        files: of the conversation.
        names: in any case.

    Raises:
        ToolFailed: there is none, or none of such a name.
    """
    there = await files.all() if files else []
    if not there:
        raise ToolFailed(
            "There is no file to attach", help="Ask the person to attach it to the conversation.", code=422
        )
    if not names:
        return there
    wanted = {name.lower() for name in names}
    if unknown := wanted - {file.name.lower() for file in there}:
        raise ToolFailed(
            f"The conversation has no file {', '.join(sorted(unknown))}",
            details=f"There are: {', '.join(file.name for file in there)}",
            code=404,
        )
    return [file for file in there if file.name.lower() in wanted]


def uploads(files: Sequence[ChatFile], part: str = "file") -> list[Upload]:
    """The same as parts of a form."""
    return [(part, (file.name, file.content, file.media_type)) for file in files]
