"""The tool that calls any endpoint of Azure DevOps Git: https://learn.microsoft.com/rest/api/azure/devops/git/."""

import json
import re
from typing import Annotated, Any, cast
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from pydantic import Field

from codemie.toolkits.api import Answer
from codemie.toolkits.arguments import JsonObject
from codemie.toolkits.azure_devops.client import AzureDevOps
from codemie.toolkits.calling import Output
from codemie.toolkits.failures import BadToolArguments
from codemie.toolkits.queries import effect_of_query, read_query
from codemie.toolkits.toolkit import Toolkit

_TOKENS = 70_000
_API = "/_apis/git/"
_VERSION = "7.1-preview.1"
_PLACEHOLDER = re.compile(r"\{([^{}/]+)\}")

vcs = Toolkit("VCS", "Azure DevOps", AzureDevOps, label="Version control", credential="AzureDevOps")


@vcs.tool(
    effect_of_query,
    label="Azure DevOps Git",
    about="Calls Azure DevOps: repositories, branches, commits, pull requests.",
    output_tokens=_TOKENS,
)
async def azure_devops_git(
    server: AzureDevOps,
    query: Annotated[
        JsonObject,
        Field(
            description='The request: {"method": "GET", "url": "/_apis/git/repositories/{repositoryId}/pullrequests", '
            '"method_arguments": {"repositoryId": "app", "searchCriteria.status": "active"}}. Arguments fill the '
            "places in braces; the rest become the query of GET and the JSON body (object or array) of other methods. "
            "The argument project, a text, stands for another project than the integration's."
        ),
    ],
) -> Output:
    """Call an endpoint of the Git REST API of Azure DevOps, version 7.1.

    The url begins with /_apis/git/; organization and project stand before it by themselves. Repositories may be given
    by name. For repositories, refs, pushes, commits, items and pull requests with their threads, reviewers and work
    items. Of a file /items gives what is known about it: add includeContent=true for its text. Lists have pages: use
    $top and $skip. The result is an object {success, status_code, method, url, data, error}.
    """
    asked = read_query("azure_devops_git", query)
    rest = asked.method_arguments
    arguments = dict(rest) if isinstance(rest, dict) else {}
    path, params = _target(asked.url, arguments)
    project = arguments.pop("project") if isinstance(arguments.get("project"), str) else server.project
    params["api-version"] = arguments.pop("api-version", None) or params.get("api-version") or _VERSION
    in_query = asked.method in ("GET", "HEAD")
    accepts = any(name.lower() == "accept" for name in asked.headers)
    answer = await server.send(
        asked.method,
        f"/{quote(project, safe='')}{path}" if project else path,
        params={**params, **arguments} if in_query else params,
        json=None if in_query else arguments if isinstance(rest, dict) else rest,
        headers=asked.headers if accepts else {"Accept": "application/json", **asked.headers},
    )
    return Output(_told(answer), is_error=not answer.ok, status=answer.status)


def _target(url: str, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The path with its places filled from the arguments, which lose them, and the query that the url holds.

    Raises:
        BadToolArguments: the path leads elsewhere, or lacks an argument.
    """
    parts = urlsplit("/" + url.lstrip("/"))
    filled: set[str] = set()

    def fill(place: re.Match[str]) -> str:
        value = arguments.get(place[1])
        if not isinstance(value, str | int) or value == "":
            raise BadToolArguments(f"The url needs the argument {place[1][:100]}", code=422)
        filled.add(place[1])
        return quote(str(value), safe="")

    path = _PLACEHOLDER.sub(fill, parts.path)
    steps_out = any(unquote(step) in (".", "..") or "\\" in unquote(step) for step in path.split("/"))
    if steps_out or not path.lower().startswith(_API):
        raise BadToolArguments(
            f"The url must begin with {_API} and stay there", details=f"It is {url[:200]}.", code=422
        )
    for name in filled:
        del arguments[name]
    return path, cast("dict[str, Any]", dict(parse_qsl(parts.query, keep_blank_values=True)))


def _told(answer: Answer) -> dict[str, Any]:
    """The answer in the form that clients of this tool know."""
    try:
        data = json.loads(answer.body) if answer.body else None
    except ValueError:
        data = answer.text
    error = None
    if not answer.ok:
        said = cast("dict[str, Any]", data).get("message") if isinstance(data, dict) else None
        error = f"HTTP {answer.status}: {answer.reason}{f' - {said}' if said else ''}"
    return {
        "success": answer.ok,
        "status_code": answer.status,
        "method": answer.method,
        "url": answer.url,
        "data": data,
        "error": error,
    }
