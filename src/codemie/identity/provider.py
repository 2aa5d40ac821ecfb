"""The identity provider as seen over HTTP: its discovery document, and calls of its endpoints.

Follows OpenID Connect Discovery 1.0. Every call has a deadline and a size limit; redirects are not followed.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

import aiohttp

from codemie.identity.single_sign_on_settings import SingleSignOnSettings
from codemie.kernel.errors import ConfigurationError, NotAuthenticated, Unavailable
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

MAX_ANSWER_BYTES = 512 * 2**10
WELL_KNOWN = "/.well-known/openid-configuration"
_REQUIRED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What we use of the discovery document."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    client_secret_post: bool


class ProviderUnreachable(Unavailable):
    """No usable answer; it may come back."""

    title = "The identity provider cannot be reached"


class GrantRefused(NotAuthenticated):
    """The token endpoint said no: the code or refresh token is spent, expired or revoked."""

    title = "The identity provider refused the sign-in"


class Provider:
    """One issuer. The discovery document is read when first needed, and again when asked to.

    Args:
        settings: issuer, client and deadline.
    """

    def __init__(self, settings: SingleSignOnSettings) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None
        self._metadata: Metadata | None = None

    @property
    def issuer(self) -> str:
        """The configured issuer."""
        return self._settings.oidc_issuer or ""

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    async def metadata(self) -> Metadata:
        """Where its endpoints are.

        Raises:
            ProviderUnreachable: no usable answer.
        """
        try:
            return await self.discover()
        except ConfigurationError as error:
            raise ProviderUnreachable(details=str(error), retry_after=60) from error

    async def discover(self) -> Metadata:
        """The same at start-up, where a wrong setting must stop us.

        Raises:
            ProviderUnreachable: no answer.
            ConfigurationError: the answer is not the configured issuer's.
        """
        if self._metadata is None:
            address = self._settings.oidc_discovery_url or self.issuer.rstrip("/") + WELL_KNOWN
            self._metadata = self._checked(await self.get_json(address), address)
        return self._metadata

    def _checked(self, document: Mapping[str, Any], address: str) -> Metadata:
        if missing := [name for name in _REQUIRED if not isinstance(document.get(name), str)]:
            raise ConfigurationError(
                "The identity provider's discovery document is incomplete",
                details=f"{address} lacks {', '.join(missing)}.",
                help="Check identity.oidc_issuer and identity.oidc_discovery_url.",
            )
        if document["issuer"] != self.issuer:
            raise ConfigurationError(
                "The identity provider has another issuer than identity.oidc_issuer",
                details=f"{address} says {document['issuer']}; the setting is {self.issuer}.",
                help="Set CODEMIE_IDENTITY_OIDC_ISSUER to exactly what the provider says.",
            )
        for name in (*_REQUIRED[1:], "end_session_endpoint"):
            self._require_secure(str(document.get(name) or "https://"), name)
        methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return Metadata(
            *(str(document[name]) for name in _REQUIRED),
            end_session_endpoint=document.get("end_session_endpoint"),
            client_secret_post="client_secret_basic" not in methods,
        )

    def _require_secure(self, address: str, name: str) -> None:
        loopback = ("http://127.0.0.1", "http://localhost", "http://[::1]")
        if not (self._settings.oidc_allow_http or address.startswith(("https://", *loopback))):
            raise ConfigurationError(
                "The identity provider offers an endpoint without TLS",
                details=f"{name} is {address}.",
                help="Serve it over https, or set identity.oidc_allow_http where the network is trusted.",
            )

    async def get_json(self, address: str) -> dict[str, Any]:
        """Read a JSON object from the provider (``ProviderUnreachable`` when that fails)."""
        status, document, _ = await self._call("GET", address)
        if status != 200:
            raise ProviderUnreachable(details=f"{address} answered {status}.", retry_after=5)
        return document

    async def said_date(self) -> str:
        """What its answer says of the time (RFC 9110 §6.6.1); empty where it does not."""
        _, _, date = await self._call("GET", self._settings.oidc_discovery_url or self.issuer.rstrip("/") + WELL_KNOWN)
        return date

    async def token_request(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Call the token endpoint as our client.

        Args:
            form: grant type and what belongs to it.

        Raises:
            GrantRefused: the provider says no (its error code goes to the log).
            ProviderUnreachable: no usable answer.
        """
        metadata = await self.metadata()
        fields = {**form, "client_id": self._settings.oidc_client_id or ""}
        headers: dict[str, str] = {}
        secret = self._settings.oidc_client_secret
        if secret and metadata.client_secret_post:
            fields["client_secret"] = secret.get_secret_value()
        elif secret:
            headers["Authorization"] = basic_credentials(fields["client_id"], secret.get_secret_value())
        status, document, _ = await self._call("POST", metadata.token_endpoint, data=fields, headers=headers)
        if status == 200:
            return document
        log.warning("identity_provider_refused", status=status, error=str(document.get("error"))[:60])
        if status in (400, 401, 403):
            raise GrantRefused(help="Sign in again.")
        raise ProviderUnreachable(details=f"The token endpoint answered {status}.", retry_after=5)

    async def _call(self, method: str, address: str, **options: Any) -> tuple[int, dict[str, Any], str]:
        """Status, document, and the date of the answer."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self._settings.oidc_timeout_seconds)
            self._session = aiohttp.ClientSession(timeout=timeout, trust_env=True)
        try:
            async with self._session.request(method, address, allow_redirects=False, **options) as answer:
                body = await answer.content.read(MAX_ANSWER_BYTES)
                while len(body) < MAX_ANSWER_BYTES and (more := await answer.content.read(MAX_ANSWER_BYTES)):
                    body += more
                return answer.status, json_object(body), answer.headers.get("Date", "")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            details = f"{address}: {type(error).__name__}"
            raise ProviderUnreachable(details=details, retry_after=5) from error


def basic_credentials(client_id: str, secret: str) -> str:
    """The Authorization header of a client with a secret."""
    # RFC 6749 section 2.3.1: both are form-encoded before they are joined.
    credentials = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {b64encode(credentials.encode()).decode()}"


def json_object(body: bytes) -> dict[str, Any]:
    """The object that an answer is; empty where it is none."""
    try:
        document: Any = json.loads(body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}
