"""The parts of a file of Terraform: blocks with attributes, and the expressions that those hold."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Literal:
    """A number, a text without anything to fill in, true, false or null."""

    value: object


@dataclass(frozen=True)
class Template:
    """A text with expressions in it."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True)
class Sequence:
    """`[a, b]`."""

    items: "tuple[Expression, ...]"


@dataclass(frozen=True)
class Mapping:
    """`{ a = b }`; a plain name as key is a literal."""

    items: "tuple[tuple[Expression, Expression], ...]"


@dataclass(frozen=True)
class Name:
    """The beginning of a reference, such as `var`."""

    name: str


@dataclass(frozen=True)
class Member:
    """`of.name`."""

    of: "Expression"
    name: str


@dataclass(frozen=True)
class Item:
    """`of[key]`."""

    of: "Expression"
    key: "Expression"


@dataclass(frozen=True)
class Call:
    """`name(arguments)`."""

    name: str
    arguments: "tuple[Expression, ...]"


@dataclass(frozen=True)
class Unary:
    """`-of` or `!of`."""

    sign: str
    of: "Expression"


@dataclass(frozen=True)
class Binary:
    """`left sign right`."""

    sign: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Conditional:
    """`test ? yes : no`."""

    test: "Expression"
    yes: "Expression"
    no: "Expression"


@dataclass(frozen=True)
class For:
    """`[for names in over : result if condition]`, or with braces and a key of the result."""

    names: tuple[str, ...]
    over: "Expression"
    key: "Expression | None"
    result: "Expression"
    condition: "Expression | None"


Expression = Literal | Template | Sequence | Mapping | Name | Member | Item | Call | Unary | Binary | Conditional | For


@dataclass(frozen=True)
class Attribute:
    """`name = value`, at a line from 1."""

    value: Expression
    line: int


@dataclass(frozen=True)
class Block:
    """`kind "label" { … }`; a file is one without kind."""

    kind: str
    labels: tuple[str, ...]
    attributes: dict[str, Attribute]
    blocks: tuple["Block", ...]
    line: int

    def all(self, kind: str) -> tuple["Block", ...]:
        """The blocks of a kind in it."""
        return tuple(block for block in self.blocks if block.kind == kind)
