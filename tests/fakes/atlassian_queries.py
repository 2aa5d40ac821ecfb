"""JQL and CQL, as far as fakes understand them: clauses joined by AND, and an order."""

import re
from dataclasses import dataclass

_CLAUSE = re.compile(
    r"""\s*(?P<field>[\w.]+|"[^"]+")\s*(?P<op>!=|=|~|not\s+in|in)\s*"""
    r"""(?P<value>\([^)]*\)|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s()"']+)\s*""",
    re.IGNORECASE,
)
_ORDER = re.compile(r"(?:^|\s+)order\s+by\s+(?P<field>\w+)(?:\s+(?P<way>asc|desc))?\s*$", re.IGNORECASE)
_AND = re.compile(r"and\s", re.IGNORECASE)


class NoQuery(Exception):
    """It cannot be read; says where."""


@dataclass(frozen=True)
class Clause:
    """One condition."""

    field: str
    op: str
    values: tuple[str, ...]

    def holds(self, value: str) -> bool:
        """Does it for this value of the field?"""
        known = [wanted.lower() for wanted in self.values]
        if self.op == "~":
            return known[0].strip("*") in value.lower()
        return (value.lower() in known) != (self.op in ("!=", "not in"))


@dataclass(frozen=True)
class Query:
    """What is looked for, and in which order it is wanted."""

    clauses: tuple[Clause, ...]
    order: str | None = None
    descending: bool = False


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        NoQuery: it is none.
    """
    order = _ORDER.search(text)
    rest = text[: order.start()] if order else text
    clauses: list[Clause] = []
    at = 0
    while rest[at:].strip():
        if clauses:
            joined = _AND.match(rest, at)
            if joined is None:
                raise NoQuery(rest[at:].split()[0])
            at = joined.end()
        found = _CLAUSE.match(rest, at)
        if found is None:
            raise NoQuery((rest[at:].split() or [""])[0])
        clauses.append(Clause(_bare(found["field"]).lower(), " ".join(found["op"].lower().split()), _values(found)))
        at = found.end()
    way = order is not None and (order["way"] or "").lower() == "desc"
    return Query(tuple(clauses), order["field"].lower() if order else None, way)


def _values(found: re.Match[str]) -> tuple[str, ...]:
    listed = found["value"][1:-1].split(",") if found["value"].startswith("(") else [found["value"]]
    return tuple(_bare(value.strip()) for value in listed)


def _bare(text: str) -> str:
    return text[1:-1].replace('\\"', '"') if text[:1] in ("'", '"') else text
