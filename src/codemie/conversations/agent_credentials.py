"""Credentials of type A2A: how an agent on another server knows who asks.

Whoever may use a credential also says, with an agent's card, where requests go. So one of this type names the address
it is for, and is sent to that origin alone, whatever a card or a redirect says.
"""

import asyncio
import base64
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any

import httpx2

from codemie.assistants.assembly import Definition
from codemie.assistants.toolkit_tools import lender_of
from codemie.identity.caller import Caller
from codemie.integrations.origins import origin_of
from codemie.integrations.resolution import Lender, Wanted, take
from codemie.kernel.errors import InvalidInput
from codemie.toolkits.runtime import Workbench

_TYPE = "A2A"
_TITLE = "The credential of the agent cannot be used"
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}\Z")
_FORBIDDEN = frozenset({"host", "content-length", "transfer-encoding", "connection"})

Sign = Callable[[httpx2.Request], None]
Authorise = Callable[[], Awaitable[httpx2.Auth]]
ANONYMOUS = httpx2.Auth()


class BoundAuth(httpx2.Auth):
    """Signs requests to one origin; others leave without a credential.

    Args:
        home: address whose origin it is.
        sign: puts the credential into a request.
    """

    def __init__(self, home: str, sign: Sign) -> None:
        self._origin = origin_of(home)
        self._sign = sign

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        if origin_of(str(request.url)) == self._origin:
            # Reading what AWS's signature needs takes tens of milliseconds the first time.
            await asyncio.to_thread(self._sign, request)
        yield request


async def authorisation(
    bench: Workbench, caller: Caller, project: str, integration_id: str, address: str, lender: Lender | None = None
) -> httpx2.Auth:
    """What signs requests to the agent at `address`; the use of the credential is in the audit log.

    Raises:
        NoCredential, NotFound, AccessDenied: see `integrations.resolution.take`.
        InvalidInput: 400, the credential is not for this address, or lacks something.
    """

    def fits(values: Mapping[str, Any]) -> int:
        return int(origin_of(str(values.get("url") or "")) == origin_of(address))

    wanted = Wanted(
        _TYPE,
        project,
        tool="remote agent",
        purpose="agent on another server",
        named=None if lender else integration_id,
        pinned=integration_id if lender else None,
        lender=lender,
        fit=fits,
    )
    values = (await take(bench.database, bench.vault, caller, wanted)).values
    if not fits(values):
        raise InvalidInput(
            _TITLE,
            details=f"It is for {values.get('url') or 'no address'}, the agent is at {address}.",
            help="Give the integration the address of the agent; its credential goes there and nowhere else.",
        )
    return BoundAuth(address, _signing(values))


def of_assistant(bench: Workbench, caller: Caller, definition: Definition) -> Authorise:
    """Finds the credential that the assistant's card names, anew for each question."""
    card = definition.card or {}

    async def authorise() -> httpx2.Auth:
        named = card.get("integration_id")
        if not named:
            return ANONYMOUS
        address, lender = str(card.get("url")), lender_of(definition)
        return await authorisation(bench, caller, definition.project, str(named), address, lender)

    return authorise


def _signing(values: Mapping[str, Any]) -> Sign:
    kind = str(values.get("auth_type") or "bearer").lower()
    if kind not in _SIGNING:
        raise InvalidInput(_TITLE, details=f"There is no way to sign in called '{kind[:50]}'.", help=_KINDS)
    return _SIGNING[kind](values)


def _bearer(values: Mapping[str, Any]) -> Sign:
    (token,) = _need(values, "auth_value")
    return lambda request: request.headers.update({"Authorization": f"Bearer {token}"})


def _basic(values: Mapping[str, Any]) -> Sign:
    name, password = _need(values, "username", "password")
    encoded = base64.b64encode(f"{name}:{password}".encode()).decode()
    return lambda request: request.headers.update({"Authorization": f"Basic {encoded}"})


def _api_key(values: Mapping[str, Any]) -> Sign:
    (key,) = _need(values, "auth_value")
    header = str(values.get("header_name") or "X-API-Key")
    if not _HEADER.match(header) or header.lower() in _FORBIDDEN:
        raise InvalidInput(_TITLE, details=f"'{header[:100]}' cannot be the header of a key.")
    return lambda request: request.headers.update({header: key})


def _aws(values: Mapping[str, Any]) -> Sign:
    """Signature version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html."""
    region, key, secret, service = _need(
        values, "aws_region", "aws_access_key_id", "aws_secret_access_key", "aws_service_name"
    )

    def sign(request: httpx2.Request) -> None:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        kept = {name: value for name, value in request.headers.items() if name in ("content-type", "accept")}
        signed = AWSRequest(request.method, str(request.url), data=request.content, headers=kept)
        token = str(values.get("aws_session_token") or "") or None
        SigV4Auth(Credentials(key, secret, token), service, region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))

    return sign


_SIGNING: dict[str, Callable[[Mapping[str, Any]], Sign]] = {
    "bearer": _bearer,
    "basic": _basic,
    "apikey": _api_key,
    "aws_signature": _aws,
}
_KINDS = f"It is one of: {', '.join(_SIGNING)}."


def _need(values: Mapping[str, Any], *keys: str) -> tuple[str, ...]:
    missing = [key for key in keys if not values.get(key)]
    if missing:
        raise InvalidInput(_TITLE, details=f"The integration has no {' and no '.join(missing)}.")
    return tuple(str(values[key]).strip() for key in keys)
