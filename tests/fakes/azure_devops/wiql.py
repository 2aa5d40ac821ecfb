"""The query language of work items, as far as people use it: https://learn.microsoft.com/azure/devops/boards/queries/wiql-syntax."""

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Fields = dict[str, Any]
Test = Callable[[Fields], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<field>(?:\[\w+\]\.)?\[[^\]]+\])|(?P<text>'(?:[^']|'')*'|\"[^\"]*\")|(?P<number>-?\d+(?:\.\d+)?\b)"
    r"|(?P<macro>@\w+)|(?P<sign><>|<=|>=|[=<>(),])|(?P<word>[A-Za-z][\w.]*))"
)
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


class BadQuery(Exception):
    """What the service says to a query it cannot read."""


@dataclass(frozen=True)
class Query:
    """A query that was read.

    Args:
        fields: selected.
        links: whether it is of links, not of items.
        test: its condition.
        order: fields to sort by, each with whether it descends.
    """

    fields: list[str]
    links: bool
    test: Test
    order: list[tuple[str, bool]]

    def sort(self, items: Iterable[Fields]) -> list[Fields]:
        """In the order the query wants."""
        found = list(items)
        for name, down in reversed(self.order):
            found.sort(key=lambda item: (item.get(name) is not None, _value(item.get(name)) or ""), reverse=down)
        return found


def parse(text: str, known: Iterable[str], macros: Fields) -> Query:
    """Read a query.

    Args:
        text: of the query.
        known: reference names of fields.
        macros: values by name, such as ``@project``.

    Raises:
        BadQuery: it is none, or names what is not there.
    """
    return _Parser(_tokens(text), {name.lower(): name for name in known}, macros).query()


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    text, at = text.strip(), 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise BadQuery(f"TF51006: The query statement is not valid. The error is caused by «{text[at : at + 20]}».")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _value(value: Any) -> Any:
    """What is compared: of a person the address, of texts their small letters."""
    if isinstance(value, dict):
        value = value["uniqueName"]
    return value.lower() if isinstance(value, str) else value


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], known: dict[str, str], macros: Fields) -> None:
        self.tokens, self.known, self.macros = tokens, known, macros

    def query(self) -> Query:
        self._expect("SELECT", "The query statement is missing a SELECT clause.")
        fields = [self._field()]
        while self._take(","):
            fields.append(self._field())
        self._expect("FROM", "The query statement is missing a FROM clause.")
        source = self._next()[1].lower()
        if source not in ("workitems", "workitemlinks"):
            raise BadQuery(f"TF51006: The FROM clause is not valid. The error is caused by «{source}».")
        test = self._any() if self._take("WHERE") else lambda _: True
        order = self._order() if self._take("ORDER") else []
        if self._take("MODE"):
            del self.tokens[:3]
        if self.tokens:
            raise BadQuery(f"TF51006: The query statement is not valid. The error is caused by «{self.tokens[0][1]}».")
        return Query(fields, source == "workitemlinks", test, order)

    def _order(self) -> list[tuple[str, bool]]:
        self._expect("BY", "The ORDER BY clause is not valid.")
        found: list[tuple[str, bool]] = []
        while True:
            name = self._field()
            found.append((name, self._take("DESC")))
            self._take("ASC")
            if not self._take(","):
                return found

    def _any(self) -> Test:
        tests = [self._all()]
        while self._take("OR"):
            tests.append(self._all())
        return lambda item: any(test(item) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._take("AND"):
            tests.append(self._one())
        return lambda item: all(test(item) for test in tests)

    def _one(self) -> Test:
        if self._take("("):
            test = self._any()
            self._expect(")", "Expecting closing parenthesis.")
            return test
        name = self._field()
        negated = self._take("NOT")
        test = self._condition(name, self._next()[1].upper())
        return (lambda item: not test(item)) if negated else test

    def _condition(self, name: str, sign: str) -> Test:
        if sign == "IN":
            among = self._list()
            return lambda item: _value(item.get(name)) in among
        if sign == "CONTAINS":
            self._take("WORDS")
            part = str(self._literal())
            return lambda item: part in str(_value(item.get(name)) or "")
        if sign == "UNDER":
            root = str(self._literal())
            return lambda item: f"{_value(item.get(name))}\\".startswith(f"{root}\\")
        if sign not in _COMPARED:
            raise BadQuery(f"TF51006: The operator is not valid. The error is caused by «{sign}».")
        compared, other = _COMPARED[sign], self._literal()
        return lambda item: _compare(compared, _value(item.get(name)), other)

    def _list(self) -> list[Any]:
        self._expect("(", "Expecting opening parenthesis.")
        found = [self._literal()]
        while self._take(","):
            found.append(self._literal())
        self._expect(")", "Expecting closing parenthesis.")
        return found

    def _literal(self) -> Any:
        kind, text = self._next()
        if kind == "text":
            return text[1:-1].replace("''", "'").lower()
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "macro" and text.lower() in self.macros:
            return _value(self.macros[text.lower()])
        raise BadQuery(f"TF51006: Expecting value. The error is caused by «{text}».")

    def _field(self) -> str:
        kind, text = self._next()
        side, _, name = text.rpartition(".[")
        wanted = self.known.get(name.strip("[]").lower())
        if kind not in ("field", "word") or wanted is None:
            raise BadQuery(
                f"TF51005: The query references a field that does not exist. The error is caused by «{text}»."
            )
        return f"{side}.{wanted}" if side else wanted

    def _next(self) -> tuple[str, str]:
        if not self.tokens:
            raise BadQuery("TF51006: The query statement ends unexpectedly.")
        return self.tokens.pop(0)

    def _take(self, word: str) -> bool:
        is_next = bool(self.tokens) and self.tokens[0][1].upper() == word
        if is_next:
            self.tokens.pop(0)
        return is_next

    def _expect(self, word: str, said: str) -> None:
        if not self._take(word):
            raise BadQuery(f"TF51006: {said} The error is caused by «{self.tokens[0][1] if self.tokens else ''}».")


def _compare(compared: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    if left is None or (isinstance(left, str) != isinstance(right, str)):
        return compared is operator.ne or (compared is operator.eq and left is None and right == "")
    return compared(left, right)
