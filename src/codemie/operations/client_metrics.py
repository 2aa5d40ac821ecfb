"""Events that clients report of themselves: a counter for Prometheus, and a line of the log with the details.

What clients send is bounded before it goes anywhere: names are few and of few characters, attributes short and flat.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from codemie.identity.caller import Caller
from codemie.kernel.rate_limits import RateLimit
from codemie.kernel.telemetry import CLIENT_EVENTS, get_logger, is_secret

log = get_logger(__name__)

MAX_NAMES = 500
"""Every name is a time series of its own; further ones are counted together."""

MAX_TEXT = 1000
MAX_ATTRIBUTES = 100
_OTHER = "other"
_FRONTEND = "frontend_"
_MASK = "********"


@dataclass(frozen=True, slots=True)
class Client:
    """What the headers say of the program that reports."""

    name: str | None
    cli_version: str | None


@dataclass
class ClientMetrics:
    """``resources.client_metrics``.

    Args:
        limit: of events a person may report.
    """

    limit: RateLimit
    _names: set[str] = field(default_factory=set[str])

    def report(self, caller: Caller, client: Client, name: str, attributes: Mapping[str, Any]) -> str:
        """Count and log an event; gives the name it goes by.

        Raises:
            TooManyRequests: the caller reports too much.
        """
        self.limit.spend(caller.id)
        known_as = name if client.name is not None else _FRONTEND + name
        CLIENT_EVENTS.labels(self._label(known_as)).inc()
        told = {key[:MAX_TEXT]: _short(key, value) for key, value in attributes.items()}
        log.info("client_metric", metric_name=known_as, attributes=told | _who(caller, client))
        return known_as

    def _label(self, name: str) -> str:
        if name not in self._names and len(self._names) >= MAX_NAMES:
            return _OTHER
        self._names.add(name)
        return name


def _short(key: str, value: Any) -> str | int | float | bool | None:
    """Numbers as they are, everything else as a short text; what looks like a secret not at all."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if is_secret(key):
        return _MASK
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[:MAX_TEXT]


def _who(caller: Caller, client: Client) -> dict[str, str]:
    """Who reported is ours to say, whatever the client wrote."""
    # The protocol's dashboards look people up by their user name here.
    said = {"user_id": caller.id, "user_name": caller.name, "user_email": caller.username}
    headers = {"codemie_client": client.name, "codemie_cli": client.cli_version}
    return said | {key: value[:MAX_TEXT] for key, value in headers.items() if value}
