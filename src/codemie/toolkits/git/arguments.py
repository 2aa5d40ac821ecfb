"""Arguments that tools of repositories share."""

from typing import Annotated

from pydantic import AfterValidator, Field


def _inside(path: str) -> str:
    """A path that stays in the repository."""
    if any(part in (".", "..") for part in path.split("/")):
        raise ValueError("leads out of the repository: give a path from its root")
    return path.lstrip("/")


BranchName = Annotated[str, Field(min_length=1, max_length=250, pattern=r"^[^\s~^:?*\[\\]+$")]
FilePath = Annotated[
    str,
    Field(min_length=1, max_length=1000, description="Path in the repository, such as src/app.py."),
    AfterValidator(_inside),
]
Message = Annotated[str, Field(min_length=1, max_length=2000, description="Of the commit.")]
Task = Annotated[
    str,
    Field(
        min_length=1,
        description="What to change, in words. Or blocks that are replaced literally: a line OLD <<<<, the text as it "
        "stands in the file, a line >>>> OLD, a line NEW <<<<, the new text, a line >>>> NEW.",
    ),
]
