"""A request to any endpoint of a REST API, as models write it: method, relative URL, params."""

import json
from typing import Annotated, Any, cast
from urllib.parse import parse_qs, unquote

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from codemie.toolkits.api import Answer, Api, Method
from codemie.toolkits.arguments import read_object
from codemie.toolkits.calling import Output
from codemie.toolkits.failures import BadToolArguments

IN_QUERY: frozenset[str] = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
"""Methods whose arguments are part of the address."""
_MOST_DECODINGS = 3


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def below_root(value: str) -> str:
    """A path that stays below the system's own address, with its query.

    Servers differ in what they decode, and Java's drop what follows a semicolon: a segment that could come to mean the
    folder above is refused in every spelling.

    Raises:
        ValueError: it leads elsewhere.
    """
    url = value.strip().replace("#", "%23")  # a server never sees what follows one
    plain = url.partition("?")[0]
    for _ in range(_MOST_DECODINGS):
        plain = unquote(plain)
    if "://" in plain or plain.startswith("//") or "\\" in plain:
        raise ValueError("must be a path, such as /rest/api/2/myself: the integration knows the server")
    if any(segment.partition(";")[0] in (".", "..") for segment in plain.split("/")):
        raise ValueError("must not lead out of the folder with .. or .")
    if any(ord(character) < ord(" ") for character in value):
        raise ValueError("must be one line")
    return f"/{url.lstrip('/')}"


Verb = Annotated[Method, BeforeValidator(_upper)]
"""A method of HTTP, in any case."""
RelativeUrl = Annotated[str, Field(min_length=1, max_length=8000), AfterValidator(below_root)]
"""Path and query below the system's address. Describe it where it is used."""
Params = Annotated[
    dict[str, Any] | list[Any] | str | None,
    BeforeValidator(read_object),
    WithJsonSchema({"anyOf": [{"type": "object"}, {"type": "array"}, {"type": "string"}]}),
]
"""An object or array, or the text of one. Describe it where it is used."""


def path_of(relative_url: object) -> str:
    """The path alone, as it is compared: without query and closing slash."""
    return "/" + str(relative_url or "").strip().partition("?")[0].strip("/")


def parted(relative_url: str) -> tuple[str, dict[str, Any]]:
    """The path, and the query by name; values are lists."""
    path, _, query = relative_url.partition("?")
    return path, dict(parse_qs(query, keep_blank_values=True))


async def request(server: Api, method: Method, relative_url: str, params: object) -> Answer:
    """Send params as the query of methods that only have one, as the JSON body of others.

    Raises:
        BadToolArguments: a query that is no object.
        ToolFailed: there is no answer; see `Api.send`.
    """
    path, in_url = parted(relative_url)
    if method not in IN_QUERY:
        # No body rather than an empty one: some endpoints refuse what they do not expect.
        body = None if params in (None, {}, "") else params
        return await server.send(method, path, params=in_url, json=body)
    if not isinstance(params or {}, dict):
        raise BadToolArguments(f"The params of {method} must be an object", code=422)
    given = cast("dict[str, Any]", params or {})
    return await server.send(
        method, path, params={**in_url, **{name: _written(value) for name, value in given.items()}}
    )


def _written(value: object) -> object:
    """A value as a query has it: lists with commas, objects as JSON."""
    if isinstance(value, list):
        return ",".join(map(str, cast("list[object]", value)))
    return json.dumps(value) if isinstance(value, dict) else value


def told(server: Api, relative_url: str, answer: Answer, body: str | None = None) -> Output:
    """The answer in the form of the protocol.

    Args:
        server: that was asked.
        relative_url: as it was asked.
        answer: of the server.
        body: to show instead of its own.
    """
    shown = answer.text if body is None else body
    return Output(
        f"HTTP: {answer.method} {server.base_url}{relative_url} -> {answer.status} {answer.reason} {shown}".rstrip(),
        is_error=not answer.ok,
        status=answer.status,
    )
