"""The tool that calls any operation of any service of AWS."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from codemie.kernel.tools import Effect
from codemie.toolkits.arguments import JsonObject, read_object
from codemie.toolkits.aws.client import Aws, connect
from codemie.toolkits.aws.results import readable
from codemie.toolkits.failures import BadToolArguments
from codemie.toolkits.toolkit import Toolkit

_READS = (
    "get_",
    "list_",
    "describe_",
    "head_",
    "lookup_",
    "search_",
    "batch_get_",
    "select_",
    "query",
    "scan",
    "filter_",
)
_DESTROYS = re.compile(r"(^|_)(delet|terminat|destroy|purg|remov|deregister|revok|releas|reset|cancel|empty|wipe)")
# Whatever a statement says, the operation is the same.
_SQL = re.compile(r"(execute|run)_(statement|sql|transaction)|start_query_execution|execute_command")
_MADE_FOR_READING = re.compile(r"^(get|head|list)_")

cloud = Toolkit("Cloud", "AWS", connect, label="Cloud", credential="AWS")


class Query(BaseModel):
    """One call."""

    service: Annotated[str, Field(min_length=1)]
    method_name: Annotated[str, Field(min_length=1)]
    method_arguments: JsonObject = Field(default_factory=dict)


def snake_case(name: str) -> str:
    """`ListBuckets` as Python's AWS SDK calls it; a name in snake case as it is."""
    from botocore import xform_name

    return xform_name(name.strip())


def effect_of(method: str, arguments: dict[str, Any] | None = None) -> Effect:
    """What an operation does, by the verbs that AWS begins its names with; what is not known is taken to write."""
    name = snake_case(method)
    if name.startswith("generate_presigned"):
        # Whoever has the address can do it without being asked again.
        made_for = snake_case(str((arguments or {}).get("ClientMethod") or "put"))
        return "reads" if _MADE_FOR_READING.match(made_for) else effect_of(made_for)
    if _DESTROYS.search(name) or _SQL.search(name):
        return "destroys"
    return "reads" if name.startswith(_READS) else "writes"


def _effect_of_query(arguments: dict[str, Any]) -> Effect:
    try:
        query = Query.model_validate(read_object(arguments.get("query")))
    except ValueError:
        return "reads"  # it is not carried out
    return effect_of(query.method_name, query.method_arguments)


@cloud.tool(_effect_of_query, "AWS", label="AWS", about="Calls any service of Amazon Web Services.")
async def aws(
    account: Aws,
    query: Annotated[
        JsonObject,
        Field(
            description='The call, as in boto3: {"service": "s3", "method_name": "list_objects_v2", '
            '"method_arguments": {"Bucket": "reports", "Prefix": "2026/"}}.'
        ),
    ],
) -> Any:
    """Call an operation of an AWS service, as the AWS SDK for Python would.

    Works in the account and the region of the integration. The result is the response of the operation as JSON; times
    are in ISO 8601, binary content is described. Lists have pages: pass the token of the response to get the next.
    Text in arguments that take bytes is sent as UTF-8. For files in S3 the s3_ tools are simpler.
    """
    try:
        asked = Query.model_validate(query)
    except ValidationError as error:
        raise BadToolArguments.of("AWS", error) from error
    service = asked.service.strip().lower()
    return readable(await account.call(service, snake_case(asked.method_name), asked.method_arguments))
