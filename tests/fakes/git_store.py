"""Commits and branches, as every fake of a Git server keeps them."""

import difflib
import secrets
from dataclasses import dataclass, field

Line = tuple[int | None, int | None]


@dataclass
class Commit:
    """One commit: its files are complete."""

    id: str
    message: str
    files: dict[str, str]
    parent: str | None


@dataclass
class GitStore:
    """What a repository holds."""

    commits: dict[str, Commit] = field(default_factory=dict[str, Commit])
    branches: dict[str, str] = field(default_factory=dict[str, str])

    def commit(self, branch: str, message: str, files: dict[str, str]) -> Commit:
        """Put a commit on a branch."""
        made = Commit(secrets.token_hex(20), message, files, self.branches.get(branch))
        self.commits[made.id] = made
        self.branches[branch] = made.id
        return made

    def files(self, ref: str) -> dict[str, str] | None:
        """The files of a branch or commit."""
        commit = self.commits.get(self.branches.get(ref, ref))
        return commit.files if commit else None

    def changed(self, before: str, after: str) -> list[tuple[str, str | None, str | None]]:
        """The files that differ between two refs: path, the text before, the text after."""
        old, new = self.files(before) or {}, self.files(after) or {}
        paths = sorted(old.keys() | new.keys())
        return [(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)]


def diff(before: str, after: str) -> str:
    """A unified diff without the header of the file."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3))[2:]
    return "\n".join(lines)


def lines_of(shown: str) -> set[Line]:
    """Old and new number of each line of a diff; None on the side on which it does not exist."""
    found: set[Line] = set()
    old = new = 0
    for line in shown.splitlines():
        if line.startswith("@@"):
            before, after = line.split()[1:3]
            old, new = (int(part[1:].partition(",")[0]) for part in (before, after))
        elif line.startswith("+"):
            found.add((None, new))
            new += 1
        elif line.startswith("-"):
            found.add((old, None))
            old += 1
        else:
            found.add((old, new))
            old, new = old + 1, new + 1
    return found
