"""A client of registries: manifests and blobs, out of one and into another, every digest looked at.

The questions are those of the OCI distribution specification (github.com/opencontainers/distribution-spec), the token's
those of its common extension (distribution.github.io/distribution/spec/auth/token).
"""

import base64
import hashlib
import json
import re
from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import aiohttp

from codemie.operations.registry.failures import Denied, LoginWanted, Missing, RegistryFailed
from codemie.operations.registry.logins import Logins
from codemie.operations.registry.names import Image
from codemie.plugins.diagnosis.dialling import reason

INDEXES = frozenset(
    {"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"}
)
MANIFESTS = frozenset(
    {"application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"}
)
MOST_MANIFEST = 4 * 2**20
"""Bytes; what the distribution specification asks registries to take."""
BLOCK = 2**18
_FIELD = re.compile(r'(\w+)="([^"]*)"')
_QUIET_SECONDS, _CONNECT_SECONDS = 60.0, 10.0


@dataclass(frozen=True)
class Document:
    """A manifest or an index, exactly as the registry keeps it."""

    content: bytes
    kind: str

    @classmethod
    def of(cls, content: bytes) -> Self:
        """A document whose type only itself tells; one that does not is the manifest of an image."""
        return cls(content, _kind_in(content) or "application/vnd.oci.image.manifest.v1+json")

    @property
    def digest(self) -> str:
        """By which it is named."""
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"

    @property
    def data(self) -> dict[str, Any]:
        """What it says."""
        return json.loads(self.content)


