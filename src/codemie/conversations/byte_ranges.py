"""Conditional and partial requests for a stored file (RFC 9110, sections 13 and 14), as far as players use them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})\Z")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for of a file: with which status it is answered, and which bytes."""

    status: int
    start: int = 0
    end: int = 0

    def headers(self, size: int) -> dict[str, str]:
        """Those that tell the reader which part this is."""
        headers = {"Accept-Ranges": "bytes"}
        if self.status == 206:
            headers["Content-Range"] = f"bytes {self.start}-{self.end - 1}/{size}"
        elif self.status == 416:
            headers["Content-Range"] = f"bytes */{size}"
        if self.status in {200, 206}:
            headers["Content-Length"] = str(self.end - self.start)
        return headers


def wanted(headers: Mapping[str, str], etag: str, size: int) -> Wanted:
    """Read the request's conditions. Several ranges at once, or units nobody knows, are answered with all of it."""
    if etag in (known.strip().removeprefix("W/") for known in headers.get("if-none-match", "").split(",")):
        return Wanted(304)
    everything = Wanted(200, 0, size)
    found = _RANGE.match(headers.get("range", "").strip())
    if found is None or headers.get("if-range", etag) != etag or not any(found.groups()):
        return everything
    first, last = found.groups()
    if first:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return everything
    else:
        start, end = max(0, size - int(last)), size
    return Wanted(206, start, end) if start < end else Wanted(416)
