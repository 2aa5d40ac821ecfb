"""What a merge or pull request changes, and the lines of it that comments name."""

from dataclasses import dataclass

from codemie.toolkits.failures import BadToolArguments
from codemie.toolkits.patches import DiffLine, diff_lines, numbered


@dataclass(frozen=True, slots=True)
class FileChange:
    """The change of one file.

    Args:
        old_path: before.
        new_path: after.
        diff: unified, without the header of the file; empty for what has none, as binary files.
    """

    old_path: str
    new_path: str
    diff: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A merge request or pull request.

    Args:
        title: in a line.
        description: in Markdown.
        files: that it changes.
    """

    title: str
    description: str
    files: list[FileChange]

    def shown(self) -> str:
        """As models read it: each line of a diff with its index in front."""
        parts = [f"title: {self.title}", f"description: {self.description}"]
        parts += [numbered(file.old_path, file.new_path, file.diff) for file in self.files]
        return "\n".join(parts)

    def line(self, path: str, index: int) -> tuple[FileChange, DiffLine]:
        """The line of a file's diff with this index.

        Raises:
            BadToolArguments: the file is not changed, or there is no line of code.
        """
        file = next((file for file in self.files if path in (file.new_path, file.old_path)), None)
        if file is None:
            paths = ", ".join(file.new_path for file in self.files[:50])
            raise BadToolArguments(f"The request does not change {path}", details=f"It changes: {paths}", code=422)
        lines = list(diff_lines(file.diff))
        line = lines[index] if index < len(lines) else DiffLine("")
        if not line.is_code:
            raise BadToolArguments(
                f"There is no code line {index} in the diff of {path}", details=f"It has {len(lines)} lines.", code=422
            )
        return file, line
