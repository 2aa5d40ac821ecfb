"""`codemiectl net …`: one address, looked at from here."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from codemie.checks.check import Check
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.kernel.errors import InvalidInput
from codemie.operations.network import dns_checks, http_checks, proxy_checks, stapling, tls_checks
from codemie.operations.network.site import Site
from codemie.plugins.diagnosis import hosts_file
from codemie.plugins.diagnosis.lookup import Lookup

if TYPE_CHECKING:
    from codemie.checks.report import Report

WAYS: dict[str, tuple[Check, ...]] = {
    "dns": dns_checks.CHECKS,
    "tcp": (dns_checks.resolver, dns_checks.records, tls_checks.path),
    "tls": (dns_checks.resolver, dns_checks.records, *tls_checks.CHECKS, *stapling.CHECKS),
    "domain": (*dns_checks.CHECKS, *tls_checks.CHECKS, *stapling.CHECKS, *http_checks.CHECKS, *proxy_checks.CHECKS),
    "http": (dns_checks.resolver, dns_checks.records, *tls_checks.CHECKS, http_checks.page, http_checks.plain),
}
"""Command → what it looks at."""
_PLAIN = (dns_checks.resolver, dns_checks.records, tls_checks.path, replace(http_checks.page, needs=("net.path",)))
"""The same of a page that is asked by plain HTTP."""
_TOKEN = "CODEMIE_TOKEN"  # noqa: S105 - the name of a variable
_MARGIN = 2.0
"""Seconds that a check has left to say that an answer did not come."""


@dataclass(frozen=True)
class Asked:
    """Where to look, as it was typed."""

    way: str
    place: str
    sni: str | None = None
    ca: Path | None = None
    resolver: str | None = None
    target: tuple[str, ...] = ()

    async def examine(self, options: Options) -> "Report":
        """Look, and report.

        Raises:
            InvalidInput: the place is none.
        """
        site, lookup = self.site(), lookup_at(self.resolver, options.timeout)
        site.seconds = max(options.timeout - _MARGIN, options.timeout / 2)
        if self.way == "domain":
            site.token = os.environ.get(_TOKEN, "")
            options = replace(options, secrets=(*options.secrets, site.token)) if site.token else options
        sources = Sources().offer(Site, site).offer(Lookup, lookup)
        command = "doctor" if self.way == "domain" else f"net {self.way}"
        checks = _PLAIN if site.is_plain else WAYS[self.way]
        return await run(command, checks, sources, options, place=self.place)

    def site(self) -> Site:
        """The place in its parts: a name, `host:port` or an address of a page.

        Raises:
            InvalidInput: it is none of them.
        """
        parts = urlsplit(self.place if "://" in self.place else f"https://{self.place}")
        try:
            port = parts.port or (80 if parts.scheme == "http" else 443)
        except ValueError:
            port = 0
        if not parts.hostname or not port:
            raise InvalidInput(f"{self.place!r} names no host", help="Write ai.example.org, or ai.example.org:8443")
        if "://" in self.place and parts.scheme not in {"http", "https"}:
            raise InvalidInput(f"{self.place!r} is no address of a page", help="Write https://ai.example.org")
        _refuse_no_name(parts.hostname)
        is_plain = self.way == "http" and parts.scheme == "http"
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}" if self.way == "http" else "/"
        return Site(
            parts.hostname,
            port,
            port if is_plain else 80,
            sni=self.sni,
            ca=self.ca,
            expected=self.target,
            path=path,
            is_plain=is_plain,
            wants_nats=self.way == "tls" and port != 443,
        )


def _refuse_no_name(host: str) -> None:
    """Raises InvalidInput for what no DNS server can be asked about (RFC 1035 §2.3.4)."""
    import dns.exception
    import dns.name

    try:
        dns.name.from_text(host)
    except (dns.exception.DNSException, UnicodeError) as error:
        raise InvalidInput(
            f"{host!r} is no name: {type(error).__name__}", help="Labels of 1 to 63 letters, with dots between"
        ) from error


def lookup_at(resolver: str | None, timeout: float) -> Lookup:
    """A lookup that asks this resolver, `address` or `address:port`; None: this machine's.

    Raises:
        InvalidInput: it is no address.
    """
    seconds = min(timeout / 2, 3.0)
    if resolver is None:
        return Lookup(timeout=seconds, hosts=hosts_file.names())
    parts = urlsplit(f"//{resolver}" if resolver.count(":") <= 1 or "[" in resolver else f"//[{resolver}]")
    try:
        port = parts.port or 53
    except ValueError:
        port = 0
    if not parts.hostname or not port:
        raise InvalidInput(f"{resolver!r} is no resolver", help="Write its address, such as 10.0.0.2 or 10.0.0.2:5353")
    return Lookup((parts.hostname,), port, seconds)
