"""`files_filter`: which paths of a repository are indexed.

Newline-separated gitignore patterns. Any plain pattern makes the list a whitelist; `!pattern` excludes; no pattern
means everything.
"""

from dataclasses import dataclass

from pathspec import GitIgnoreSpec

from codemie.kernel.errors import Unprocessable

_MAX_PATTERNS = 500
_MAX_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class PathFilter:
    """Include and exclude patterns, compiled. None means no such pattern was given."""

    include: GitIgnoreSpec | None
    exclude: GitIgnoreSpec | None

    @classmethod
    def of(cls, text: str | None) -> "PathFilter":
        """Compile patterns. Raises Unprocessable naming the line that is not a pattern."""
        text = text or ""
        lines = [line.strip() for line in text.splitlines()]
        patterns = [line for line in lines if line and not line.startswith("#")]
        if len(text) > _MAX_LENGTH or len(patterns) > _MAX_PATTERNS:
            raise Unprocessable("The files filter is too long", details=f"At most {_MAX_PATTERNS} patterns are taken.")
        includes = [line for line in patterns if not line.startswith("!")]
        excludes = [line[1:] for line in patterns if line.startswith("!")]
        return cls(_compiled(includes), _compiled(excludes))

    def keeps(self, path: str) -> bool:
        """Tell whether a path is indexed."""
        if self.exclude is not None and self.exclude.match_file(path):
            return False
        return self.include is None or self.include.match_file(path)


def _compiled(patterns: list[str]) -> GitIgnoreSpec | None:
    if not patterns:
        return None
    for pattern in patterns:
        try:
            GitIgnoreSpec.from_lines([pattern])
        except ValueError as error:
            raise Unprocessable("The files filter cannot be read", details=f"Not a pattern: {pattern}") from error
    return GitIgnoreSpec.from_lines(patterns)
