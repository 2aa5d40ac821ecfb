"""The variables that a Terraform stack takes, read from its own files, so that its rules stand in one place only."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import codemie
from codemie.kernel.errors import ConfigurationError
from codemie.operations.hcl import syntax
from codemie.operations.hcl.evaluation import value_of
from codemie.operations.hcl.parser import read
from codemie.operations.hcl.wording import NotKnownHere, NoValue, WrongSyntax

CLOUDS = ("aws", "azure", "gcp")
_DECLARES = re.compile(r'^variable\s+"', re.MULTILINE)
_ANY = syntax.Name("any")


@dataclass(frozen=True)
class Rule:
    """A `validation` of a variable.

    Attributes:
        variable: whose it is.
        uses: other variables that it looks at.
    """

    variable: str
    condition: syntax.Expression
    message: syntax.Expression
    uses: frozenset[str]

    def broken(self, values: Mapping[str, Any], hidden: Collection[str] = ()) -> str | None:
        """What it says against these values; None where it holds, or where only Terraform can tell.

        Args:
            values: of all variables.
            hidden: variables whose values may not be told.
        """
        shown = {name: "(hidden)" if name in hidden else value for name, value in values.items()}
        try:
            if value_of(self.condition, {"var": values}) is True:
                return None
            return str(value_of(self.message, {"var": shown}))
        except NotKnownHere:
            return None
        except NoValue as error:
            why = "" if {self.variable, *self.uses} & set(hidden) else f": {error}"
            return f"{self.variable}: the rule cannot be applied{why}"


@dataclass(frozen=True)
class Variable:
    """One input of a stack.

    Attributes:
        default: its value where none is given.
        is_required: it has no default.
        is_sensitive: nobody may show its value.
    """

    name: str
    type: syntax.Expression
    default: Any
    is_required: bool
    is_nullable: bool
    is_sensitive: bool
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Stack:
    """A folder of Terraform, as far as its inputs go."""

    folder: Path
    variables: dict[str, Variable]


def shipped(cloud: str) -> Path:
    """The folder of our stack for a cloud: of a checkout, or its copy in the package."""
    here = Path(codemie.__file__).parent
    packaged = here / "operations" / "preflight" / "stacks"
    return (packaged if packaged.is_dir() else here.parents[1] / "deploy" / "terraform") / cloud / "platform"


def read_stack(folder: Path) -> Stack:
    """Its variables.

    Raises:
        ConfigurationError: it holds none, or its files cannot be read.
    """
    variables: dict[str, Variable] = {}
    for file in sorted(folder.glob("*.tf")):
        text = file.read_text(encoding="utf-8")
        # Files without inputs use more of the language than is read here.
        if not _DECLARES.search(text):
            continue
        try:
            variables |= {block.labels[0]: _variable(block) for block in read(text).all("variable")}
        except (WrongSyntax, NoValue) as error:
            raise ConfigurationError("The stack cannot be read", details=f"{file}: {error}") from error
    if not variables:
        raise ConfigurationError(
            f"{folder} declares no variables", help="Name the folder of a stack with --stack, or a cloud with --cloud"
        )
    return Stack(folder, variables)


def decided(folder: Path, name: str, values: Mapping[str, Any]) -> Any:
    """What a stack makes of its inputs: a value of `locals` in its main.tf.

    Args:
        folder: of the stack.
        name: of the value.
        values: of variables; those that are missing or null have their defaults.

    Raises:
        ConfigurationError: there is no such value, or it needs what only Terraform knows.
    """
    given = {known.name: known.default for known in read_stack(folder).variables.values() if not known.is_required}
    given |= {key: value for key, value in values.items() if value is not None}
    file = folder / "main.tf"
    try:
        blocks = read(file.read_text(encoding="utf-8")).all("locals")
        parts = {key: found.value for block in blocks for key, found in block.attributes.items()}
        return _decide(parts, name, given)
    except (WrongSyntax, NoValue, KeyError) as error:
        raise ConfigurationError("The stack cannot be read", details=f"{file}: local.{name}: {error}") from error


def _decide(parts: Mapping[str, syntax.Expression], name: str, given: Mapping[str, Any]) -> Any:
    needed = {used: _decide(parts, used, given) for used in _members_of("local", parts[name])}
    return value_of(parts[name], {"var": given, "local": needed})


def _variable(block: syntax.Block) -> Variable:
    def fact(name: str, otherwise: Any) -> Any:
        return value_of(block.attributes[name].value, {}) if name in block.attributes else otherwise

    name = block.labels[0]
    declared = block.attributes.get("type")
    return Variable(
        name=name,
        type=declared.value if declared else _ANY,
        default=fact("default", None),
        is_required="default" not in block.attributes,
        is_nullable=fact("nullable", otherwise=True),
        is_sensitive=fact("sensitive", otherwise=False),
        rules=tuple(_rule(name, inner) for inner in block.all("validation")),
    )


def _rule(variable: str, block: syntax.Block) -> Rule:
    condition = block.attributes["condition"].value
    used = frozenset(_members_of("var", condition)) - {variable}
    return Rule(variable, condition, block.attributes["error_message"].value, used)


def _members_of(name: str, part: Any) -> Iterator[str]:
    if isinstance(part, syntax.Member) and part.of == syntax.Name(name):
        yield part.name
    elif isinstance(part, tuple):
        for each in part:
            yield from _members_of(name, each)
    elif hasattr(part, "__dataclass_fields__"):
        for each in vars(part).values():
            yield from _members_of(name, each)
