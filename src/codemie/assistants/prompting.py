"""System prompts are templates. Values are put in, conditions chosen; nothing else can happen.

Of Jinja's language only what takes time and space in proportion to the template is let through: no loops, no calls, no
attributes, no arithmetic, no assignments. So a prompt cannot reach into the program, run on, or grow; what it comes to
has a limit besides. Values are text and are never read as templates themselves.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from codemie.kernel.errors import InvalidInput

MAX_TEMPLATE = 200_000
MAX_RENDERED = 500_000

_SIMPLE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
_FILTERS = ("upper", "lower", "title", "capitalize", "trim", "default", "d", "length", "truncate", "first", "last")
_TESTS = ("defined", "undefined", "equalto", "eq", "==", "ne", "!=", "in", "string", "none")
_ALLOWED = (
    *("Template", "Output", "TemplateData", "Name", "Const", "List", "Tuple", "Keyword", "Filter", "Test"),
    *("If", "CondExpr", "Compare", "Operand", "And", "Or", "Not", "Concat"),
)


class UnsafePrompt(InvalidInput):
    """A template that asks for more than values and conditions, or that cannot be read."""

    title = "Invalid system prompt template"


class HostilePrompt(UnsafePrompt):
    """A template that reaches for the inside of the program: nobody writes that as text, so it is no prompt at all."""


def builtin_values(user_name: str) -> dict[str, str]:
    """What every prompt may refer to."""
    now = datetime.now().astimezone()
    return {"current_user": user_name, "date": now.strftime("%a, %d %b %Y %H:%M:%S")}


def render(prompt: str, values: Mapping[str, str]) -> str:
    """The prompt with its values; names nobody knows stay as they are written.

    A prompt that is no template we can follow, because it shows code or is written for another engine, is text: only
    plain ``{{ name }}`` is replaced in it.

    Raises:
        HostilePrompt: 400, it reaches for what a prompt has no business with.
    """
    if not _is_template(prompt):
        return _replaced(prompt, values)
    try:
        return checked(prompt, values)
    except HostilePrompt:
        raise
    except UnsafePrompt:
        return _replaced(prompt, values)


def checked(prompt: str, values: Mapping[str, str]) -> str:
    """The same for somebody who writes a prompt and wants to know.

    Raises:
        UnsafePrompt: 400, says what is wrong.
    """
    from jinja2 import TemplateError

    if len(prompt) > MAX_TEMPLATE:
        raise UnsafePrompt(details=f"The template is longer than {MAX_TEMPLATE} characters.")
    try:
        return _joined(_compiled(prompt), values)
    except TemplateError as error:
        raise UnsafePrompt(details=f"{type(error).__name__}: {error.message or error}") from error
    except (RecursionError, SyntaxError, MemoryError) as error:
        raise UnsafePrompt(details="The template is nested too deeply.") from error
    except (TypeError, ValueError, OverflowError) as error:
        raise UnsafePrompt(details=f"A value cannot be used like this: {error}") from error


def _is_template(prompt: str) -> bool:
    """Whether there is more in it than plain names."""
    return "{%" in prompt or "{#" in prompt or "{{" in _SIMPLE.sub("", prompt)


def _replaced(prompt: str, values: Mapping[str, str]) -> str:
    if "{{" not in prompt:
        return prompt
    return _SIMPLE.sub(lambda found: values.get(found[1], found[0]), prompt)


def _joined(template: Any, values: Mapping[str, str]) -> str:
    pieces: list[str] = []
    size = 0
    for piece in template.generate(values):
        size += len(piece)
        if size > MAX_RENDERED:
            raise UnsafePrompt(details=f"The prompt comes to more than {MAX_RENDERED} characters.")
        pieces.append(piece)
    return "".join(pieces)


@lru_cache(maxsize=1)
def _environment() -> Any:
    from jinja2 import DebugUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        autoescape=False,
        undefined=DebugUndefined,
        # Folding constants would do at compile time what is refused at run time.
        optimized=False,
        keep_trailing_newline=True,
        cache_size=0,
    )
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    return environment


@lru_cache(maxsize=128)
def _compiled(prompt: str) -> Any:
    environment = _environment()
    tree = environment.parse(prompt)
    nodes = (tree, *_descendants(tree))
    for node in nodes:
        if inside := _inside(node):
            raise HostilePrompt(details=f"Line {node.lineno}: '{inside}' belongs to the inside of the program.")
    for node in nodes:
        kind = type(node).__name__
        if kind not in _ALLOWED:
            line = getattr(node, "lineno", None)
            raise UnsafePrompt(details=f"Line {line}: '{kind}' is not allowed in a system prompt.")
    return environment.from_string(tree)


def _inside(node: Any) -> str | None:
    """The name of a Python internal that the node looks up, as attribute, as item, or through a filter."""
    match type(node).__name__:
        case "Getattr":
            name = node.attr
        case "Getitem":
            name = getattr(node.arg, "value", None)
        case "Filter" if node.name == "attr" and node.args:
            name = getattr(node.args[0], "value", None)
        case _:
            return None
    return name if isinstance(name, str) and name.startswith("__") else None


def _descendants(tree: Any) -> list[Any]:
    found: list[Any] = []
    waiting = [tree]
    while waiting:
        children = list(waiting.pop().iter_child_nodes())
        found += children
        waiting += children
    return found
