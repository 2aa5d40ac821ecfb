"""The tool that calls any endpoint of GitLab's REST API."""

from typing import Annotated, Any

from pydantic import Field

from codemie.integrations import git_servers
from codemie.toolkits.api import Api
from codemie.toolkits.arguments import JsonObject
from codemie.toolkits.calling import Output
from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import BadToolArguments
from codemie.toolkits.queries import effect_of_query, read_query
from codemie.toolkits.rest import below_root
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
    """Any Git server that nobody knows may be a GitLab."""
    return git_servers.fit(values, "gitlab", unknown=1)


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
    path = _path(asked.url)
    headers = {"Accept": "application/json", **asked.headers}
    answer = await server.send(asked.method, path, headers=headers, **asked.sent(("GET", "HEAD")))
    shown = f"HTTP: {asked.method} {server.base_url}{path} -> {answer.status} {answer.reason} {answer.text}"
    return Output(shown, is_error=not answer.ok, status=answer.status)


def _path(url: str) -> str:
    """The path of an endpoint, and no other.

    Raises:
        BadToolArguments: it leads elsewhere.
    """
    try:
        path = below_root(url)
    except ValueError as error:
        raise BadToolArguments(
            f"The url must begin with {_API}", details=f"{url[:200]}: it {error}.", code=422
        ) from error
    if not path.startswith(_API):
        raise BadToolArguments(f"The url must begin with {_API}", details=f"It is {url[:200]}.", code=422)
    return path
