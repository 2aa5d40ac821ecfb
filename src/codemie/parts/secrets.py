"""Secrets inside an assistant or a skill: sensitive prompt variables and credentials of MCP servers.

They are sealed before the row is written, shown as ``********``, and a client that sends the mask back keeps what is
stored. A sealed text stands where the plain one stood; ``conceal`` makes sure it never leaves.
"""

import base64
import re
from collections.abc import Callable, Iterable
from typing import Any

from codemie.kernel.crypto import Cipher
from codemie.kernel.errors import Unprocessable
from codemie.parts.schemas import SECRET_MASK, Json, is_secret_name

SEALED_PREFIX = "sealed:v1:"
_PLACEHOLDERS = re.compile(r"(?i)\s*(?:bearer|basic|token)?\s*(?:\{\{[^{}]*\}\}|\$[\w.-]+|\[[\w.]+\])+\s*")


def conceal(value: Any) -> Any:
    """The same JSON with every sealed text replaced by the mask."""
    if isinstance(value, str):
        return SECRET_MASK if value.startswith(SEALED_PREFIX) else value
    if isinstance(value, list):
        return [conceal(item) for item in value]
    if isinstance(value, dict):
        return {key: conceal(item) for key, item in value.items()}
    return value


def rewrapped(cipher: Cipher, owner: str, value: Any) -> Any:
    """The same JSON with every sealed text under the master key that seals now; the texts are not opened.

    Raises:
        DecryptionFailed: one of them is damaged, or its master key is not configured.
    """
    if isinstance(value, str) and value.startswith(SEALED_PREFIX):
        sealed = base64.b64decode(value[len(SEALED_PREFIX) :])
        if cipher.is_current(sealed):
            return value
        return SEALED_PREFIX + base64.b64encode(cipher.rewrap(sealed, context=owner)).decode()
    if isinstance(value, list):
        return [rewrapped(cipher, owner, item) for item in value]
    if isinstance(value, dict):
        return {key: rewrapped(cipher, owner, item) for key, item in value.items()}
    return value


def sealed_in(value: Any) -> list[bytes]:
    """Every sealed value in a JSON."""
    if isinstance(value, str):
        return [base64.b64decode(value[len(SEALED_PREFIX) :])] if value.startswith(SEALED_PREFIX) else []
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [sealed for part in parts for sealed in sealed_in(part)]


class SecretKeeper:
    """Seals and opens the secrets of one owner; a sealed text copied to another owner does not open.

    Args:
        cipher: of this installation.
        owner: kind and id of what holds the secrets, such as ``assistant:<id>``.
    """

    def __init__(self, cipher: Cipher, owner: str) -> None:
        self._cipher = cipher
        self._context = owner

    def seal_variables(self, variables: list[Json], stored: Iterable[Json] = ()) -> list[Json]:
        """Prompt variables as they are stored."""
        former = {item["key"]: item.get("default_value") for item in stored if item.get("is_sensitive")}
        return [
            {**item, "default_value": self._seal(item["default_value"], former.get(item["key"]))}
            if item.get("is_sensitive")
            else item
            for item in variables
        ]

    def open_variables(self, variables: Iterable[Json]) -> dict[str, str]:
        """Default values by key, in the clear; for the prompt of a run."""
        return {item["key"]: self._open(item.get("default_value") or "") for item in variables}

    def seal_servers(self, servers: list[Json], stored: Iterable[Json] = ()) -> list[Json]:
        """MCP servers as they are stored: tokens, secret headers and secret environment values sealed.

        Raises:
            Unprocessable: a mask stands for a stored secret, and the server is reached in another way.
        """
        former = {item["name"]: item for item in stored}
        return [self._seal_server(server, former.get(server["name"])) for server in servers]

    def open_servers(self, servers: Iterable[Json]) -> list[Json]:
        """MCP servers in the clear; for connecting to them."""
        return [self._walk(server, lambda text, _former: self._open(text), {}) for server in servers]

    def _seal_server(self, server: Json, former: Json | None) -> Json:
        moved = former is not None and _place(server) != _place(former)

        def seal(text: str, kept: Any) -> str:
            # Whoever may change a server does not read its secrets: sent to an address of their choice, they would.
            if moved and text == SECRET_MASK:
                raise Unprocessable(
                    f"The MCP server '{server['name']}' is reached in another way now",
                    details="Its stored secrets do not go along to another address, command or environment.",
                    help="Enter its tokens, secret headers and secret environment values again.",
                )
            return self._seal(text, kept)

        return self._walk(server, seal, (former or {}).get("config") or {})

    def _walk(self, server: Json, change: Callable[[str, Any], str], former: Json) -> Json:
        config = server.get("config")
        if not config:
            return server
        changed = dict(config)
        if token := config.get("auth_token"):
            changed["auth_token"] = change(token, former.get("auth_token"))
        for part in ("headers", "env"):
            before = former.get(part) or {}
            changed[part] = {
                name: change(value, before.get(name)) if _is_secret(name, value) else value
                for name, value in (config.get(part) or {}).items()
            }
        return {**server, "config": changed}

    def _seal(self, text: str, former: Any) -> str:
        if text == SECRET_MASK:
            return former if isinstance(former, str) else ""
        if not text:
            return text
        sealed = self._cipher.seal(text.encode(), context=self._context)
        return SEALED_PREFIX + base64.b64encode(sealed).decode()

    def _open(self, text: str) -> str:
        if not text.startswith(SEALED_PREFIX):
            return text
        return self._cipher.open(base64.b64decode(text[len(SEALED_PREFIX) :]), context=self._context).decode()


def _place(server: Json) -> tuple[Any, ...]:
    """Where a server is: its address, or what is run, and the open values that either may be made of."""
    config: Json = server.get("config") or {}
    environment = {name: value for name, value in (config.get("env") or {}).items() if not is_secret_name(name)}
    inner, outer = ("url", "command", "args"), ("command", "arguments")
    told = [*(config.get(name) for name in inner), *(server.get(name) for name in outer)]
    return *(value or None for value in told), environment


def _is_secret(name: str, value: Any) -> bool:
    """A value made of placeholders such as ``$TOKEN`` and ``Bearer {{token}}`` holds no secret."""
    return isinstance(value, str) and is_secret_name(name) and not _PLACEHOLDERS.fullmatch(value)
