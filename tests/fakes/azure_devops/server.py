"""The server: signs in, asks for the version of the API, and puts the areas together."""

import base64
import re
from typing import Any, Protocol
from urllib.parse import quote

from aiohttp import web

from tests.fakes.vendor_server import Faults

ORGANIZATION = "contoso"
PROJECT = "app"
TOKEN = "ado-right"
READ_ONLY = "ado-read-only"
CODE_ONLY = "ado-code-only"
"""Has the scope of code alone."""
NO_SCOPE = "ado-no-scope"
EXPIRED = "ado-expired"
MOMENT = "2026-01-01T10:00:00.000Z"
PERSON = {
    "displayName": "Ada Example",
    "id": "11111111-1111-1111-1111-111111111111",
    "uniqueName": "ada@example.com",
    "descriptor": "aad.YWRh",
    "imageUrl": "https://dev.azure.com/contoso/_apis/GraphProfile/MemberAvatars/aad.YWRh",
}

_MOST_SENT = 130 * 2**20
_PLACEHOLDER = re.compile(r"\{[^}]*\}")
_ASKING = ("/wiql", "/workitemsbatch", "/wikisearchresults")
"""What is asked by POST, and changes nothing."""

_SCOPES = {CODE_ONLY: ("/_apis/git/", "/_git/"), NO_SCOPE: ()}
"""In which paths a token of certain scopes may do something."""

Json = dict[str, Any]


class Area(Protocol):
    """A part of the service."""

    def routes(self) -> list[web.RouteDef]:
        """What it serves, below the organization: paths begin with ``/_apis`` or ``/{project}/_apis``."""
        ...


class AzureDevOps:
    """The service with the areas that are given.

    Args:
        areas: parts of the service; each keeps its own state.
    """

    def __init__(self, *areas: Area) -> None:
        self.faults = Faults()
        self.areas = areas

    def app(self) -> web.Application:
        """Its API."""
        middlewares = [self.faults.middleware, signed_in, versioned]
        app = web.Application(middlewares=middlewares, client_max_size=_MOST_SENT)
        app.router.add_get(f"/{ORGANIZATION}/_apis/connectionData", _connection)
        app.router.add_get(f"/{ORGANIZATION}/_apis/projects", _projects)
        app.router.add_get(f"/{ORGANIZATION}/_apis/projects/{{project}}", _project)
        routes = [route for area in self.areas for route in area.routes()]
        # Areas share paths, such as that of the repository of a wiki: what says more of a path comes first.
        for route in sorted(routes, key=lambda route: -len(_PLACEHOLDER.sub("", route.path))):
            app.router.add_route(route.method, f"/{ORGANIZATION}{route.path}", route.handler)
        return app


def refusal(status: int, message: str, kind: str) -> web.Response:
    """An error as the service writes it.

    Args:
        status: of HTTP.
        message: with the code such as ``TF401019`` or ``VS403403``.
        kind: name of the exception, such as ``GitItemNotFoundException``.
    """
    body = {
        "$id": "1",
        "innerException": None,
        "message": message,
        "typeName": f"Microsoft.TeamFoundation.{kind}, Microsoft.TeamFoundation",
        "typeKey": kind,
        "errorCode": 0,
        "eventId": 3000,
    }
    return web.json_response(body, status=status)


def listed(items: list[Any], **headers: str) -> web.Response:
    """A list as the service writes it."""
    return web.json_response({"count": len(items), "value": items}, headers=headers)


@web.middleware
async def signed_in(request: web.Request, handler: Any) -> web.StreamResponse:
    """A wrong token gets a page where `X-TFS-FedAuthRedirect` does not suppress it, as in the real service."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        token = base64.b64decode(given).decode().partition(":")[2] if scheme == "Basic" else given
    except ValueError:
        token = ""
    if token not in (TOKEN, READ_ONLY, *_SCOPES):
        if request.headers.get("X-TFS-FedAuthRedirect") == "Suppress":
            why = {"WWW-Authenticate": 'Basic realm="http://dev/"'}
            if token == EXPIRED:
                why["X-TFS-ServiceError"] = quote("Access Denied: The Personal Access Token used has expired.")
            return web.Response(status=401, text="", headers=why)
        return web.Response(
            status=203, text="<html><title>Azure DevOps Services | Sign In</title></html>", content_type="text/html"
        )
    every = request.path.endswith("/_apis/connectionData")
    if token in _SCOPES and not every and not any(path in request.path for path in _SCOPES[token]):
        return refusal(
            401,
            f"TF400813: The user '{PERSON['id']}' is not authorized to access this resource.",
            "UnauthorizedRequestException",
        )
    if token == READ_ONLY and request.method != "GET" and not request.path.endswith(_ASKING):
        return refusal(
            403,
            "TF401027: You need the Git 'GenericContribute' permission to perform this action.",
            "GitNeedsPermissionException",
        )
    answer: web.StreamResponse = await handler(request)
    return answer


@web.middleware
async def versioned(request: web.Request, handler: Any) -> web.StreamResponse:
    """What changes something must name the version of the API."""
    if request.method != "GET" and "api-version" not in request.query:
        return refusal(
            400,
            f'No api-version was supplied for the "{request.method}" request. The version must be supplied either as '
            'part of the Accept header (e.g. "application/json; api-version=1.0") or as a query parameter.',
            "VssVersionNotSpecifiedException",
        )
    answer: web.StreamResponse = await handler(request)
    return answer


async def _connection(_: web.Request) -> web.Response:
    user = {"id": PERSON["id"], "providerDisplayName": PERSON["displayName"], "isActive": True}
    return web.json_response({"authenticatedUser": user, "authorizedUser": user, "instanceId": "contoso"})


async def _projects(_: web.Request) -> web.Response:
    return listed([_app()])


async def _project(request: web.Request) -> web.Response:
    name = request.match_info["project"]
    if name not in (PROJECT, _app()["id"]):
        return refusal(
            404,
            f"TF200016: The following project does not exist: {name}. Verify that the name of the "
            "project is correct and that the project exists on the specified Azure DevOps Server.",
            "ProjectDoesNotExistWithNameException",
        )
    return web.json_response(_app())


def _app() -> Json:
    return {
        "id": "22222222-2222-2222-2222-222222222222",
        "name": PROJECT,
        "state": "wellFormed",
        "visibility": "private",
    }
