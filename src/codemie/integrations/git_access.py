"""How a repository is read over HTTPS with a stored credential: which header, for which origin, on whose certificates.

Sources: gitprotocol-http; https://docs.gitlab.com/topics/git/clone/#clone-using-a-token;
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation;
https://learn.microsoft.com/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate;
https://support.atlassian.com/bitbucket-cloud/docs/using-access-tokens/.
"""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx2

from codemie.integrations import azure_addresses, github_app
from codemie.integrations.catalogue import MASK
from codemie.integrations.git_servers import kind_of
from codemie.integrations.origins import Origin, origin_of, shown
from codemie.integrations.probes.question import bearer
from codemie.integrations.settings import IntegrationsSettings
from codemie.integrations.trust import authorities_of, trusting
from codemie.integrations.vault import Credential
from codemie.kernel.egress_http import guarded_client
from codemie.kernel.errors import Unprocessable, UpstreamFailed

GIT_TYPES = ("Git", "AzureDevOps")
"""Credential types that open repositories."""

_GITHUB = "https://github.com"
_APP_USER, _BITBUCKET_USER, _TOKEN_USER = "x-access-token", "x-token-auth", "oauth2"
_MOST_BYTES = 2**20


class CredentialElsewhere(Unprocessable):
    """The credential is for another server than the repository's."""

    title = "The integration is for another server"


class CredentialUnusable(Unprocessable):
    """The credential has nothing that could be sent."""

    title = "The integration cannot be used"


@dataclass(frozen=True, slots=True)
class GitAccess:
    """A credential on its way to one repository.

    Args:
        origin: of the repository; the header goes nowhere else.
        authorization: value of the header.
        credential: that it was made of.
    """

    origin: Origin
    authorization: str = field(repr=False)
    credential: Credential

    @property
    def authorities(self) -> str:
        """What is believed beside the public authorities, in PEM; empty for nothing."""
        return authorities_of(self.credential.values)

    def trust(self) -> ssl.SSLContext | Literal[True]:
        """Which certificates are believed; True for the usual ones.

        Raises:
            NoCertificate: the credential's certificate is none.
        """
        return trusting(self.authorities) if self.authorities else True

    def is_for(self, url: str) -> bool:
        """Whether the header may be sent there."""
        return origin_of(url) == self.origin

    def redacted(self, text: str) -> str:
        """What another system said, without the secret."""
        return self.credential.redacted(text.replace(self.authorization.partition(" ")[2], MASK))


async def accessing(credential: Credential, url: str, settings: IntegrationsSettings) -> GitAccess:
    """Make a credential ready for a repository; an App asks GitHub for a token first.

    Args:
        credential: of one of `GIT_TYPES`.
        url: of the repository, over HTTP.
        settings: where integrations may lead.

    Raises:
        CredentialElsewhere: it is for another server.
        CredentialUnusable: there is no token in it, or none that could be sent.
        NotInstalled, UpstreamFailed: GitHub gives the App no token.
    """
    values = credential.values
    if not leads_to(values, url):
        raise CredentialElsewhere(
            details=f"The integration '{credential.alias}' is for {_place(_server(values))}, "
            f"the repository is at {_place(url)}.",
            help="Choose an integration of the repository's server, and the repository's https:// address.",
        )
    if values.get("auth_type") == "github_app":
        token = await _app_token(credential, url, settings)
        credential = replace(credential, values={**values, "token": token})
        return GitAccess(origin_of(url), _basic(_APP_USER, token), credential)
    return GitAccess(origin_of(url), authorization(credential, url), credential)


def leads_to(values: Mapping[str, Any], url: str) -> bool:
    """Whether a credential may go to a repository: whoever names its address may be somebody else.

    Args:
        values: of the credential.
        url: of the repository.
    """
    if kind_of({"url": url}) == "azure_devops" or values.get("organization"):
        return azure_addresses.leads_to(values, url)
    origin = origin_of(url)
    return origin[1] is not None and origin_of(_server(values)) == origin


def authorization(credential: Credential, url: str) -> str:
    """The header's value for a token of a person, a project or a group.

    Raises:
        CredentialUnusable: there is no token, or none that could be sent.
    """
    token = _token(credential.values)
    if not token:
        raise CredentialUnusable(details=f"The integration '{credential.alias}' has no token.", help="Enter one there.")
    header = token_header(credential.values, url)
    if not (header.isascii() and header.isprintable()):
        raise CredentialUnusable(
            details=f"The token of the integration '{credential.alias}' has characters that cannot be sent.",
            help="Copy it again, without quotation marks.",
        )
    return header


def token_header(values: Mapping[str, Any], url: str) -> str:
    """The same, whatever the token is: as the password of a user whose name servers do not look at, or have a word for.

    Args:
        values: of the credential.
        url: of the repository.
    """
    token = _token(values)
    if kind_of({"url": url}) == "azure_devops":
        return _basic("", token)
    if str(values.get("use_header_auth")).lower() == "true":
        return f"Bearer {token}"
    user = str(values.get("name") or "").strip()
    return _basic(user or (_BITBUCKET_USER if kind_of(values) == "bitbucket" else _TOKEN_USER), token)


async def _app_token(credential: Credential, url: str, settings: IntegrationsSettings) -> str:
    """A token of the App's installation, good for an hour."""
    values = credential.values
    try:
        proof = github_app.proof(str(values.get("app_id")), str(values.get("private_key")))
    except ValueError as error:
        raise CredentialUnusable(details=str(error), help=github_app.KEY_HELP) from error
    root = github_app.api_root(url)
    owner = urlsplit(url).path.strip("/").partition("/")[0]
    client = guarded_client(
        settings.egress(),
        headers={**github_app.HEADERS, **bearer(proof)},
        timeout=httpx2.Timeout(settings.test_seconds),
        max_bytes=_MOST_BYTES,
        trust=trusting(authorities_of(values)),
    )

    async def ask(method: Literal["GET", "POST"], path: str, *, params: Mapping[str, Any] | None = None) -> Any:
        answer = await http.request(method, f"{root}{path}", params=params)
        if not answer.is_success:
            raise UpstreamFailed(
                "GitHub gives the App no token",
                details=f"It answered with status {answer.status_code}: {credential.redacted(answer.text[:200])}",
                help="Test the integration: its App ID, key or installation may be wrong.",
            )
        return answer.json()

    try:
        async with asyncio.timeout(settings.test_seconds * 3), client as http:
            installation = str(values.get("installation_id") or "").strip()
            return (await github_app.installation_token(ask, installation, owner)).token
    except (httpx2.HTTPError, TimeoutError) as error:
        raise UpstreamFailed(
            "GitHub gives the App no token", details=f"{shown(root)} does not answer ({type(error).__name__})."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UpstreamFailed(
            "GitHub gives the App no token", details=f"What {shown(root)} answers is not GitHub's."
        ) from error


def _server(values: Mapping[str, Any]) -> str:
    """Where the credential is for; Apps are GitHub's own unless something else is said."""
    url = str(values.get("url") or "").strip()
    return url or (_GITHUB if values.get("auth_type") == "github_app" else "")


def _place(url: str) -> str:
    """An address for people: the server, and the organization where that matters."""
    organization = azure_addresses.organization_of(url)
    return f"https://{azure_addresses.SERVICES}/{organization}" if organization else shown(url)


def _token(values: Mapping[str, Any]) -> str:
    return str(values.get("token") or "").strip()


def _basic(user: str, token: str) -> str:
    return "Basic " + b64encode(f"{user}:{token}".encode()).decode()
