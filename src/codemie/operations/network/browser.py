"""Asking the pages of a site: one answer at a time over one address, with how long each part of the way took."""

import asyncio
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver

from codemie.checks.sources import Unobservable
from codemie.operations.network.site import Site
from codemie.operations.network.tls_checks import addresses
from codemie.plugins.diagnosis import tls
from codemie.plugins.diagnosis.dialling import Closed, connect
from codemie.plugins.diagnosis.lookup import Lookup

_MOST_BYTES = 4096
_MOST_HOPS = 8
_SIGN_IN = ("/oauth2/", "/realms/", "/auth/", "/sign-in", "/login")


class NoAnswer(Exception):
    """The connection broke, or nothing came in time; the text says which."""


@dataclass(frozen=True)
class Page:
    """An answer.

    Attributes:
        seconds: until its head was there.
        location: where it leads, in full; empty for a page.
        cookies: what it sets, as sent.
        body: its beginning.
    """

    url: str
    status: int
    seconds: float
    location: str
    headers: dict[str, str]
    cookies: tuple[str, ...] = ()
    body: bytes = b""

    @property
    def leads_to_sign_in(self) -> bool:
        """Whether it sends people to sign in."""
        return urlsplit(self.location).path.startswith(_SIGN_IN)

    @property
    def is_of_api(self) -> bool:
        """Whether the API itself answered with an error: only it writes them like this."""
        try:
            told: Any = json.loads(self.body)
            return isinstance(cast("dict[str, Any]", told)["error"]["message"], str)
        except (ValueError, KeyError, TypeError):
            return False


@dataclass(frozen=True)
class Browser:
    """Asks the site over one address, as a program without cookies."""

    site: Site
    address: str

    async def get(
        self,
        path: str = "/",
        *,
        secure: bool = True,
        headers: Mapping[str, str] | None = None,
        context: ssl.SSLContext | None = None,
    ) -> Page:
        """One answer; redirects are not followed.

        Args:
            path: with its query.
            secure: by HTTPS.
            headers: of the request.
            context: what TLS must hold; None: nothing, for a request without a secret.

        Raises:
            NoAnswer: there is none.
        """
        scheme, port = ("https", self.site.port) if secure else ("http", self.site.http_port)
        shown = f"{scheme}://{self.site.name}{'' if port in {80, 443} else f':{port}'}{path}"
        accepted = (context or tls.permissive(self.site.options)) if secure else True
        connector = aiohttp.TCPConnector(resolver=_Fixed(self.address), force_close=True)
        timeout = aiohttp.ClientTimeout(total=self.site.seconds)
        begun = time.monotonic()
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
                session.get(shown, allow_redirects=False, headers=headers, ssl=accepted) as answer,
            ):
                seconds = time.monotonic() - begun
                location = answer.headers.get("location", "")
                return Page(
                    url=shown,
                    status=answer.status,
                    seconds=seconds,
                    location=urljoin(shown, location) if location else "",
                    headers={name.lower(): value for name, value in answer.headers.items()},
                    cookies=tuple(answer.headers.getall("set-cookie", ())),
                    body=await answer.content.read(_MOST_BYTES),
                )
        except TimeoutError as error:
            raise NoAnswer(f"no answer within {self.site.seconds:g} s") from error
        except (OSError, aiohttp.ClientError, ValueError) as error:
            raise NoAnswer(type(error).__name__) from error

    async def followed(self, path: str) -> list[Page]:
        """The answer, and those that it leads to, as long as they are of this site; the last may lead on.

        Raises:
            NoAnswer: one of them is missing.
        """
        secure = not self.site.is_plain
        hops = [await self.get(path, secure=secure)]
        while hops[-1].location and len(hops) < _MOST_HOPS:
            parts, here = urlsplit(hops[-1].location), urlsplit(hops[-1].url)
            if (parts.scheme, parts.hostname, parts.port) != (here.scheme, here.hostname, here.port):
                break
            hops.append(await self.get(parts._replace(scheme="", netloc="", fragment="").geturl(), secure=secure))
        return hops

    async def paces(self, path: str) -> dict[str, float]:
        """Seconds that each part of a fresh request takes; empty where it breaks off."""
        site, paces, begun = self.site, dict[str, float](), time.monotonic()

        def passed(part: str) -> None:
            nonlocal begun
            now = time.monotonic()
            paces[part], begun = now - begun, now

        try:
            async with asyncio.timeout(site.seconds):
                link = await connect(self.address, site.http_port if site.is_plain else site.port)
                try:
                    passed("tcp")
                    if not site.is_plain:
                        await link.secure(tls.permissive(site.options), site.name)
                        passed("tls")
                    await link.write(f"GET {path} HTTP/1.1\r\nHost: {site.name}\r\nConnection: close\r\n\r\n".encode())
                    await link.read_some()
                    passed("first byte")
                finally:
                    await link.close()
        except (OSError, Closed):
            # That it breaks off is what the page itself is judged by. Out of time and refused by TLS are OSErrors.
            return {}
        return paces


class _Fixed(AbstractResolver):
    """Leads every name to the one address that was found to answer."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[Any]:
        return [{"hostname": host, "host": self._address, "port": port, "family": family, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        """Nothing is held."""


async def browser(site: Site, lookup: Lookup) -> Browser:
    """One that asks an address which answers.

    Raises:
        Unobservable: none does.
    """
    port = site.http_port if site.is_plain else site.port
    await site.reach(await addresses(site, lookup), port)
    address = site.answering(port)
    if address is None:
        raise Unobservable("Nobody answers at the port", "See net.path")
    return Browser(site, address)
