"""Files that an agent makes itself: pictures, and what code makes."""

from typing import Annotated

from pydantic import Field

from codemie.toolkits.calling import Output
from codemie.toolkits.connection import Connection, ToolRun
from codemie.toolkits.failures import NotConfigured
from codemie.toolkits.toolkit import Toolkit

TOOLKIT = "FileSystem"
DRAWING_TOOL = "generate_image_tool"
CODE_TOOL = "code_executor"
_DRAWING_SECONDS = 300.0
_CODE_SECONDS = 600.0
"""The sandbox strikes first: with the limits of its settings."""


def _run(connection: Connection) -> ToolRun:
    return connection.run


files = Toolkit(TOOLKIT, "this platform", _run, label="File Management")

Description = Annotated[
    str,
    Field(
        min_length=1,
        max_length=4000,
        description="What the picture shows, in full: subject, surroundings, style, colours, and words to stand in it.",
    ),
]


@files.tool("writes", DRAWING_TOOL, label="Generate Image", about="Draws a picture.", seconds=_DRAWING_SECONDS)
async def generate_image_tool(run: ToolRun, image_description: Description) -> Output:
    """Draw a picture from a description. Call it once for each picture that is asked for.

    The person sees the picture beside your answer. To place it in your answer, copy the Markdown that comes back.
    """
    if run.draw is None:
        raise NotConfigured("Pictures cannot be made here", help="Ask for it in a chat with an assistant.")
    picture = await run.draw(image_description)
    address = f"sandbox:/v1/files/{picture.address}"
    return Output(f"The picture is made: {address}\n\n![Picture]({address})", pictures=(picture,))


Code = Annotated[str, Field(min_length=1, max_length=200_000, description="Python code. Print what you want to see.")]
ExportFiles = Annotated[
    list[Annotated[str, Field(max_length=1024)]] | None,
    Field(
        max_length=20, description="Paths of files that the person is to get; the code made them, or they are there."
    ),
]


@files.tool("writes", CODE_TOOL, about="Runs Python code.", seconds=_CODE_SECONDS)
async def code_executor(run: ToolRun, code: Code, export_files: ExportFiles = None) -> Output:
    """Run Python code to calculate, to transform data, or to make files.

    Standard library only, no network, no other programs; attached files and those that earlier code left are in the
    working folder. Nothing but files survives a call. Name in export_files what the person is to download: new files
    beside those are dropped then. Without export_files all new and changed files are kept for later calls.
    """
    if run.run_code is None:
        raise NotConfigured("Code cannot be run here", help="It runs in chats with a stored assistant.")
    done = await run.run_code(code, export_files)
    report = {
        "message": done.message,
        "output": done.output,
        "new_or_changed_files": done.files,
        "exported": [{"path": one.path, "link": f"sandbox:/v1/files/{one.address}"} for one in done.exported],
        "warnings": done.warnings,
    }
    pictures = tuple(one.picture for one in done.exported if one.picture is not None)
    return Output({name: value for name, value in report.items() if value or name == "message"}, pictures=pictures)
