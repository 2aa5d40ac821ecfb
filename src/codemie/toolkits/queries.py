"""Requests that models write themselves, for the tools that call any endpoint of a system."""

from collections.abc import Collection
from typing import Annotated, Any, cast

from pydantic import BaseModel, Field, ValidationError, field_validator

from codemie.kernel.tools import Effect
from codemie.toolkits.api import Method
from codemie.toolkits.arguments import NOT_SET, JsonObject, effect_of_request, read_object
from codemie.toolkits.failures import BadToolArguments


class Query(BaseModel):
    """One request."""

    method: Method
    url: Annotated[str, Field(min_length=1)]
    method_arguments: JsonObject | list[Any] = Field(default_factory=dict)
    custom_headers: dict[str, str] | None = None

    @field_validator("method", mode="before")
    @classmethod
    def _upper(cls, method: object) -> object:
        return method.upper() if isinstance(method, str) else method

    def sent(self, in_query: Collection[Method]) -> dict[str, Any]:
        """The arguments as `Api.send` takes them.

        Args:
            in_query: methods whose arguments are part of the address; those of others are the body.

        Raises:
            BadToolArguments: a list cannot be part of an address.
        """
        if self.method not in in_query:
            return {"json": self.method_arguments}
        if isinstance(self.method_arguments, list):
            raise BadToolArguments(f"method_arguments must be an object for {self.method}", code=422)
        return {"params": self.method_arguments}

    @property
    def headers(self) -> dict[str, str]:
        """The custom ones, without those that are not the caller's to choose."""
        return {
            name: value for name, value in (self.custom_headers or {}).items() if name.strip().lower() not in NOT_SET
        }


def read_query(tool: str, query: dict[str, Any]) -> Query:
    """The request that a model wrote.

    Raises:
        BadToolArguments: it is none.
    """
    try:
        return Query.model_validate(query)
    except ValidationError as error:
        raise BadToolArguments.of(tool, error) from error


def effect_of_query(arguments: dict[str, Any]) -> Effect:
    """What a query does; one that cannot be read is not carried out."""
    try:
        query = read_object(arguments.get("query"))
        if not isinstance(query, dict):
            return "reads"
        asked = cast("dict[str, Any]", query)
        body = read_object(asked.get("method_arguments"))
    except ValueError:
        return "reads"
    return effect_of_request(asked.get("method"), asked.get("url"), body)
