"""YAML read with positions, so every error names file, line, column and key; and files followed as they change."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, get_args

import yaml
from pydantic import BaseModel, ValidationError

from codemie.kernel.errors import ConfigurationError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

logger = logging.getLogger(__name__)
_LARGEST = 1_048_576
_DEEPEST = 100
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Parsed = TypeVar("Parsed")
Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file; line and column count from 1, 0 when unknown."""

    file: str
    line: int
    column: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class DocumentError(ConfigurationError):
    """A YAML file that cannot be used; `problems` says where and why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "; ".join(str(problem) for problem in problems[:10]), help="Correct the file named in the message."
        )


class Document:
    """A parsed YAML file that knows where each of its keys stands."""

    def __init__(self, file: str, data: Any, node: yaml.Node | None) -> None:
        self.file = file
        self.data = data
        self._node = node

    def place(self, *path: str | int) -> str:
        """Where the key at `path` stands: `codemie.yaml:3`; the file alone when it is not there."""
        line = self.problem(path, "").line
        return f"{self.file}:{line}" if line else self.file

    def problem(self, path: Iterable[str | int], message: str) -> Problem:
        """Return a problem at `path`, or at its nearest existing parent."""
        steps = list(path)
        mark = self._mark(steps)
        key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
        return Problem(self.file, mark.line + 1 if mark else 0, mark.column + 1 if mark else 0, key, message)

    def validated(self, shape: type[Shape]) -> Shape:
        """Return the data as `shape`.

        Raises:
            DocumentError: with one problem for every value that does not fit.
        """
        try:
            return shape.model_validate(self.data)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False, include_context=False)
            raise DocumentError([self.problem(item["loc"], _said(shape, item)) for item in found]) from None

    def _mark(self, steps: Sequence[str | int]) -> Any:
        node, mark = self._node, self._node.start_mark if self._node else None
        for step in steps:
            pair = next((pair for pair in _children(node) if pair[0] == step), None)
            if pair is None:
                break
            _, mark, node = pair
        return mark


def _said(shape: type[BaseModel], error: ErrorDetails) -> str:
    """What is wrong, in words for whoever wrote the file; an unknown key with the nearest that is known."""
    if error["type"] != "extra_forbidden":
        return error["msg"].removeprefix("Value error, ")
    *above, name = error["loc"]
    shapes = [shape]
    for step in above:
        inner = [info.annotation for each in shapes for key, info in each.model_fields.items() if key == step]
        # What is no field is a place in a list, or pydantic's name for one of several shapes.
        shapes = [each for annotation in inner for each in _shapes(annotation)] if inner else shapes
    known = list(dict.fromkeys(info.alias or key for each in shapes for key, info in each.model_fields.items()))
    near = get_close_matches(str(name), known, n=1)
    return f"is not known here; did you mean {near[0]}?" if near else f"is not known here; known: {', '.join(known)}"


def _shapes(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _shapes(inner)


def refuse_deep(text: str) -> None:
    """Return if a YAML text is not nested too deeply for the loader.

    The loader goes as deep as the text, on the stack of C: a text can end the process. Its events do not.

    Raises:
        ValueError: it is.
        yaml.YAMLError: it is no YAML.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ValueError("it is nested too deeply")


def read_document(text: str, file: str) -> Document:
    """Parse `text` of the file named `file`.

    Raises:
        DocumentError: not YAML, too large, or a key given twice.
    """
    if len(text) > _LARGEST:
        raise DocumentError([Problem(file, 0, 0, "", f"larger than {_LARGEST // 1024} KiB")])
    loader = _Loader(text)
    try:
        refuse_deep(text)
        node: yaml.Node | None = loader.get_single_node()
        data = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise DocumentError([Problem(file, *place, "", f"not valid YAML: {error.problem or error.context}")]) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise DocumentError([Problem(file, 0, 0, "", f"not valid YAML: {error}")]) from None
    finally:
        loader.dispose()
    if repeated := list(_repeated(node, file)):
        raise DocumentError(repeated)
    return Document(file, data, node)


class WatchedFile(Generic[Parsed]):
    """A parsed file that is read again when it changes; while it is broken the last good content stays in use.

    Looking costs one `stat`, so callers ask on every request. `fallback` is read as long as `path` has never existed.
    """

    def __init__(self, path: Path, parse: Callable[[str, str], Parsed], fallback: Path) -> None:
        self._path = path
        self._fallback = fallback
        self._parse = parse
        self._stamp: tuple[int, int, int] | None = None
        self._content: Parsed | None = None
        self._from_path = False
        self.problem: str | None = None
        self.generation = 0
        self.digest = ""
        """SHA-256 of the file that the content in use was read from."""

    @property
    def path(self) -> Path:
        """The file that is followed, whether it is there or not."""
        return self._path

    @property
    def source(self) -> Path:
        """The file the content in use was read from."""
        return self._path if self._from_path else self._fallback

    def current(self) -> Parsed:
        """Return the content, read again if the file changed.

        Raises:
            ConfigurationError: the file is broken and there is no earlier good content.
        """
        stamp = self._look()
        if stamp != self._stamp or self._content is None:
            self._stamp = stamp
            self._refresh(exists=stamp is not None)
        return cast("Parsed", self._content)

    def reload(self) -> Parsed:
        """Read the file again even if it looks unchanged."""
        self._stamp = (-1, -1, -1)
        return self.current()

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _refresh(self, *, exists: bool) -> None:
        try:
            self._content = self._read(exists=exists)
        except DocumentError as error:
            if self._content is None:
                raise
            self._report(str(error))
        else:
            self.problem = None
            self.generation += 1

    def _read(self, *, exists: bool) -> Parsed:
        if not exists and self._from_path:
            raise DocumentError([Problem(str(self._path), 0, 0, "", "the file is gone")])
        path = self._path if exists else self._fallback
        try:
            content = path.read_bytes()
            text = content.decode()
        except (OSError, UnicodeDecodeError) as error:
            raise DocumentError([Problem(str(path), 0, 0, "", f"cannot be read: {error}")]) from None
        parsed = self._parse(text, str(path))
        self._from_path, self.digest = exists, sha256(content).hexdigest()
        return parsed

    def _report(self, problem: str) -> None:
        if problem != self.problem:
            logger.error("%s The last good version stays in use.", problem)
        self.problem = problem


def _children(node: yaml.Node | None) -> Iterable[tuple[Any, Any, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        return [(key.value, key.start_mark, value) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [(index, item.start_mark, item) for index, item in enumerate(node.value)]
    return []


def _repeated(root: yaml.Node | None, file: str) -> Iterable[Problem]:
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:  # an alias shows the same node again
            continue
        seen.add(id(node))
        names = set[str]()
        for key, mark, value in _children(node):
            if isinstance(node, yaml.MappingNode) and key in names and key != "<<":
                yield Problem(file, mark.line + 1, mark.column + 1, str(key), "given twice")
            names.add(str(key))
            waiting.append(value)
