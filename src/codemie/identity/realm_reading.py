"""Reads a Keycloak over its admin REST API."""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from codemie.kernel.errors import NotFound, UpstreamFailed

if TYPE_CHECKING:
    import httpx2

MOST = 1_000
"""Entries of one list that are read; nobody's realm has so many scopes, roles or clients of CodeMie."""

_SECONDS = 30.0
REDIRECTOR = "identity-provider-redirector"


class RealmReading:
    """What an administrator sees.

    Args:
        client: HTTP client whose base address is the server's, signed in as an administrator.
    """

    def __init__(self, client: "httpx2.Client") -> None:
        self._client = client

    def get(self, path: str) -> Any:
        """The answer, or None when there is nothing.

        Raises:
            UpstreamFailed: Keycloak refuses.
        """
        answer = self._client.get(path)
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise UpstreamFailed(f"Keycloak answered {answer.status_code}", details=f"{path}: {answer.text[:300]}")
        return answer.json()

    def entries(self, path: str) -> list[dict[str, Any]]:
        """The things of a list; none where there is none."""
        return self.get(path) or []

    def entry(self, path: str) -> dict[str, Any]:
        """One thing; empty where it is not there."""
        return self.get(path) or {}

    def realm(self, name: str) -> dict[str, Any]:
        """A realm's own settings.

        Raises:
            NotFound: there is no such realm, or this administrator does not see it.
        """
        found = self.get(address_of(name))
        if found is None:
            raise NotFound(f"Keycloak knows no realm {name!r}", help="Give another one with --realm")
        return dict(found)

    def all_of(self, base: str, path: str) -> list[dict[str, Any]]:
        """A whole list.

        Raises:
            UpstreamFailed: it is too long to be sure that it is whole.
        """
        found = self.entries(f"{base}/{path}?max={MOST}")
        if len(found) >= MOST:
            raise UpstreamFailed(f"The realm has {MOST} {path} or more", details="Lists so long are not read.")
        return found

    def redirector(self, base: str, realm: dict[str, Any]) -> dict[str, Any]:
        """The step of the browser flow that sends browsers to a provider by itself; empty where there is none."""
        flow = quote(str(realm.get("browserFlow", "browser")), safe="")
        steps = self.entries(f"{base}/authentication/flows/{flow}/executions")
        return next((each for each in steps if each.get("providerId") == REDIRECTOR), dict[str, Any]())


def address_of(realm: str) -> str:
    """Where a realm is, below the server's address."""
    return f"/admin/realms/{quote(realm, safe='')}"


def administrator(server: str, username: str, password: str) -> "httpx2.Client":
    """An HTTP client that is signed in at Keycloak for a minute; to be closed.

    Args:
        server: address of Keycloak.
        username: an administrator of its realm master.
        password: theirs.

    Raises:
        UpstreamFailed: Keycloak cannot be reached, or does not accept them.
    """
    import httpx2

    server = server.rstrip("/")
    form = {"grant_type": "password", "client_id": "admin-cli", "username": username, "password": password}
    try:
        answer = httpx2.post(f"{server}/realms/master/protocol/openid-connect/token", data=form, timeout=_SECONDS)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise UpstreamFailed(f"Keycloak cannot be reached at {server}: {type(error).__name__}.") from error
    if answer.status_code != 200:
        raise UpstreamFailed(f"Keycloak does not accept the administrator {username} (status {answer.status_code}).")
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return httpx2.Client(base_url=server, headers=headers, timeout=_SECONDS)
