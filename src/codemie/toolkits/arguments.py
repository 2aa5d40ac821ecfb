"""Kinds of arguments that tools share."""

import json
import re
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, Field, WithJsonSchema

from codemie.kernel.tools import Effect
from codemie.toolkits.api import SAFE


def read_object(value: Any) -> Any:
    """What a text of JSON says; anything else as it is.

    Raises:
        ValueError: a text that is no JSON.
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not text:
        return {}
    try:
        return json.loads(text, strict=False)  # models put raw line breaks into JSON texts
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from error


JsonObject = Annotated[
    dict[str, Any], BeforeValidator(read_object), WithJsonSchema({"anyOf": [{"type": "object"}, {"type": "string"}]})
]
"""An object, or the text of one. Describe it where it is used: ``Annotated[JsonObject, Field(description="…")]``."""
NOT_SET = frozenset(
    {"authorization", "cookie", "host", "content-length", "transfer-encoding", "connection"}
    | {"x-http-method-override", "x-http-method", "x-method-override"}
)
"""Headers that no argument sets: those that say who asks, and where a message goes and ends; and those that make one
method of another, so that what a call does would not be what was approved."""
Page = Annotated[int, Field(ge=1, description="Which page, from 1.")]
PageSize = Annotated[int, Field(ge=1, le=100, description="Entries a page.")]


def effect_of_method(method: object) -> Effect:
    """What a request with an HTTP method does to the system."""
    name = str(method or "GET").upper()
    if name in SAFE:
        return "reads"
    return "destroys" if name == "DELETE" else "writes"


_DELETING = re.compile(r"(?:^|[/_:.-])(?:delete|erase|remove|purge|destroy)", re.IGNORECASE)
_NO_COMMIT = "0" * 40


def effect_of_request(method: object, path: object, body: object = None) -> Effect:
    """The same for a whole request: some systems delete by POST, and say so in the path or the body.

    Args:
        method: of HTTP.
        path: of the request.
        body: that is sent, as JSON values; Git's change types and references to no commit count as deleting.
    """
    effect = effect_of_method(method)
    if effect != "writes":
        return effect
    return "destroys" if _DELETING.search(str(path or "").partition("?")[0]) or _deletes(body) else effect


def _deletes(body: object) -> bool:
    if isinstance(body, list):
        return any(_deletes(item) for item in cast("list[object]", body))
    if not isinstance(body, dict):
        return False
    return any(
        (key == "newObjectId" and value == _NO_COMMIT)
        or (key in ("changeType", "action") and value == "delete")
        or _deletes(value)
        for key, value in cast("dict[object, object]", body).items()
    )
