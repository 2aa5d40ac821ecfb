"""Agents that try what they may not: the NATS server refuses it and tells only its log, from where it is audited.

Lines of nats-server 2.15 look like this, quoted as Go quotes (`%q`), so nothing an agent calls itself ends a quotation:

    [1] … [ERR] 192.0.2.1:52348 - cid:12 - "v2.16.0:python3" - "PLUGINS/user:HASH" - Publish Violation - Subject "K.x"
"""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from codemie.kernel.errors import CodeMieError
from codemie.kernel.telemetry import get_logger
from codemie.plugins.refusals import Refusals
from codemie.plugins.wire.subjects import is_key, key_hash, key_mark

EVERY_SECONDS = 1.0
_MOST_AT_ONCE = 256 * 1024
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_LINE = re.compile(
    rf"\[\d+\] \S+ \S+ \[ERR\] (?P<address>\S+):\d+ - \w+:\d+ - {_QUOTED} - "
    r'"PLUGINS/user:(?P<key_hash>[0-9a-f]{64})(?:@(?P<bridged>\S+))?" - '
    rf"(?P<action>Publish|Subscription) Violation - (?:Subject|Reply) (?P<subject>{_QUOTED})"
)
_ACTIONS = {"Publish": "publish", "Subscription": "subscribe"}

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Violation:
    """What somebody tried.

    Args:
        key_mark: of the key that was used.
        address: of the agent.
        action: `publish` or `subscribe`.
        target: whose subject it was: `own key`, `key <mark>`, or the first part of it where that is no key.
    """

    key_mark: str
    address: str
    action: str
    target: str


def read_line(line: str) -> Violation | None:
    """The violation that a line of the log tells of; None for all other lines. A key never comes out of it."""
    match = _LINE.match(line)
    if match is None:
        return None
    first = match["subject"][1:-1].partition(".")[0]
    if not is_key(first):
        target = first[:15]
    elif key_hash(first) == match["key_hash"]:
        target = "own key"
    else:
        target = f"key {key_mark(first)}"
    address = match["bridged"] or match["address"].strip("[]")
    return Violation(match["key_hash"][:12], address, _ACTIONS[match["action"]], target)


class Violations:
    """Follows the log of a server on this machine.

    Args:
        log_file: of the server; it may be replaced by a new one at any time.
        refusals: who writes down.
    """

    def __init__(self, log_file: Path, refusals: Refusals) -> None:
        self._file = log_file
        self._refusals = refusals
        self._place = self._end()
        self._rest = b""

    async def follow(self) -> None:
        """Audit from now on what the log tells."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.read_on()
            except (OSError, CodeMieError) as error:
                log.warning("plugin_violations_not_read", error=type(error).__name__)

    async def read_on(self) -> None:
        """Audit what was written since the last time; of a flood, the newest."""
        *lines, self._rest = (self._rest + await asyncio.to_thread(self._fresh)).split(b"\n")
        for line in lines:
            if b" Violation - " in line and (found := read_line(line.decode(errors="replace"))):
                await self._refusals.tell(
                    "plugin_connection.violation",
                    found.key_mark,
                    found.address,
                    action=found.action,
                    target=found.target,
                )

    def _fresh(self) -> bytes:
        end = self._end()
        inode, size = end
        start = self._place[1] if self._place[0] == inode and self._place[1] <= size else 0
        if size - start > _MOST_AT_ONCE:
            log.warning("plugin_violations_skipped", bytes=size - start - _MOST_AT_ONCE)
            start = size - _MOST_AT_ONCE
        self._place = end
        if start == size:
            return b""
        with self._file.open("rb") as stream:
            stream.seek(start)
            return stream.read(size - start)

    def _end(self) -> tuple[int, int]:
        try:
            found = self._file.stat()
        except FileNotFoundError:
            return 0, 0
        return found.st_ino, found.st_size
