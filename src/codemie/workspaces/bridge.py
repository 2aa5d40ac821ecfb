"""Carries a script's calls to the tools of the agent that runs it, over a socket pair that the script inherits.

A message is four bytes of length, the most significant first, and JSON: a list of calls one way, a list of as many
answers the other. Nothing a script sends is believed: what is too long or no such list ends the conversation, and
whoever lends the tools checks every call.
"""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

from codemie.kernel.tools import Borrow, NotLent
from codemie.workspaces.runtime_module import MOST_MESSAGE_BYTES

_LENGTH_BYTES = 4
_MOST_AT_ONCE = 1000
Json = dict[str, Any]


class Bridge:
    """The calls of one script.

    Args:
        borrow: calls a tool.
        most_calls: how many the script may make.
    """

    def __init__(self, borrow: Borrow, most_calls: int) -> None:
        self._borrow = borrow
        self._most_calls = most_calls
        self._made = 0

    @asynccontextmanager
    async def line(self) -> AsyncGenerator[int]:
        """Answer calls while the block runs; gives the descriptor that the script is to inherit."""
        ours, theirs = socket.socketpair()
        serving = asyncio.create_task(self._serve(ours))
        try:
            yield theirs.fileno()
        finally:
            theirs.close()
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            ours.close()

    async def _serve(self, line: socket.socket) -> None:
        reader, writer = await asyncio.open_unix_connection(sock=line)
        try:
            while (calls := await _received(reader)) is not None:
                answers = json.dumps(await asyncio.gather(*map(self._answer, calls))).encode()
                writer.write(len(answers).to_bytes(_LENGTH_BYTES, "big") + answers)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the script has ended
        finally:
            writer.close()

    async def _answer(self, call: object) -> Json:
        asked = cast("Json", call) if isinstance(call, dict) else {}
        name = asked.get("name")
        if not isinstance(name, str):
            return _problem(NotLent("bad_arguments", "A call needs the name of a tool."))
        if self._made >= self._most_calls:
            return _problem(NotLent("unavailable", f"A script may call tools {self._most_calls} times."))
        self._made += 1
        try:
            return {"result": await self._borrow(name, asked.get("args")), "http": {"status": 200}}
        except NotLent as error:
            return _problem(error)


def _problem(error: NotLent) -> Json:
    told = {"code": error.code, "message": str(error)}
    return {"error": told | {"retryable": error.retryable, "may_have_run": error.may_have_run}}


async def _received(reader: asyncio.StreamReader) -> list[object] | None:
    """The calls of the next message; None when there is none, or none that can be understood."""
    length = int.from_bytes(await reader.readexactly(_LENGTH_BYTES), "big")
    if length > MOST_MESSAGE_BYTES:
        return None
    try:
        message: object = json.loads(await reader.readexactly(length))
    except (ValueError, RecursionError):
        return None
    calls = cast("list[object]", message) if isinstance(message, list) else None
    return calls if calls is not None and len(calls) <= _MOST_AT_ONCE else None
