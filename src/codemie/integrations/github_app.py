"""GitHub's API as credentials lead to it: where it is, how an App proves who it is and gets a token to work with."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Protocol
from urllib.parse import quote, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from codemie.kernel.errors import Unprocessable

PUBLIC_API: Final = "https://api.github.com"
HEADERS: Final = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
"""Sent with every request (https://docs.github.com/en/rest/about-the-rest-api/api-versions)."""
KEY_HELP: Final = "Enter the RSA key that GitHub made for the App: a private one, in PEM form, without a password."
_CLOUD = ("github.com", "www.github.com", "api.github.com")
_RESIDENT = ".ghe.com"
_CLOCKS_DIFFER, _GOOD_FOR = 60, 300
_PAGE, _MOST_PAGES = 100, 10


def api_root(address: str) -> str:
    """Where the API of a server is, from the address of a repository or of the server.

    GitHub Enterprise Server has it below its own address, GitHub Enterprise Cloud with data residency on a host of its
    own (https://docs.github.com/en/enterprise-server@latest/rest/using-the-rest-api/getting-started-with-the-rest-api).
    """
    address = address.strip()
    if not address:
        return PUBLIC_API
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host = parts.hostname
    except ValueError:
        return address  # whoever goes there says that it is none
    if host is None:
        return address
    if host in _CLOUD:
        return PUBLIC_API
    if host.endswith(_RESIDENT):
        return f"https://api.{host.removeprefix('api.')}"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/api/v3"


def proof(app_id: str, private_key: str) -> str:
    """The token with which an App says who it is, good for minutes.

    https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app

    Args:
        app_id: of the App.
        private_key: that GitHub made for it, in PEM form.

    Raises:
        ValueError: the key cannot be used.
    """
    now = int(time.time())
    claims = {"iat": now - _CLOCKS_DIFFER, "exp": now + _GOOD_FOR, "iss": app_id}
    try:
        return jwt.encode({"alg": "RS256"}, claims, RSAKey.import_key(private_key))
    except (ValueError, TypeError, JoseError) as error:
        raise ValueError("The private key cannot be used.") from error


class NotInstalled(Unprocessable):
    """Nobody, or nobody in particular, installed the App."""

    title = "The GitHub App is not installed"


class Ask(Protocol):
    """A request to the API in the App's own name."""

    async def __call__(
        self, method: Literal["GET", "POST"], path: str, *, params: Mapping[str, Any] | None = None
    ) -> Any:
        """The JSON of a successful answer."""
        ...


@dataclass(frozen=True, slots=True)
class InstallationToken:
    """What an App works with in the name of those who installed it, and when that ends."""

    token: str
    end: datetime

    def __repr__(self) -> str:
        return f"InstallationToken(end={self.end!r})"


async def installation_token(ask: Ask, installation: str, owner: str) -> InstallationToken:
    """A new token of an installation.

    https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app

    Args:
        ask: asks with the App's proof.
        installation: its number; empty for the only one, or else the owner's.
        owner: of the repository.

    Raises:
        NotInstalled: it is not plain whose installation to work with.
    """
    number = installation or await _installed(ask, owner)
    issued = await ask("POST", f"/app/installations/{quote(number, safe='')}/access_tokens")
    return InstallationToken(str(issued["token"]), datetime.fromisoformat(issued["expires_at"]))


async def _installed(ask: Ask, owner: str) -> str:
    """The App's only installation, or else the owner's."""
    found: dict[str, int] = {}
    for page in range(1, _MOST_PAGES + 1):
        listed = await ask("GET", "/app/installations", params={"per_page": _PAGE, "page": page})
        found |= {str(item["account"]["login"]).lower(): item["id"] for item in listed}
        if len(listed) < _PAGE:
            break
    if len(found) == 1:
        return str(next(iter(found.values())))
    if owner.lower() in found:
        return str(found[owner.lower()])
    shown = ", ".join(f"{number} ({login})" for login, number in list(found.items())[:50])
    raise NotInstalled(
        details=f"The GitHub App is installed by {shown or 'nobody'}, so it is not plain for whom it works.",
        help="Enter one of these numbers as the integration's installation ID."
        if found
        else "Install the App for the organization, then try again.",
    )
