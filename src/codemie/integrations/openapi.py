"""An OpenAPI document as an integration has it: reading it, the servers it names, and how they are signed in to.

OpenAPI 3.0 and 3.1 (https://spec.openapis.org/oas/) and Swagger 2.0, as JSON or YAML. Whoever wrote the document is not
trusted: its size and depth are bounded, and nothing it refers to elsewhere is fetched.
"""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

import yaml

from codemie.integrations.catalogue import NO_URL
from codemie.kernel.documents import refuse_deep
from codemie.kernel.errors import InvalidInput

Json = dict[str, Any]
Values = Mapping[str, Any]

MOST_CHARACTERS = 4 * 2**20
_MOST_NODES = 500_000
_DEEPEST = 100
_MOST_SERVERS = 10
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NoDocument(InvalidInput):
    """It cannot be read as an OpenAPI document."""

    title = "The OpenAPI document cannot be used"


def mapping(value: Any) -> Json:
    """The value if it is an object, otherwise an empty one: documents are not always what they should be."""
    return cast("Json", value) if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """The value if it is a list, otherwise an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def address(values: Values) -> str | None:
    """Where the document is, if the integration has its address instead of its text."""
    given = str(values.get("openapi_spec") or "").strip()
    return given if given.startswith(("https://", "http://")) and not any(map(str.isspace, given)) else None


def read(text: str) -> Json:
    """The document, with nothing in it but what JSON has.

    Raises:
        NoDocument: it is too long, too deep, or none.
    """
    if len(text) > MOST_CHARACTERS:
        raise NoDocument(details=f"It is longer than {MOST_CHARACTERS // 2**20} MB.", help="Keep what is needed of it.")
    try:
        data = _parsed(text.lstrip("\ufeff"))
        plain = _Plain().of(data, 0)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        deep = isinstance(error, RecursionError)
        reason = "it is nested too deeply" if deep else str(error).partition("\n")[0][:200]
        raise NoDocument(details=f"It is neither JSON nor YAML: {reason}.", help="Paste all of it.") from error
    document = mapping(plain)
    if not (str(document.get("openapi", "")).startswith("3.") or str(document.get("swagger", "")) == "2.0"):
        raise NoDocument(
            details="It says neither openapi: 3.x nor swagger: 2.0.",
            help="Give the document itself, not the page that shows it.",
        )
    return document


def _parsed(text: str) -> Any:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError:
            pass  # braces begin a document of YAML as well
    refuse_deep(text)
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe one


class _Plain:
    """Makes a tree of what may be a web: an alias in YAML repeats what it stands for, and may do so without end."""

    def __init__(self) -> None:
        self._left = _MOST_NODES

    def of(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise ValueError("it has too many parts")
        if isinstance(value, list):
            return [self.of(item, depth + 1) for item in cast("list[Any]", value)]
        if isinstance(value, dict):
            return {str(key): self.of(item, depth + 1) for key, item in cast("dict[Any, Any]", value).items()}
        if isinstance(value, date):
            return value.isoformat()
        return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def servers(document: Json, values: Values) -> tuple[str, ...]:
    """The addresses that requests may go to, the usual one first.

    A document that names none is where its servers are. An integration's own address is what those of the document
    are relative to, and comes first. Otherwise it is the address of the document.
    """
    own = _own(values)
    start = own or address(values) or ""
    named = list(_named(document)) or [own or "/"]
    found = [joined for url in named if (joined := _usable(start, url))]
    if own:
        origin = urlsplit(own)[:2]
        found.sort(key=lambda url: urlsplit(url)[:2] != origin)
        if not found or urlsplit(found[0])[:2] != origin:
            found.insert(0, own.rstrip("/"))
    return tuple(dict.fromkeys(found))[:_MOST_SERVERS]


def _own(values: Values) -> str:
    """The server's address as the integration has it."""
    for key in ("server_url", "url"):
        given = str(values.get(key) or "").strip()
        if given and given != NO_URL and _usable("", given):
            return given
    return ""


def _usable(start: str, url: str) -> str | None:
    try:
        joined = urljoin(start, url)
        parts = urlsplit(joined)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return None
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def _named(document: Json) -> Iterator[str]:
    """Addresses as the document writes them, variables filled in with their defaults."""
    if "swagger" in document:
        base, host = str(document.get("basePath") or ""), document.get("host")
        schemes = sorted(map(str, listed(document.get("schemes")) or ["https"]), reverse=True)  # https before http
        yield from (f"{scheme}://{host}{base}" for scheme in schemes) if host else filter(None, (base,))
        return
    for server in map(mapping, listed(document.get("servers"))):
        url = str(server.get("url") or "/")
        for name, variable in mapping(server.get("variables")).items():
            url = url.replace(f"{{{name}}}", str(mapping(variable).get("default", "")))
        yield url


def authorization(values: Values) -> dict[str, str]:
    """The header that shows who asks: name and password, or a key in the header that the integration names."""
    key = str(values.get("openapi_api_key") or "").strip()
    if str(values.get("is_basic_auth")).lower() == "true":
        pair = f"{values.get('openapi_username') or ''}:{key}"
        return {"Authorization": "Basic " + b64encode(pair.encode()).decode()}
    if not key:
        return {}
    header = str(values.get("auth_header_name") or "Authorization").strip()
    # A key alone says nothing of how it is meant; in this header that is nearly always so.
    is_bare = header.lower() == "authorization" and " " not in key
    return {header: f"Bearer {key}" if is_bare else key}
