"""Tools for any API that has an OpenAPI document.

An assistant that has `open_api_operation` gets each operation of the document as a tool of its own.
"""

import asyncio
import json
from collections.abc import Collection
from itertools import islice
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, Field, WithJsonSchema

from codemie.kernel.tools import Effect
from codemie.toolkits.api import Answer
from codemie.toolkits.arguments import NOT_SET, JsonObject, Page, effect_of_method, effect_of_request
from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import BadToolArguments
from codemie.toolkits.openapi import overview
from codemie.toolkits.openapi.client import MOST_SECONDS, OpenApi, missing, place_of
from codemie.toolkits.openapi.operations import METHODS, Documented, Operation
from codemie.toolkits.rest import IN_QUERY, Verb, parted
from codemie.toolkits.toolkit import Offer, Toolkit

_TOKENS = 20_000
_MOST_TOOLS = 50


def _read_names(value: object) -> object:
    """A list of names, the text of one, or names with commas."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return [name.strip() for name in value.split(",")]


Names = Annotated[
    list[str], BeforeValidator(_read_names), WithJsonSchema({"type": "array", "items": {"type": "string"}})
]

openapi = Toolkit("OpenAPI", "HTTP API", OpenApi, credential="OpenAPI")


def effect_of_call(arguments: dict[str, Any]) -> Effect:
    """By method."""
    return effect_of_request(arguments.get("method"), arguments.get("url"))


@openapi.tool(
    effect_of_call,
    label="Open API",
    about="Calls any address of the API that the integration describes.",
    output_tokens=_TOKENS,
    seconds=MOST_SECONDS,
)
async def open_api(
    api: OpenApi,
    method: Verb,
    url: Annotated[str, Field(min_length=1, max_length=8000, description="A path of the document, or a whole URL.")],
    headers: Annotated[JsonObject | None, Field(description="Beside those that sign in.")] = None,
    fields: Annotated[
        JsonObject | None, Field(description="The query of GET, HEAD, DELETE and OPTIONS; a form with other methods.")
    ] = None,
    body: Annotated[
        dict[str, Any] | list[Any] | str | None, Field(description="JSON, or a text that is sent as it is.")
    ] = None,
    filter_fields: Annotated[
        Names | None, Field(description='Fields of the answer to keep, as ["id", "items.name"].')
    ] = None,
) -> str:
    """Call an API that the integration has an OpenAPI document of. See open_api_spec for what it can do.

    The url is a path of the document, or a URL below one of the servers that the document names; the integration signs
    in. The result is the body of the answer.
    """
    document = await api.document()
    server, relative = place_of(document, url)
    path, in_url = parted(relative)
    refused = NOT_SET | api.header_names
    sent: dict[str, Any] = {
        "headers": {name: str(value) for name, value in (headers or {}).items() if name.strip().lower() not in refused},
        "params": in_url,
    }
    if method in IN_QUERY:
        sent["params"] = {**in_url, **(fields or {})}
    elif fields:
        sent["data"] = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    if body is not None:
        sent |= _body(body)
    async with asyncio.timeout(api.seconds):
        answer = await api.send(method, server, path, **sent)
    return _shown(answer, filter_fields)


def _body(body: Any) -> dict[str, Any]:
    """JSON as such, also where it came as a text."""
    if not isinstance(body, str):
        return {"json": body}
    try:
        return {"json": json.loads(body, strict=False)}
    except ValueError:
        return {"content": body.encode()}


def _shown(answer: Answer, paths: Collection[str] | None = None) -> str:
    return overview.as_shown(answer.body, answer.text, paths or ()) or f"{answer.status} {answer.reason}".strip()


@openapi.tool("reads", label="Get Open API spec", about="Shows what the API can do.", output_tokens=_TOKENS)
async def open_api_spec(
    api: OpenApi,
    query: Annotated[str, Field(max_length=500, description="What to do, or method and path of an operation.")] = "",
    page: Page = 1,
) -> Any:
    """Look into the OpenAPI document of the integration.

    With a query: the operations that it is about, with their arguments. Without one: the document if it is short,
    otherwise a list of its operations, 100 a page.
    """
    document = await api.document()
    # Both go through all of a document, which may be long.
    if query.strip():
        return await asyncio.to_thread(overview.about, document, query)
    return await asyncio.to_thread(overview.whole, document, page)


def effect_of_operation(arguments: dict[str, Any]) -> Effect:
    """By the method that it is called by; of one that is called by name nobody knows."""
    method, space, _ = str(arguments.get("operation") or "").strip().partition(" ")
    return effect_of_method(method) if space and method.upper() in METHODS else "destroys"


async def operation_tools(offer: Offer, connection: Connection, names: Collection[str]) -> list[Offer]:
    """Each operation as a tool. Of a long document the first ones; the offer itself stays for the others.

    Args:
        offer: that they stand in for.
        connection: with the credential that has the document.
        names: of those that are wanted.
    """
    document = await OpenApi(connection).document()
    return await asyncio.to_thread(_tools, offer, document.operations, names)


def _tools(offer: Offer, operations: Collection[Operation], names: Collection[str]) -> list[Offer]:
    fitting = (one for one in operations if (not names or one.name in names) and one.is_callable)
    wanted = list(islice(fitting, _MOST_TOOLS + 1))  # one more tells whether there are more
    tools = [_as_tool(offer, operation) for operation in wanted[:_MOST_TOOLS]]
    return [*tools, offer] if len(wanted) > _MOST_TOOLS else tools


def _as_tool(offer: Offer, operation: Operation) -> Offer:
    name = operation.name

    async def run(api: OpenApi, /, **arguments: Any) -> str:
        # The document may have changed since: only what it says now is sent.
        current = (await api.document()).operation(name)
        if current is None or current.method != operation.method:
            raise missing(name)
        return await _call(api, current, arguments)

    return Offer(
        name=name,
        label=operation.summary[:80] or name,
        description=operation.description,
        about=operation.summary,
        arguments=Documented(operation),
        run=run,
        effect=operation.effect,
        weigh=None,
        output_tokens=_TOKENS,
        seconds=MOST_SECONDS,
        toolkit=openapi,
        unfolded_from=offer.name,
    )


async def _call(api: OpenApi, operation: Operation, arguments: dict[str, Any]) -> str:
    request = operation.request(arguments)
    server = (await api.document()).server_of(operation)
    async with asyncio.timeout(api.seconds):
        return _shown(await api.send(request.method, server, request.path, **request.sent))


@openapi.tool(
    effect_of_operation,
    label="Operations of an Open API",
    about="Gives an assistant each operation of the API as a tool of its own.",
    output_tokens=_TOKENS,
    seconds=MOST_SECONDS,
    unfold=operation_tools,
)
async def open_api_operation(
    api: OpenApi,
    operation: Annotated[str, Field(min_length=1, max_length=1000, description="As: GET /pets/{petId}, or its name.")],
    arguments: Annotated[JsonObject | None, Field(description="As open_api_spec shows them.")] = None,
) -> str:
    """Call one operation of the API's OpenAPI document. Look it up with open_api_spec first."""
    found = (await api.document()).operation(operation)
    if found is None:
        raise missing(operation)
    if not found.is_callable:
        raise BadToolArguments(f"{operation} takes what cannot be sent, such as a file", code=422)
    return await _call(api, found, Documented(found).read(found.name, cast("dict[str, Any]", arguments or {})))
