"""Is an image at its registry? Asked as a container runtime asks, without credentials.

The questions are those of the OCI distribution specification, the token's those of its common extension
(distribution.github.io/distribution/spec/auth/token).
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from codemie.checks.sources import Unobservable

if TYPE_CHECKING:
    import aiohttp

_HUB, _HUB_HOST = "docker.io", "registry-1.docker.io"
_LOOPBACK = re.compile(r"^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$")
_KINDS = (
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
)
_FIELD = re.compile(r'(\w+)="([^"]*)"')
_SECONDS = 10.0


class Found(StrEnum):
    """What the registry says."""

    THERE = "there"
    MISSING = "not there"
    CLOSED = "wants a login"


@dataclass(frozen=True)
class Image:
    """An image by its parts.

    Attributes:
        registry: host, with a port where it has one; a mirror may have a path behind it.
        reference: tag or digest.
    """

    registry: str
    repository: str
    reference: str

    @property
    def name(self) -> str:
        """As people write it."""
        return f"{self.registry}/{self.repository}{'@' if ':' in self.reference else ':'}{self.reference}"

    @property
    def address(self) -> str:
        """Where its manifest is."""
        host, _, path = self.registry.partition("/")
        scheme = "http" if _LOOPBACK.match(host) else "https"
        repository = f"{path}/{self.repository}" if path else self.repository
        return f"{scheme}://{_HUB_HOST if host == _HUB else host}/v2/{repository}/manifests/{self.reference}"


async def find(image: Image) -> Found:
    """Ask the registry.

    Raises:
        Unobservable: nobody answers, or not as a registry does.
    """
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as session:
            status, challenge = await _ask(session, image, "")
            if status == 401 and (token := await _token(session, challenge)):
                status, _ = await _ask(session, image, token)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise Unobservable(
            f"The registry {image.registry} does not answer: {type(error).__name__}",
            "It counts what the nodes of the cluster reach, not what this machine does",
        ) from error
    if status == 200:
        return Found.THERE
    if status in {401, 403}:
        return Found.CLOSED
    if status == 404:
        return Found.MISSING
    raise Unobservable(f"The registry {image.registry} answers {status}", "Try it again in a while")


async def _ask(session: "aiohttp.ClientSession", image: Image, token: str) -> tuple[int, str]:
    """Status, and what it asks for."""
    headers = {"Accept": _KINDS, **({"Authorization": f"Bearer {token}"} if token else {})}
    async with session.head(image.address, headers=headers) as answer:
        return answer.status, answer.headers.get("WWW-Authenticate", "")


async def _token(session: "aiohttp.ClientSession", challenge: str) -> str:
    """The token that everybody gets; empty where nobody does."""
    fields = dict(_FIELD.findall(challenge))
    if not challenge.lower().startswith("bearer") or not fields.get("realm", "").startswith(("https://", "http://")):
        return ""
    asked = {name: fields[name] for name in ("service", "scope") if name in fields}
    async with session.get(fields["realm"], params=asked) as answer:
        told = await answer.json(content_type=None) if answer.status == 200 else {}
    return str(told.get("token") or told.get("access_token") or "")
