"""Arguments of a plugin tool, checked before anything is sent: an agent that gets a wrong call may answer nothing."""

import json
from typing import Any

from pydantic_core import PydanticSerializationError, to_json

from codemie.kernel.json_schema import coerced, fits_plainly, schema_problem
from codemie.plugins.failures import BadArguments
from codemie.plugins.wire.listing import ToolEntry


def prepared(tool: ToolEntry, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as they are sent: without what is null, texts that are plainly numbers as such.

    Raises:
        BadArguments: they do not fit the tool's schema.
    """
    # Agents declare absent values as texts that default to null: null itself would not pass their own check.
    given = {name: value for name, value in arguments.items() if value is not None}
    if fits_plainly(tool.args_schema, given):
        return given
    given = coerced(tool.args_schema, given)
    if (problem := schema_problem(tool.args_schema, given)) is not None:
        raise BadArguments(
            f"The arguments of {tool.name} do not fit", details=problem, help="Nothing was sent; correct them."
        )
    return given


def written(arguments: dict[str, Any]) -> bytes:
    """Arguments as JSON."""
    try:
        return to_json(arguments)
    except PydanticSerializationError:  # half a character: only an escape can carry it
        return json.dumps(arguments).encode()
