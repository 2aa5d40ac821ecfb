"""Where does one sign in at an MCP server, and who are we there?

The documents are those of RFC 9728, RFC 8414 and RFC 7591.

The SDK's own flow waits for the browser inside one process and one run; ours ends when the browser leaves and goes on
when it comes back, on whatever replica. The rules about addresses are the SDK's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from pydantic import ValidationError

from codemie.kernel.egress_http import guarded_client
from codemie.kernel.errors import CodeMieError, UpstreamFailed
from codemie.mcp.failures import Challenge
from codemie.mcp.settings import McpSettings

_MAX_BYTES = 2**20
_SECONDS = 15.0
_WRONG = (httpx2.HTTPError, httpx2.InvalidURL, ValidationError, ValueError)


class DiscoveryFailed(UpstreamFailed):
    """The server does not say, in a form that can be trusted, where to sign in."""

    title = "The MCP server does not tell where to sign in"


class RegistrationFailed(UpstreamFailed):
    """The authorization server does not take us as a client."""

    title = "The sign-in server does not accept this platform as a client"


@dataclass(frozen=True, slots=True)
class Found:
    """What a server that asks for a sign-in says about it.

    Args:
        resource: the server as the authorization server knows it (RFC 8707).
        scope: what to ask for; None leaves it to the server.
        endpoints: the authorization server's metadata.
    """

    resource: str
    scope: str | None
    endpoints: dict[str, Any]


def client_of(settings: McpSettings) -> httpx2.AsyncClient:
    """An HTTP client for the sign-in servers of strangers."""
    timeout = httpx2.Timeout(_SECONDS)
    headers = {"Accept": "application/json", "MCP-Protocol-Version": "2025-11-25"}
    return guarded_client(settings.egress(), headers=headers, timeout=timeout, max_bytes=_MAX_BYTES)


async def discover(settings: McpSettings, url: str, challenge: Challenge) -> Found:
    """Find out where to sign in at the server of this address.

    Raises:
        DiscoveryFailed: it does not say, or says what cannot be.
    """
    from mcp.client.auth.utils import (
        build_oauth_authorization_server_metadata_discovery_urls,
        build_protected_resource_metadata_discovery_urls,
        get_client_metadata_scopes,
    )
    from mcp.shared.auth import OAuthMetadata, ProtectedResourceMetadata
    from mcp.shared.auth_utils import check_resource_allowed, resource_url_from_server_url

    answer = httpx2.Response(401, headers={"WWW-Authenticate": challenge.header})
    async with client_of(settings) as http:
        places = build_protected_resource_metadata_discovery_urls(_field(answer, "resource_metadata"), url)
        described = await _first(http, places, ProtectedResourceMetadata)
        resource = resource_url_from_server_url(url)
        issuer: str | None = None
        if described is not None:
            if not check_resource_allowed(requested_resource=resource, configured_resource=str(described.resource)):
                raise DiscoveryFailed(details=f"It says that it is {described.resource}, which it is not.")
            resource, issuer = str(described.resource), str(described.authorization_servers[0])
        places = build_oauth_authorization_server_metadata_discovery_urls(issuer, url)
        endpoints = await _first(http, places, OAuthMetadata)
    if endpoints is None:
        raise DiscoveryFailed(details="No authorization server could be found.")
    if issuer is not None and str(endpoints.issuer).rstrip("/") != issuer.rstrip("/"):
        raise DiscoveryFailed(details="The authorization server calls itself by another name.")
    if "S256" not in (endpoints.code_challenge_methods_supported or ["S256"]):
        raise DiscoveryFailed(details="The authorization server does not protect codes (PKCE with S256).")
    grants = ["authorization_code", "refresh_token"]
    scope = get_client_metadata_scopes(_field(answer, "scope"), described, endpoints, grants)
    return Found(resource, scope, endpoints.model_dump(mode="json", exclude_none=True))


async def register(
    settings: McpSettings, endpoints: Mapping[str, Any], redirect_uri: str, scope: str | None
) -> dict[str, Any]:
    """Make ourselves known to an authorization server; gives the client it made of us.

    Raises:
        RegistrationFailed: it does not register clients by itself, or refuses.
    """
    place = endpoints.get("registration_endpoint")
    if not place:
        raise RegistrationFailed(
            details="It does not register clients by itself.",
            help="An administrator can put a client_id into the server's entry in the catalogue.",
        )
    wish = {
        "client_name": "CodeMie",
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "web",
        **({"scope": scope} if scope else {}),
    }
    try:
        async with client_of(settings) as http:
            answer = await http.post(str(place), json=wish)
        client = answer.json() if answer.status_code in (200, 201) else {}
    except CodeMieError:
        raise
    except _WRONG as error:
        raise RegistrationFailed(details=f"{type(error).__name__} while registering.") from error
    if not isinstance(client, dict) or not isinstance(client.get("client_id"), str):
        raise RegistrationFailed(details=f"It answered {answer.status_code} to the registration.")
    kept = ("client_id", "client_secret", "token_endpoint_auth_method")
    return {name: client[name] for name in kept if client.get(name)}


async def _first(http: httpx2.AsyncClient, places: list[str], model: Any) -> Any:
    """The first usable document; a host that may not be reached ends the search."""
    for place in places:
        try:
            answer = await http.get(place)
            if answer.status_code == 200:
                return model.model_validate_json(answer.content)
        except _WRONG:
            continue
    return None


def _field(answer: httpx2.Response, name: str) -> str | None:
    from mcp.client.auth.utils import extract_field_from_www_auth

    return extract_field_from_www_auth(answer, name)
