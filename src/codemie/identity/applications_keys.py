"""The public keys of authorized applications, from files or over https."""

import asyncio
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass

import httpx2
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from codemie.identity.applications_file import Application
from codemie.kernel.egress import EgressPolicy
from codemie.kernel.egress_http import guarded_client
from codemie.kernel.errors import CodeMieError, Unavailable
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

MAX_BYTES = 65_536
FRESH_SECONDS = 300.0
RETRY_SECONDS = 5.0
"""A flood of tokens causes at most one look at a key server that is away in this time."""

_MIN_RSA_BITS = 2048


@dataclass(slots=True)
class _Held:
    key: Key | None = None
    next_look: float = float("-inf")


def key_client(domains: tuple[str, ...]) -> httpx2.AsyncClient:
    """Reaches public hosts, and those the operator listed by name."""
    policy = EgressPolicy.of(domains, "identity.applications_key_domains")
    return guarded_client(policy, headers={}, timeout=httpx2.Timeout(5), max_bytes=MAX_BYTES)


class ApplicationKeys:
    """Keys by application, looked at anew after five minutes; an old one serves while no new one is to be had.

    Args:
        client: fetches them; see ``key_client``.
    """

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        self._held: defaultdict[str, _Held] = defaultdict(_Held)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, application: Application) -> Key:
        """The key that checks the application's signatures.

        Raises:
            Unavailable: it was never seen.
        """
        held = self._held[application.name]
        if time.monotonic() >= held.next_look:
            async with self._locks[application.name]:
                if time.monotonic() >= held.next_look:
                    await self._look(application, held)
        if held.key is None:
            raise Unavailable(f"The public key of the application '{application.name}' cannot be had", retry_after=5)
        return held.key

    async def _look(self, application: Application, held: _Held) -> None:
        try:
            held.key = parse(await self._read(application))
        except (OSError, ValueError, httpx2.HTTPError, CodeMieError) as error:
            held.next_look = time.monotonic() + RETRY_SECONDS
            log.warning("application_key_not_read", application=application.name, reason=str(error)[:200])
        else:
            held.next_look = time.monotonic() + FRESH_SECONDS

    async def _read(self, application: Application) -> bytes:
        if application.public_key_path is not None:
            return await asyncio.to_thread(application.public_key_path.read_bytes)
        # The protocol's key servers want an id for their logs.
        answer = await self._client.get(application.public_key_url or "", params={"request_id": str(uuid.uuid4())})
        answer.raise_for_status()
        return answer.content

    async def close(self) -> None:
        """End the connections."""
        await self._client.aclose()


def parse(pem: bytes) -> Key:
    """A public key in PEM. Raises ValueError for anything else, and for RSA keys that are too short."""
    try:
        public = load_pem_public_key(pem)
        if isinstance(public, RSAPublicKey):
            if public.key_size < _MIN_RSA_BITS:
                raise ValueError(f"the RSA key has fewer than {_MIN_RSA_BITS} bits")
            return RSAKey.import_key(pem)
        kind = ECKey if type(public).__name__.startswith("EC") else OKPKey
        return kind.import_key(pem)
    except (UnsupportedAlgorithm, JoseError, TypeError, KeyError, AttributeError) as error:
        raise ValueError("it is no public key of a kind that signs tokens") from error
