"""Text → blocks and expressions, by descent.

The grammar is that of HCL's native syntax (github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md), without splats and
template directives, which no variable of ours needs.
"""

import re
from functools import lru_cache

from codemie.operations.hcl.reader import Reader
from codemie.operations.hcl.syntax import (
    Attribute,
    Binary,
    Block,
    Call,
    Conditional,
    Expression,
    For,
    Item,
    Literal,
    Mapping,
    Member,
    Name,
    Sequence,
    Unary,
)
from codemie.operations.hcl.texts import Texts
from codemie.operations.hcl.wording import WrongSyntax

_NAME = re.compile(r"[A-Za-z_][\w-]*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_EQUALS = re.compile(r"=(?![=>])")
_KEY_SIGN = re.compile(r"=(?![=>])|:")
_SIGN = re.compile(r"(\|\|)|(&&)|(==|!=)|(<=|>=|<(?!<)|>)|(\+|-)|(\*|/(?![/*])|%)")
"""What stands between two operands; the later its group, the tighter it binds."""
_MEMBER = re.compile(r"\.(?=[A-Za-z_])|\[")
_IS_FOR = re.compile(r"\s*for\s+[A-Za-z_]")
_IF = re.compile(r"if\b")
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None}


# A command comes back to the files of its stack for each thing that the stack decides.
@lru_cache(maxsize=32)
def read(text: str) -> Block:
    """The whole of a file.

    Raises:
        WrongSyntax: it is not written as such files are; names the line.
    """
    parser = _Parser(text)
    try:
        return parser.file()
    except RecursionError:
        raise WrongSyntax("Too much stands inside of each other", parser.line) from None


class _Parser(Reader):
    """Reads one text."""

    def file(self) -> Block:
        """Everything."""
        body = self._body("", (), 1)
        if self.at < len(self.text):
            self.wrong("A name")
        return body

    def _body(self, kind: str, labels: tuple[str, ...], line: int) -> Block:
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        while True:
            self.blank_lines()
            begun = self.line
            name = self.taken(_NAME)
            if name is None:
                return Block(kind, labels, attributes, tuple(blocks), line)
            if self.taken(_EQUALS):
                if name in attributes:
                    raise WrongSyntax(f"{name} is given twice", begun)
                attributes[name] = Attribute(self.expression(), begun)
            else:
                blocks.append(self._block(name, begun))

    def _block(self, kind: str, line: int) -> Block:
        labels: list[str] = []
        while not self.taken("{"):
            label = self.taken(_NAME) or self._label()
            labels.append(label)
        body = self._body(kind, tuple(labels), line)
        if not self.taken("}"):
            self.wrong("}")
        return body

    def _label(self) -> str:
        if not self.ahead('"'):
            self.wrong("= or {")
        text = Texts(self, self._filled_in).quoted()
        if isinstance(text, Literal) and isinstance(text.value, str):
            return text.value
        return self.wrong("A plain text")

    def expression(self) -> Expression:
        """The next expression, conditionals included."""
        test = self._binary(1)
        if not self.taken("?"):
            return test
        self.loose.append(True)
        yes = self.expression()
        self.want(":")
        self.loose.pop()
        return Conditional(test, yes, self.expression())

    def _binary(self, least: int) -> Expression:
        """The next operands, as far as the signs between them bind at least so tightly (precedence climbing)."""
        left = self._unary()
        while True:
            sign = self.found(_SIGN)
            if sign is None or sign.lastindex is None:
                return left
            if sign.lastindex < least:
                self.at = sign.start()
                return left
            left = Binary(sign[0], left, self._binary(sign.lastindex + 1))

    def _unary(self) -> Expression:
        for sign in ("-", "!"):
            if self.taken(sign):
                return Unary(sign, self._unary())
        found = self._primary()
        while True:
            if self.ahead("...") or not (sign := self.taken(_MEMBER)):
                return found
            found = Member(found, self.taken(_NAME) or "") if sign == "." else Item(found, self._key())

    def _key(self) -> Expression:
        self.loose.append(True)
        key = self.expression()
        self.close("]")
        return key

    def _primary(self) -> Expression:
        self.blank()
        if self.ahead('"') or self.ahead("<<"):
            texts = Texts(self, self._filled_in)
            return texts.quoted() if self.ahead('"') else texts.heredoc()
        if number := self.taken(_NUMBER):
            return Literal(int(number) if number.isdigit() else float(number))
        return self._bracketed() or self._named()

    def _bracketed(self) -> Expression | None:
        if self.taken("("):
            self.loose.append(True)
            found = self.expression()
            self.close(")")
            return found
        if self.taken("["):
            return self._sequence()
        return self._mapping() if self.taken("{") else None

    def _named(self) -> Expression:
        name = self.taken(_NAME)
        if name is None:
            self.wrong("A value")
        if name in _WORDS:
            return Literal(_WORDS[name])
        if not self.taken("("):
            return Name(name)
        return Call(name, tuple(self._listed(")")))

    def _sequence(self) -> Expression:
        if self._is_for():
            return self._for("]")
        return Sequence(tuple(self._listed("]")))

    def _listed(self, end: str) -> list[Expression]:
        self.loose.append(True)
        items: list[Expression] = []
        while not self.ahead(end):
            items.append(self.expression())
            if not self.taken(","):
                break
        self.close(end)
        return items

    def _mapping(self) -> Expression:
        if self._is_for():
            return self._for("}")
        self.loose.append(False)
        items: list[tuple[Expression, Expression]] = []
        while True:
            self.blank_lines()
            if self.ahead("}"):
                break
            key = self.expression()
            if not self.taken(_KEY_SIGN):
                self.wrong("=")
            items.append((Literal(key.name) if isinstance(key, Name) else key, self.expression()))
            if not self.taken(",") and not self.ahead("\n") and not self.ahead("}"):
                self.wrong("A comma or the next line")
        self.close("}")
        return Mapping(tuple(items))

    def _is_for(self) -> bool:
        return _IS_FOR.match(self.text, self.at) is not None

    def _for(self, end: str) -> Expression:
        self.loose.append(True)
        self.want("for")
        names = [self.taken(_NAME) or self.wrong("A name")]
        if self.taken(","):
            names.append(self.taken(_NAME) or self.wrong("A name"))
        self.want("in")
        over = self.expression()
        self.want(":")
        result, key = self.expression(), None
        if end == "}":
            self.want("=>")
            key, result = result, self.expression()
        condition = self.expression() if self.taken(_IF) else None
        self.close(end)
        return For(tuple(names), over, key, result, condition)

    def _filled_in(self) -> Expression:
        """What stands between the signs of a template: reads on from behind the first."""
        self.loose.append(True)
        found = self.expression()
        self.taken("~")
        self.close("}")
        return found
