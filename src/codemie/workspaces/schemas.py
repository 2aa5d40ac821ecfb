"""Workspaces as clients see them."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from codemie.kernel.http import WireModel

MOST_PATH_CHARACTERS = 1024
Path = Annotated[str, Field(max_length=4 * MOST_PATH_CHARACTERS)]


class WorkspaceObject(WireModel):
    """A workspace."""

    id: str
    conversation_id: str
    user_id: str
    name: str | None
    status: str
    date: datetime | None
    update_date: datetime | None


class CreateWorkspace(WireModel):
    """Body of POST /v1/workspaces."""

    conversation_id: Annotated[str, Field(min_length=1, max_length=500)]
    name: Annotated[str, Field(max_length=500)] | None = None


class FileItem(WireModel):
    """A file without its content."""

    path: str
    mime_type: str
    checksum: str
    size: int
    version: int
    update_date: datetime | None = None


class FileContent(FileItem):
    """A file with its content, if that is text or a picture."""

    is_binary: bool
    content: str | None
    content_encoding: str | None = None


class WriteFile(WireModel):
    """Body of PUT …/files."""

    file_path: Path
    content: str


class EditFile(WireModel):
    """Body of POST …/files/edit."""

    file_path: Path
    old_string: str
    new_string: str
    replace_all: bool = False


class FileEdited(WireModel):
    """Answer to it, in both spellings clients look for."""

    message: str
    updated: bool
    occurrences_replaced: int = 0
    occurrences_replaced_camel: int = Field(default=0, serialization_alias="occurrencesReplaced")

    model_config = ConfigDict(serialize_by_alias=True)


class FileDeleted(WireModel):
    """Answer to DELETE …/files."""

    message: str
    deleted: bool


class GrepMatch(WireModel):
    """A line in which something was found; lines count from 1."""

    file_path: str
    line_number: int
    line: str


class GrepAnswer(WireModel):
    """Answer to GET …/files/grep."""

    matches: list[GrepMatch]


class ExecuteScript(WireModel):
    """Body of POST …/execute."""

    script_path: Path
    export_files: Annotated[list[Path], Field(max_length=1000)] | None = None


class ScriptDone(WireModel):
    """Answer to it."""

    model_config = ConfigDict(alias_generator=to_camel, serialize_by_alias=True)

    message: str
    output: str
    workspace_files: list[FileItem] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
