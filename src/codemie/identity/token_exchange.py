"""A person's access token becomes one for another audience, at the provider that issued it (RFC 8693).

So a system that is told who asks gets a token that is good for nothing else.
"""

import time
from collections import OrderedDict
from hashlib import sha256

from codemie.identity.provider import GrantRefused, Provider
from codemie.kernel.errors import Unprocessable

_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - its type
_SPARE_SECONDS = 30
"""A token that ends sooner is not given out again."""
_MOST_REMEMBERED = 1000


class ExchangeRefused(Unprocessable):
    """There is no token for that audience."""

    title = "No token for the audience"


class TokenExchange:
    """Exchanges tokens at one provider, and remembers them while they last.

    Args:
        provider: that issued them.
        is_client: whether we are a client there; only such may exchange.
    """

    def __init__(self, provider: Provider, *, is_client: bool) -> None:
        self._provider = provider
        self._is_client = is_client
        self._known: OrderedDict[bytes, tuple[str, float]] = OrderedDict()

    async def __call__(self, token: str, audience: str) -> str:
        """An access token of the same person for the audience.

        Raises:
            ExchangeRefused: the provider gives out none, or we are no client of it.
            ProviderUnreachable: it does not answer.
        """
        if not self._is_client:
            raise ExchangeRefused(
                details=f"A token for '{audience}' takes a client of this platform at the identity provider.",
                help="An administrator can set identity.oidc_client_id and identity.oidc_client_secret.",
            )
        key = sha256(f"{audience}\0{token}".encode()).digest()
        known = self._known.get(key)
        if known is not None and known[1] > time.monotonic():
            return known[0]
        exchanged, seconds = await self._ask(token, audience)
        self._known[key] = exchanged, time.monotonic() + seconds - _SPARE_SECONDS
        while len(self._known) > _MOST_REMEMBERED:
            self._known.popitem(last=False)
        return exchanged

    async def _ask(self, token: str, audience: str) -> tuple[str, float]:
        """The token, and for how many seconds it is good."""
        form = {
            "grant_type": _GRANT,
            "subject_token": token,
            "subject_token_type": _ACCESS_TOKEN,
            "requested_token_type": _ACCESS_TOKEN,
            "audience": audience,
        }
        try:
            answer = await self._provider.token_request(form)
        except GrantRefused as refused:
            raise _none(audience) from refused
        exchanged, seconds = answer.get("access_token"), answer.get("expires_in")
        # One that gives back what it was sent has made no token for the audience.
        if not isinstance(exchanged, str) or not exchanged or exchanged == token:
            raise _none(audience)
        return exchanged, float(seconds) if isinstance(seconds, int | float) else 0.0


def _none(audience: str) -> ExchangeRefused:
    return ExchangeRefused(
        details=f"The identity provider gives out no token for '{audience}' in exchange for yours.",
        help="Ask an administrator to allow token exchange for this platform's client there.",
    )
