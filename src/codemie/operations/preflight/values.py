"""The values that are given to a stack: files of variables, and the environment, each with its place."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from codemie.kernel.errors import ConfigurationError
from codemie.operations.hcl.evaluation import value_of
from codemie.operations.hcl.parser import read
from codemie.operations.hcl.wording import NotKnownHere, NoValue, WrongSyntax
from codemie.operations.preflight.stack import Variable

_PREFIX = "TF_VAR_"
_BY_ITSELF = ("terraform.tfvars", "terraform.tfvars.json")


@dataclass(frozen=True)
class Given:
    """A value.

    Attributes:
        place: file and line, or the variable of the environment.
        file: where it is from; None for the environment.
    """

    name: str
    value: Any
    place: str
    file: Path | None = None


@dataclass(frozen=True)
class Problem:
    """What cannot be read."""

    place: str
    text: str


@dataclass(frozen=True)
class Values:
    """All of them; of a name that is given twice, the one that Terraform takes."""

    given: dict[str, Given]
    problems: tuple[Problem, ...]


def files_of(paths: Iterable[Path]) -> list[Path]:
    """The files, weakest first: of a folder those that Terraform takes by itself.

    Raises:
        ConfigurationError: one is not there, or a folder holds none.
    """
    found: list[Path] = []
    for path in paths:
        inside = [path / name for name in _BY_ITSELF] if path.is_dir() else []
        inside += sorted((*path.glob("*.auto.tfvars"), *path.glob("*.auto.tfvars.json"))) if path.is_dir() else [path]
        there = [file for file in inside if file.is_file()]
        if not there:
            raise ConfigurationError(
                f"{path} is no file of variables, nor a folder with one", help="Name terraform.tfvars, or its folder"
            )
        found += there
    return found


def read_values(files: Iterable[Path], environment: Mapping[str, str], variables: Mapping[str, Variable]) -> Values:
    """What is given, by the environment and by files that win over it, the last most.

    Args:
        files: weakest first.
        environment: of which `TF_VAR_` counts, for variables that the stack takes.
        variables: of the stack.
    """
    given: dict[str, Given] = {}
    problems: list[Problem] = []
    for name, text in environment.items():
        variable = variables.get(name.removeprefix(_PREFIX)) if name.startswith(_PREFIX) else None
        if variable is not None:
            given[variable.name] = Given(variable.name, _of_environment(text, variable), name)
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
            found = _of_json(file, text) if file.suffix == ".json" else _of_file(file, text)
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(str(file), str(error)))
        except WrongSyntax as error:
            problems.append(Problem(f"{file}:{error.line}", str(error)))
        else:
            given |= {each.name: each for each in found}
    return Values(given, tuple(problems))


def _of_environment(text: str, variable: Variable) -> Any:
    """Terraform takes it literally for a plain type, and as an expression for another."""
    if not hasattr(variable.type, "arguments"):
        return text
    try:
        return value_of(read(f"value = {text}").attributes["value"].value, {})
    except (WrongSyntax, NoValue, NotKnownHere):
        return text


def _of_file(file: Path, text: str) -> list[Given]:
    body = read(text)
    for block in body.blocks:
        raise WrongSyntax(f"Only values may stand here, no block {block.kind}", block.line)
    found: list[Given] = []
    for name, attribute in body.attributes.items():
        try:
            value = value_of(attribute.value, {})
        except (NoValue, NotKnownHere) as error:
            raise WrongSyntax(f"{name} must be a plain value: neither names nor functions", attribute.line) from error
        found.append(Given(name, value, f"{file}:{attribute.line}", file))
    return found


def _of_json(file: Path, text: str) -> list[Given]:
    try:
        document: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise WrongSyntax(f"No JSON: {error.msg}", error.lineno) from error
    if not isinstance(document, dict):
        raise WrongSyntax("An object was expected", 1)
    entries = cast("dict[str, Any]", document)
    return [Given(name, value, f"{file}:{_line_of(name, text)}", file) for name, value in entries.items()]


def _line_of(name: str, text: str) -> int:
    found = re.search(rf"^[\s{{,]*{re.escape(json.dumps(name))}\s*:", text, re.MULTILINE)
    return text.count("\n", 0, found.end()) + 1 if found else 1
