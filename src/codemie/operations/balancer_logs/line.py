"""One line of an access log of AWS's load balancers, taken apart.

The fields are those of the Elastic Load Balancing user guides, "Access log entries": of application load balancers for
requests, of network load balancers for connections whose TLS they end. Who sends a request chooses its address and the
name of its program, so nothing behind those is relied upon, and of what a client sends only method and path are kept.
"""

import datetime as dt
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST = 64 * 1024
"""Bytes of a line; AWS cuts addresses off long before."""

_REQUESTS = {"http", "https", "h2", "grpcs", "ws", "wss"}
_BALANCER = re.compile(r"[A-Za-z0-9/_.-]{1,200}")
_TARGET = re.compile(r"[0-9A-Fa-f.:\[\]]{2,64}:[0-9]{1,5}")
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_MILLISECONDS = re.compile(r"[0-9]{1,12}")
_CODE = re.compile(r"[0-9]{3}")
_REQUEST = re.compile(r'"([A-Za-z-]{1,20}) (\S*) [^"]*"')
_FIELD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_REASON = re.compile(r"[A-Za-z]{1,40}")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z_.-]{0,23}|v[0-9]|oauth2")
_NOTHING = "-"
_REASON_PLACE = 12
_BEFORE_REQUEST, _OF_CONNECTION = 12, 17
_SHOWN_PARTS = 2


@dataclass(frozen=True)
class Request:
    """A request that an application load balancer answered.

    Attributes:
        balancer: as its ARN ends.
        target: address and port of the machine that was to answer; empty where none was chosen.
        seconds: until the target began to answer; None where it did not.
        code: that the client got; None where the connection ended before.
        own_code: that the target gave; None where it gave none.
        place: method, and the beginning of the path.
        reason: why the load balancer itself said no, such as `AuthInvalidCookie`; empty where it does not say.
    """

    when: dt.datetime
    balancer: str
    target: str
    seconds: float | None
    code: int | None
    own_code: int | None
    place: str
    reason: str = ""


@dataclass(frozen=True)
class Connection:
    """A connection whose TLS a network load balancer ended, or was to end.

    Attributes:
        balancer: as its ARN ends.
        target: address and port of the machine behind it; empty where none was chosen.
        handshake: seconds of the TLS handshake; None where it failed.
        alert: number of the TLS alert that the client sent; None for none.
    """

    when: dt.datetime
    balancer: str
    target: str
    handshake: float | None
    alert: int | None


def read(line: str) -> Request | Connection | None:
    """What a line tells; None where it is no such line."""
    kind = line.partition(" ")[0]
    try:
        if kind in _REQUESTS:
            return _request(line)
        return _connection(line) if kind == "tls" else None
    except (ValueError, IndexError, OverflowError):
        return None


def _request(line: str) -> Request | None:
    fields = line.split(" ", _BEFORE_REQUEST)
    asked = _REQUEST.match(fields[_BEFORE_REQUEST])
    if asked is None:
        return None
    return Request(
        when=_moment(fields[1]),
        balancer=_whole(_BALANCER, fields[2]),
        target=_or_nothing(_TARGET, fields[4]),
        seconds=_duration(_SECONDS, fields[6], 1),
        code=_number(fields[8]),
        own_code=_number(fields[9]),
        place=f"{asked[1].upper()} {_path(asked[2])}",
        reason=_reason(fields[_BEFORE_REQUEST]),
    )


def _connection(line: str) -> Connection | None:
    fields = line.split(" ", _OF_CONNECTION)
    if len(fields) < _OF_CONNECTION:
        return None
    alert = _or_nothing(re.compile("[0-9]{1,3}"), fields[11])
    return Connection(
        when=_moment(fields[2]),
        balancer=_whole(_BALANCER, fields[3]),
        target=_or_nothing(_TARGET, fields[6]),
        handshake=_duration(_MILLISECONDS, fields[8], 1000),
        alert=int(alert) if alert else None,
    )


def _moment(text: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(text)
    return found.astimezone(dt.UTC) if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _whole(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(text)
    return text


def _or_nothing(pattern: re.Pattern[str], text: str) -> str:
    return "" if text == _NOTHING else _whole(pattern, text)


def _number(text: str) -> int | None:
    return None if text == _NOTHING else int(_whole(_CODE, text))


def _duration(pattern: re.Pattern[str], text: str, parts: int) -> float | None:
    """Seconds; -1 stands for a time that there was not."""
    return None if text in {_NOTHING, "-1"} else float(_whole(pattern, text)) / parts


def _path(url: str) -> str:
    """The beginning of the path: what follows, and the query, may name people and hold secrets."""
    try:
        parts = [part for part in urlsplit(url).path.split("/") if part]
    except ValueError:
        return "…"
    shown = [part if _PLAIN.fullmatch(part) else "…" for part in parts[:_SHOWN_PARTS]]
    return "/" + "/".join([*shown, *(["…"] if len(parts) > _SHOWN_PARTS else [])])


def _reason(rest: str) -> str:
    """The field `error_reason`, as far as what clients wrote in front of it did not move it."""
    fields = [quoted or plain for quoted, plain in _FIELD.findall(rest)]
    found = fields[_REASON_PLACE] if len(fields) > _REASON_PLACE else ""
    return found if _REASON.fullmatch(found) else ""
