"""Tries a client at an OpenID Connect provider the way it would be used, as far as that goes without a person.

Asking for an authorization with ``prompt=none`` (OpenID Connect Core 1.0, section 3.1.2.1) shows no page and signs
nobody in: a provider that knows the client and its redirect URI sends the browser back there with ``login_required``.
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp

from codemie.identity.provider import MAX_ANSWER_BYTES, ProviderUnreachable, basic_credentials, json_object

_NOBODY_SIGNED_IN = frozenset(
    {"login_required", "interaction_required", "consent_required", "account_selection_required"}
)
_WRONG_CLIENT = frozenset({"invalid_client", "unauthorized_client"})
_MAX_SHOWN = 160


class Verdict(Enum):
    """What an answer means."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider made of a request.

    Attributes:
        said: in a few words, without anything secret.
    """

    verdict: Verdict
    said: str


@dataclass(frozen=True, slots=True)
class Client:
    """A client at the provider.

    Attributes:
        secret: None for a public one.
        posts_secret: it is sent in the form, not as basic authentication.
    """

    id: str
    secret: str | None = None
    posts_secret: bool = False

    def authenticated(self, form: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        """A form of this client for the token endpoint, and the headers that go with it."""
        fields = {**form, "client_id": self.id}
        if self.secret is None:
            return fields, {}
        if self.posts_secret:
            return {**fields, "client_secret": self.secret}, {}
        return fields, {"Authorization": basic_credentials(self.id, self.secret)}


@dataclass(frozen=True, slots=True)
class Issued:
    """What the token endpoint gave out.

    Attributes:
        access: empty when it refused.
        refresh: empty when there is none.
        said: why it refused.
    """

    access: str = ""
    refresh: str = ""
    said: str = ""


class Trial:
    """Requests to one provider; to be used in an ``async with``.

    Args:
        seconds: patience with each answer.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=self._seconds)
        self._session = aiohttp.ClientSession(timeout=timeout, trust_env=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def document(self, address: str) -> tuple[int, dict[str, Any]]:
        """Status and JSON of an answer; empty where it is none.

        Raises:
            ProviderUnreachable: no answer.
        """
        status, _, body = await self._call("GET", address)
        return status, json_object(body)

    async def authorization(self, endpoint: str, client_id: str, redirect_uri: str, scope: str) -> Answer:
        """Whether the provider would let somebody sign in for this client; nobody is signed in.

        Raises:
            ProviderUnreachable: no answer.
        """
        verifier = secrets.token_urlsafe(32)
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "scope": scope,
            "state": secrets.token_urlsafe(16),
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "prompt": "none",
        }
        address = f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"
        status, location, _ = await self._call("GET", address)
        return judged(status, location, redirect_uri)

    async def secret(self, endpoint: str, client: Client, redirect_uri: str) -> Answer:
        """Whether the provider takes the client's secret, by a code that nobody was given; no token is issued.

        Raises:
            ProviderUnreachable: no answer.
        """
        said = await self._with_no_code(endpoint, client, redirect_uri)
        if said in _WRONG_CLIENT:
            return Answer(Verdict.REFUSED, said)
        other = Client(client.id, secrets.token_hex(20), client.posts_secret)
        if said == "invalid_grant" and await self._with_no_code(endpoint, other, redirect_uri) in _WRONG_CLIENT:
            return Answer(Verdict.ACCEPTED, "the secret is right")
        # Some providers look at the code first, and say the same whatever the secret is.
        return Answer(Verdict.UNCLEAR, f"the provider answers {said or 'nothing'}, whatever the secret")

    async def token(self, endpoint: str, client: Client, form: Mapping[str, str]) -> Issued:
        """Ask for a token.

        Raises:
            ProviderUnreachable: no answer.
        """
        fields, headers = client.authenticated(form)
        status, _, body = await self._call("POST", endpoint, data=fields, headers=headers)
        document = json_object(body)
        if status == 200 and isinstance(document.get("access_token"), str):
            return Issued(document["access_token"], str(document.get("refresh_token") or ""))
        return Issued(said=_words(document.get("error"), document.get("error_description")) or f"status {status}")

    async def revoke(self, endpoint: str, client: Client, token: str) -> bool:
        """End a token, and its session (RFC 7009); whether that was done."""
        fields, headers = client.authenticated({"token": token})
        try:
            status, _, _ = await self._call("POST", endpoint, data=fields, headers=headers)
        except ProviderUnreachable:
            return False
        return status == 200

    async def _with_no_code(self, endpoint: str, client: Client, redirect_uri: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": secrets.token_urlsafe(24),
            "redirect_uri": redirect_uri,
            "code_verifier": secrets.token_urlsafe(32),
        }
        fields, headers = client.authenticated(form)
        status, _, body = await self._call("POST", endpoint, data=fields, headers=headers)
        error = _words(json_object(body).get("error"))
        return error or ("invalid_client" if status in {401, 403} else "")

    async def _call(self, method: str, address: str, **options: Any) -> tuple[int, str, bytes]:
        try:
            async with self._session.request(method, address, allow_redirects=False, **options) as answer:
                body = await answer.content.read(MAX_ANSWER_BYTES)
                while len(body) < MAX_ANSWER_BYTES and (more := await answer.content.read(MAX_ANSWER_BYTES)):
                    body += more
                return answer.status, answer.headers.get("location", ""), body
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            details = f"{urlsplit(address)._replace(query='').geturl()}: {type(error).__name__}"
            raise ProviderUnreachable(details=details) from error


def judged(status: int, location: str, redirect_uri: str) -> Answer:
    """What the answer to an authorization request with ``prompt=none`` means.

    Args:
        status: of HTTP.
        location: where the browser is sent; empty for nowhere.
        redirect_uri: of the request.
    """
    if 300 <= status < 400 and _leads_to(location, redirect_uri):
        parts = urlsplit(location)
        told = parse_qs(parts.query or parts.fragment)
        error = next(iter(told.get("error", [])), "")
        if not error or error in _NOBODY_SIGNED_IN:
            return Answer(Verdict.ACCEPTED, "client, redirect URI and PKCE are accepted")
        return Answer(Verdict.REFUSED, _words(error, *told.get("error_description", [])))
    if 400 <= status < 500:
        return Answer(Verdict.REFUSED, f"status {status}: the client or its redirect URI is not registered")
    return Answer(Verdict.UNCLEAR, f"status {status}, a page of the provider's own")


def _leads_to(location: str, redirect_uri: str) -> bool:
    """Whether a browser is sent back to the client."""
    try:
        sent, own = urlsplit(location), urlsplit(redirect_uri)
    except ValueError:
        return False
    return (sent.scheme, sent.netloc, sent.path) == (own.scheme, own.netloc, own.path)


def _words(*texts: Any) -> str:
    """What the provider says, fit for a report."""
    return ": ".join(text[:_MAX_SHOWN] for text in texts if isinstance(text, str) and text)
