"""Where does an https repository really live?

Hosts redirect (`/group/name` to `/group/name.git`, renamed projects). Git would follow such a redirect to any address;
so we follow it here, each hop checked by the egress policy, and Git is told the final address and to follow nothing.
A credential goes along to hops of its own origin, to no other.
"""

import socket
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from codemie.integrations.git_access import GitAccess
from codemie.kernel.egress import EgressPolicy
from codemie.knowledge.sources.address import RepositoryAddress
from codemie.knowledge.sources.git_problems import NotARepository, Unauthorised, Unreachable, refused

_ADVERTISEMENT = "application/x-git-upload-pack-advertisement"
_SUFFIX = "/info/refs"
_MAX_HOPS = 5
_NO_PUBLIC = "public Git repository at this address"


class _CheckedResolver(AbstractResolver):
    """Resolves through the egress policy, so the connection goes to an address that was checked."""

    def __init__(self, policy: EgressPolicy) -> None:
        self._policy = policy

    async def resolve(  # every family is asked for: the policy judges them all
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - the base class's signature
    ) -> list[ResolveResult]:
        found = await self._policy.resolve(host, port)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        """Nothing is held."""


async def settle(
    address: RepositoryAddress, egress: EgressPolicy, *, seconds: float, access: GitAccess | None = None
) -> RepositoryAddress:
    """Follow redirects of an http(s) repository and return its final address; other addresses come back unchanged.

    Raises Unreachable, Unauthorised, NotARepository, the egress policy's AddressRefused, or NoCertificate.
    """
    if address.scheme not in {"https", "http"}:
        return address
    timeout = aiohttp.ClientTimeout(total=seconds)
    connector = aiohttp.TCPConnector(resolver=_CheckedResolver(egress), use_dns_cache=False)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as http:
        for _ in range(_MAX_HOPS):
            moved = await _visit(http, address, egress, access)
            if moved is None:
                return address
            address = moved
    raise Unreachable("The repository's host keeps redirecting")


async def _visit(
    http: aiohttp.ClientSession, address: RepositoryAddress, egress: EgressPolicy, access: GitAccess | None
) -> RepositoryAddress | None:
    # A literal address skips the resolver, so the policy is asked here as well.
    await egress.resolve(address.host, address.port)
    url = f"{address.url.rstrip('/')}{_SUFFIX}"
    signed_in = access is not None and access.is_for(url)
    sent: dict[str, Any] = {}
    if access is not None and signed_in:
        sent = {"headers": {"Authorization": access.authorization}, "ssl": access.trust()}
    query = {"service": "git-upload-pack"}
    try:
        async with http.get(url, params=query, allow_redirects=False, **sent) as answer:
            return _judge(address, answer, access, signed_in=signed_in)
    except TimeoutError as error:
        raise Unreachable(f"{address.host} does not answer") from error
    except aiohttp.ClientSSLError as error:
        raise Unreachable(f"The TLS certificate of {address.host} could not be verified") from error
    except aiohttp.ClientError as error:
        raise Unreachable(f"{address.host} does not answer", details=type(error).__name__) from error


def _judge(
    address: RepositoryAddress, answer: Any, access: GitAccess | None, *, signed_in: bool
) -> RepositoryAddress | None:
    if answer.status in {301, 302, 303, 307, 308}:
        target = str(answer.headers.get("Location", "")).partition("?")[0]
        if target.startswith("/"):
            target = str(answer.url.origin()) + target
        if not target.endswith(_SUFFIX):
            if signed_in:
                raise refused(signed_in=True)
            raise Unauthorised("The repository is behind a sign-in page: it is private, or does not exist")
        return address.at(target.removesuffix(_SUFFIX))
    # Azure DevOps answers a token it does not know with its sign-in page and 203.
    if answer.status in {203, 401, 403, 407}:
        raise refused(signed_in=signed_in, elsewhere=access is not None)
    if answer.status in {404, 410}:
        which = "Git repository at this address that the integration may read" if signed_in else _NO_PUBLIC
        raise NotARepository(f"There is no {which}")
    if answer.status >= 400:
        raise Unreachable(f"{address.host} answered with status {answer.status}")
    if answer.headers.get("Content-Type", "").partition(";")[0] != _ADVERTISEMENT:
        raise NotARepository("The address answers, but not as a Git repository")
    return None
