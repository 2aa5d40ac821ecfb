"""The customer's file: which components clients are shown, as the people who installed the platform wrote it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from codemie.kernel.documents import DocumentError, Problem, read_document


class ComponentSettings(BaseModel):
    """What is known of every component; more is handed on as it is."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    enabled: bool
    available_for_external: bool = Field(default=True, alias="availableForExternal")


class FileComponent(BaseModel):
    """One component."""

    id: str = Field(pattern=r"^[A-Za-z0-9:_-]{1,100}$")
    settings: ComponentSettings


class CustomerFile(BaseModel):
    """The part of the file that clients are shown."""

    components: list[FileComponent] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _once(self) -> "CustomerFile":
        names = [component.id for component in self.components]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"given twice: {', '.join(repeated)}")
        return self


def read(path: Path | None) -> Mapping[str, dict[str, Any]]:
    """The components of a file, by id; none without a file.

    Raises:
        ConfigurationError: the file cannot be read or used; says where.
    """
    if path is None:
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError([Problem(str(path), 0, 0, "", f"cannot be read: {error}")]) from None
    listed = read_document(text, str(path)).validated(CustomerFile).components
    return {one.id: one.settings.model_dump(by_alias=True, exclude_none=True) for one in listed}
