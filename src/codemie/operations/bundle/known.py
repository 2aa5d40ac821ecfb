"""The secrets that this machine knows, so that they can be taken out of texts whatever they look like."""

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from codemie.kernel.telemetry import is_secret

_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/@:]*:(?P<password>[^\s/@]+)@", re.IGNORECASE)


def in_variables(environment: Mapping[str, str]) -> Iterator[str]:
    """Values of variables whose names say so, and passwords in addresses that any variable holds."""
    yield from (value for name, value in environment.items() if is_secret(name) or name.endswith("_KEY"))
    yield from in_addresses(environment.values())


def in_addresses(texts: Iterable[str]) -> Iterator[str]:
    """Passwords of addresses, as they stand there and as a program sends them: a server's log knows no `%40`."""
    for text in texts:
        for found in _PASSWORD.finditer(text):
            yield found["password"]
            yield unquote(found["password"])
