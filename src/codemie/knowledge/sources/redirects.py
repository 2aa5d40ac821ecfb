"""Where does an https repository really live?

Hosts redirect (`/group/name` to `/group/name.git`, renamed projects). Git would follow such a redirect to any address;
so we follow it here, each hop checked by the egress policy, and Git is told the final address and to follow nothing.
"""

import socket
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from codemie.kernel.egress import EgressPolicy
from codemie.knowledge.sources.address import RepositoryAddress
from codemie.knowledge.sources.git_problems import NotARepository, Unauthorised, Unreachable

_ADVERTISEMENT = "application/x-git-upload-pack-advertisement"
_SUFFIX = "/info/refs"
_MAX_HOPS = 5


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


async def settle(address: RepositoryAddress, egress: EgressPolicy, *, seconds: float) -> RepositoryAddress:
    """Follow redirects of an http(s) repository and return its final address; other addresses come back unchanged.

    Raises Unreachable, Unauthorised, NotARepository or the egress policy's AddressRefused.
    """
    if address.scheme not in {"https", "http"}:
        return address
    timeout = aiohttp.ClientTimeout(total=seconds)
    connector = aiohttp.TCPConnector(resolver=_CheckedResolver(egress), use_dns_cache=False)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as http:
        for _ in range(_MAX_HOPS):
            moved = await _visit(http, address, egress)
            if moved is None:
                return address
            address = moved
    raise Unreachable("The repository's host keeps redirecting")


async def _visit(
    http: aiohttp.ClientSession, address: RepositoryAddress, egress: EgressPolicy
) -> RepositoryAddress | None:
    # A literal address skips the resolver, so the policy is asked here as well.
    await egress.resolve(address.host, address.port)
    url = f"{address.url.rstrip('/')}{_SUFFIX}"
    try:
        async with http.get(url, params={"service": "git-upload-pack"}, allow_redirects=False) as answer:
            return _judge(address, answer)
    except TimeoutError as error:
        raise Unreachable(f"{address.host} does not answer") from error
    except aiohttp.ClientSSLError as error:
        raise Unreachable(f"The TLS certificate of {address.host} could not be verified") from error
    except aiohttp.ClientError as error:
        raise Unreachable(f"{address.host} does not answer", details=type(error).__name__) from error


def _judge(address: RepositoryAddress, answer: Any) -> RepositoryAddress | None:
    if answer.status in {301, 302, 303, 307, 308}:
        target = str(answer.headers.get("Location", "")).partition("?")[0]
        if target.startswith("/"):
            target = str(answer.url.origin()) + target
        if not target.endswith(_SUFFIX):
            raise Unauthorised("The repository is behind a sign-in page: it is private, or does not exist")
        return address.at(target.removesuffix(_SUFFIX))
    if answer.status in {401, 403, 407}:
        raise Unauthorised("The repository wants credentials: it is private, or does not exist")
    if answer.status in {404, 410}:
        raise NotARepository("There is no public Git repository at this address")
    if answer.status >= 400:
        raise Unreachable(f"{address.host} answered with status {answer.status}")
    if answer.headers.get("Content-Type", "").partition(";")[0] != _ADVERTISEMENT:
        raise NotARepository("The address answers, but not as a Git repository")
    return None
