"""Kinds of arguments that tools share."""

import json
from typing import Annotated, Any

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
Page = Annotated[int, Field(ge=1, description="Which page, from 1.")]
PageSize = Annotated[int, Field(ge=1, le=100, description="Entries a page.")]


def effect_of_method(method: object) -> Effect:
    """What a request with an HTTP method does to the system."""
    name = str(method or "GET").upper()
    if name in SAFE:
        return "reads"
    return "destroys" if name == "DELETE" else "writes"
