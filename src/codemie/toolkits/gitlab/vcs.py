"""The tool that calls any endpoint of GitLab's REST API."""

from typing import Annotated, Any, cast

from pydantic import BaseModel, Field, ValidationError, field_validator

from codemie.kernel.tools import Effect
from codemie.toolkits.api import Api, Method
from codemie.toolkits.arguments import JsonObject, effect_of_method, read_object
from codemie.toolkits.calling import Output
from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import BadToolArguments
from codemie.toolkits.toolkit import Toolkit

_TOKENS = 70_000
_API = "/api/v4/"


def connect(connection: Connection) -> Api:
    """The server of a Git integration."""
    url, token = connection.need("url", "token")
    server = url.removesuffix(".git")
    return Api(connection, "GitLab", _root(server), {"Authorization": f"Bearer {token}"})


def _root(address: str) -> str:
    """A repository's address leads to its server."""
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}" if rest else address


def fit(values: dict[str, Any]) -> int:
    """Any Git server may be a GitLab; those of other vendors are not."""
    url = str(values.get("url") or "").lower()
    if any(name in url for name in ("github.com", "bitbucket.org", "dev.azure.com", "visualstudio.com")):
        return 0
    return 2 if "gitlab" in url else 1


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
    """What a query does, by its method; one that cannot be read is not carried out."""
    try:
        query = read_object(arguments.get("query"))
    except ValueError:
        return "reads"
    return effect_of_method(cast("dict[str, Any]", query).get("method")) if isinstance(query, dict) else "reads"


vcs = Toolkit("VCS", "GitLab", connect, label="Version control", credential="Git", fit=fit)


@vcs.tool(
    effect_of_query,
    label="GitLab",
    about="Calls GitLab: projects, merge requests, issues, pipelines.",
    output_tokens=_TOKENS,
)
async def gitlab(
    server: Api,
    query: Annotated[
        JsonObject,
        Field(
            description='The request: {"method": "GET", "url": "/api/v4/projects/group%2Fname/issues", '
            '"method_arguments": {}}. method_arguments become the query of GET and the JSON body of other methods.'
        ),
    ],
) -> Output:
    """Call an endpoint of the GitLab REST API, version 4.

    The url begins with /api/v4/. A project is its number, or its path with %2F for each slash. Lists have pages: use
    per_page (at most 100) and page. For repositories, files, branches, commits, merge requests and their discussions,
    issues, pipelines and jobs. The result begins with the status of HTTP, then the body as GitLab sent it.
    """
    asked = read_query("gitlab", query)
    path = "/" + asked.url.lstrip("/")
    if not path.startswith(_API):
        raise BadToolArguments("The url must begin with /api/v4/", details=f"It is {asked.url[:200]}.", code=422)
    headers = {name: value for name, value in (asked.custom_headers or {}).items() if name.lower() != "authorization"}
    in_query = asked.method in ("GET", "HEAD")
    answer = await server.send(
        asked.method,
        path,
        params=cast("dict[str, Any]", asked.method_arguments) if in_query else None,
        json=None if in_query else asked.method_arguments,
        headers={"Accept": "application/json", **headers},
    )
    shown = f"HTTP: {asked.method} {server.base_url}{path} -> {answer.status} {answer.reason} {answer.text}"
    return Output(shown, is_error=not answer.ok, status=answer.status)
