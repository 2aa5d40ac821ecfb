"""Who asks for a server's tools, and what of the request goes along to the server."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from fastapi import Request

from codemie.identity.caller import Caller
from codemie.kernel.http import resources

NEVER_PASSED_ON = frozenset(
    {"authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token", "x-internal-secret", "x-internal-token",
     "x-bind-key", "x-csrf-token", "x-real-ip"}
)  # fmt: skip
# What proxies put there: access tokens (oauth2-proxy), client certificates, addresses of people.
_PROXIES_OWN = ("x-forwarded-", "x-auth-request-", "x-amzn-", "x-goog-", "x-ms-", "x-envoy-", "x-vouch-")
_MOST_HEADERS, _LONGEST_VALUE = 32, 4096

Exchange = Callable[[str, str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Asking:
    """A caller with the parts of the request that servers may be given.

    Args:
        headers: the request's own `X-` headers.
        token: the caller's access token of the identity provider; None when there is none that others may see.
        exchange: gives, for that token and an audience, one of the audience's; None without a provider.
        origin: the address the request came to, for links back to us.
    """

    caller: Caller
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    token: str | None = field(default=None, repr=False)
    exchange: Exchange | None = field(default=None, repr=False)
    origin: str = ""


def asking(request: Request, caller: Caller) -> Asking:
    """What of this request goes along. A session token of our own never does: it would open this platform."""
    opened = resources(request)
    identity = opened.identity
    provider = identity.single_sign_on
    token = identity.authenticator.sent_token(request) if provider and not caller.token_id else None
    return Asking(
        caller,
        passed_on(request.headers.items()),
        token,
        provider.exchange if provider else None,
        public_origin(opened.settings, request),
    )


async def for_audience(asking: Asking, audience: str) -> Asking:
    """The same with a token for the audience: what is not meant for it does not go there.

    Raises:
        ExchangeRefused: the provider gives out none.
        ProviderUnreachable: it does not answer.
    """
    if asking.token is None or asking.exchange is None:
        return replace(asking, token=None)
    return replace(asking, token=await asking.exchange(asking.token, audience))


def passed_on(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The `X-` headers of a request that servers get, by lower-case name; bounded in number and length."""
    chosen: dict[str, str] = {}
    for name, value in headers:
        lowered = name.lower()
        if not lowered.startswith("x-") or lowered in NEVER_PASSED_ON or lowered.startswith(_PROXIES_OWN):
            continue
        if len(chosen) < _MOST_HEADERS and len(value) <= _LONGEST_VALUE:
            chosen[lowered] = value
    return chosen


def public_origin(settings: object, request: Request) -> str:
    """Scheme, host and port under which browsers reach us."""
    configured = settings.mcp.public_url or settings.kernel.frontend_url  # type: ignore[attr-defined]
    return str(configured or f"{request.url.scheme}://{request.url.netloc}").rstrip("/")