class Registries:
    """All registries, spoken to with the logins of this machine; tokens are kept for as long as it is open.

    Use `opened`.
    """

    def __init__(self, session: aiohttp.ClientSession, logins: Logins) -> None:
        self._session = session
        self._logins = logins
        self._rights: dict[tuple[str, str], str] = {}

    def knows_login(self, image: Image) -> bool:
        """Whether there is a login for the image's registry."""
        return image.host in self._logins

    async def document(self, image: Image, digest: str = "") -> Document:
        """The manifest or index of an image, or what one of its digests names.

        Raises:
            RegistryFailed: see its kinds; also where the content is not what the digest says.
        """
        wanted = digest or image.reference
        headers = {"Accept": ", ".join(sorted(INDEXES | MANIFESTS))}
        async with self._asked("GET", image, f"/manifests/{wanted}", headers=headers) as answer:
            content = await _at_most(answer, MOST_MANIFEST)
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip()
        found = Document(content, kind or _kind_in(content))
        if found.kind not in INDEXES | MANIFESTS:
            raise RegistryFailed(f"{image.name} is no image: it is a {found.kind or 'document without a type'}")
        if wanted.startswith("sha256:") and found.digest != wanted:
            raise RegistryFailed(f"{image.host} gives another content for {wanted}")
        return found

    @asynccontextmanager
    async def blob(self, image: Image, digest: str, start: int = 0) -> AsyncGenerator[tuple[int, AsyncIterable[bytes]]]:
        """The content of a blob from a byte on; gives where it begins indeed, for not every registry can continue.

        Raises:
            RegistryFailed: as above.
        """
        headers = {"Range": f"bytes={start}-"} if start else {}
        async with self._asked("GET", image, f"/blobs/{digest}", headers=headers) as answer:
            yield (start if answer.status == 206 else 0), answer.content.iter_chunked(BLOCK)

    async def has_blob(self, image: Image, digest: str) -> bool:
        """Whether the repository has it."""
        try:
            async with self._asked("HEAD", image, f"/blobs/{digest}"):
                return True
        except Missing:
            return False

    async def put_blob(self, image: Image, digest: str, size: int, content: AsyncIterable[bytes]) -> None:
        """Upload a blob in one piece; the registry compares it with its digest.

        Raises:
            RegistryFailed: it does not take it.
        """
        async with self._asked("POST", image, "/blobs/uploads/") as answer:
            place = answer.headers.get("Location", "")
        if not place:
            raise RegistryFailed(f"{image.host} does not say where to upload to")
        target = urljoin(f"{image.root}/blobs/uploads/", place)
        target += f"{'&' if urlsplit(target).query else '?'}digest={digest}"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        # No second attempt: the content is read from a stream, and the rights are those that the POST just got.
        headers |= self._right(image, "POST") if urlsplit(target).netloc == urlsplit(image.root).netloc else {}
        async with _told(image), self._session.put(target, data=content, headers=headers) as answer:
            await _refuse(answer, image)

    async def put_document(self, image: Image, document: Document, reference: str = "") -> None:
        """Give the repository a manifest or an index, below the image's tag or another reference.

        Raises:
            RegistryFailed: it does not take it.
        """
        path = f"/manifests/{reference or image.reference}"
        headers = {"Content-Type": document.kind}
        async with self._asked("PUT", image, path, headers=headers, data=document.content):
            return

    @asynccontextmanager
    async def _asked(
        self,
        method: str,
        image: Image,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        """Ask with the right that is known, and once more with a new one where it does not do."""
        async with _told(image):
            for is_last in (False, True):
                sent = {**(headers or {}), **self._right(image, method)}
                async with self._session.request(method, f"{image.root}{path}", headers=sent, data=data) as answer:
                    challenge = answer.headers.get("WWW-Authenticate", "")
                    if answer.status == 401 and not is_last and await self._admitted(image, method, challenge):
                        continue
                    await _refuse(answer, image)
                    yield answer
                    return

    def _right(self, image: Image, method: str) -> dict[str, str]:
        known = self._rights.get((image.root, _need(method)))
        return {"Authorization": known} if known else {}

    async def _admitted(self, image: Image, method: str, challenge: str) -> bool:
        """Whether there is another right to try: the login itself, or the token that it or everybody gets."""
        login = self._logins.get(image.host, "")
        basic = f"Basic {base64.b64encode(login.encode()).decode()}" if login else ""
        right = basic
        if challenge.lower().startswith("bearer"):
            token = await self._token(dict(_FIELD.findall(challenge)), basic)
            right = f"Bearer {token}" if token else ""
        key = (image.root, _need(method))
        if not right or self._rights.get(key) == right:
            return False
        self._rights[key] = right
        return True

    async def _token(self, fields: Mapping[str, str], basic: str) -> str:
        """The token for what is asked; empty where nobody gives one."""
        realm = urlsplit(fields.get("realm", ""))
        is_here = realm.hostname in {"localhost", "127.0.0.1"}
        if realm.scheme != "https" and not (realm.scheme == "http" and is_here):
            return ""
        asked = {name: fields[name] for name in ("service", "scope") if name in fields}
        headers = {"Authorization": basic} if basic else {}
        async with self._session.get(fields["realm"], params=asked, headers=headers) as answer:
            told = await answer.json(content_type=None) if answer.status == 200 else {}
        return str(told.get("token") or told.get("access_token") or "")


@asynccontextmanager
async def opened(logins: Logins) -> AsyncGenerator[Registries]:
    """Speak to registries; proxies of the environment are used."""
    # Layers are large: what counts is that something still comes, not how long it takes together.
    timeout = aiohttp.ClientTimeout(sock_connect=_CONNECT_SECONDS, sock_read=_QUIET_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as session:
        yield Registries(session, logins)


def _need(method: str) -> str:
    return "pull" if method in {"GET", "HEAD"} else "push"


@asynccontextmanager
async def _told(image: Image) -> AsyncGenerator[None]:
    """What the network does, told as a failure of the registry."""
    try:
        yield
    except (aiohttp.ClientError, TimeoutError, ConnectionError, ValueError) as error:
        raise RegistryFailed(f"The registry {image.host} does not answer: {_why(error)}") from error


def _why(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name is not found from here"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not trusted here"
    return reason(error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error)


async def _refuse(answer: aiohttp.ClientResponse, image: Image) -> None:
    if answer.status < 300:
        return
    if answer.status == 401:
        raise LoginWanted(f"The registry {image.host} wants a login for {image.name}, or another one")
    if answer.status == 403:
        raise Denied(f"The login may not use {image.name} at {image.host}")
    if answer.status == 404:
        raise Missing(f"{image.name} is not there")
    said = (await answer.content.read(300)).decode(errors="replace")
    clean = "".join(letter for letter in said if letter.isprintable())
    raise RegistryFailed(f"The registry {image.host} answers {answer.status} {clean}".rstrip())


async def _at_most(answer: aiohttp.ClientResponse, most: int) -> bytes:
    content = b""
    async for block in answer.content.iter_chunked(BLOCK):
        content += block
        if len(content) > most:
            raise RegistryFailed(f"A manifest of more than {most} bytes is none")
    return content


def _kind_in(content: bytes) -> str:
    """Of a document that was sent without its type, as old registries do."""
    data = json.loads(content)
    return str(data.get("mediaType", "")) if isinstance(data, dict) else ""
