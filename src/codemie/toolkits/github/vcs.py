"""The tool that calls any endpoint of GitHub's REST API."""

import base64
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

from pydantic import Field

from codemie.integrations import git_servers
from codemie.toolkits.api import Answer, Method
from codemie.toolkits.arguments import JsonObject
from codemie.toolkits.calling import Output
from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import BadToolArguments
from codemie.toolkits.github.client import GitHub
from codemie.toolkits.queries import effect_of_query, read_query
from codemie.toolkits.rest import below_root
from codemie.toolkits.toolkit import Toolkit

_TOKENS = 70_000
_IN_QUERY: tuple[Method, ...] = ("GET", "HEAD", "DELETE")


def connect(connection: Connection) -> GitHub:
    """The server of a Git integration."""
    (url,) = connection.need("url")
    return GitHub(connection, url)


def fit(values: dict[str, Any]) -> int:
    """A server that is known to be a GitHub."""
    return git_servers.fit(values, "github")


vcs = Toolkit("VCS", "GitHub", connect, label="Version control", credential="Git", fit=fit)


@vcs.tool(
    effect_of_query,
    label="GitHub",
    about="Calls GitHub: repositories, pull requests, issues, actions.",
    output_tokens=_TOKENS,
)
async def github(
    server: GitHub,
    query: Annotated[
        JsonObject,
        Field(
            description='The request: {"method": "GET", "url": "https://api.github.com/repos/owner/name/issues", '
            '"method_arguments": {}}. method_arguments become the query of GET, HEAD and DELETE and the JSON body of '
            "other methods."
        ),
    ],
) -> Output:
    """Call an endpoint of the GitHub REST API.

    The url is absolute and begins with https://api.github.com/, or with https://host/api/v3/ at GitHub Enterprise
    Server. Lists have pages: use per_page (at most 100) and page; a page with fewer entries is the last. For
    repositories, files, branches, commits, pull requests and their reviews, issues, actions and checks. The result is
    the JSON that GitHub sent; content in base64 is decoded to text.
    """
    asked = read_query("github", query)
    path = _below(server.base_url, asked.url)
    server.owner = _owner(path)
    answer = await server.ask(asked.method, path, headers=asked.headers, **asked.sent(_IN_QUERY))
    return Output(_read(answer), status=answer.status)


def _below(root: str, url: str) -> str:
    """The part of the URL below the API's address; a path alone is as good.

    Raises:
        BadToolArguments: it leads elsewhere.
    """
    try:
        return below_root(url.removeprefix(root) if url.startswith(f"{root}/") else url)
    except ValueError as error:
        raise BadToolArguments(
            f"The url must begin with {root}/", details=f"{url[:200]}: it {error}.", code=422
        ) from error


def _owner(path: str) -> str:
    """Whose repository or organization it is about."""
    parts = urlsplit(path).path.strip("/").split("/")
    return parts[1] if len(parts) > 1 and parts[0] in ("repos", "orgs", "users") else ""


def _read(answer: Answer) -> Any:
    """JSON, its content decoded; any other text as it is."""
    if not answer.body:
        return f"{answer.status} {answer.reason}"
    kind = answer.headers.get("content-type", "")
    if "json" not in kind or ".raw" in kind:
        return answer.text
    told = answer.json()
    if isinstance(told, dict):
        return _decoded(cast("dict[str, Any]", told))
    return told


def _decoded(told: dict[str, Any]) -> dict[str, Any]:
    content = told.get("content")
    if told.get("encoding") != "base64" or not isinstance(content, str):
        return told
    raw = base64.b64decode(content)
    try:
        return {**told, "encoding": "utf-8", "content": raw.decode()}
    except UnicodeDecodeError:
        return {**told, "content": f"[binary: {len(raw)} bytes; not shown]"}
