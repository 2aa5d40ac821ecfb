"""A call of a tool: arguments read, credential opened, the function run, its result made text."""

import asyncio
import traceback
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from codemie.integrations.vault import Credential
from codemie.kernel.errors import CodeMieError
from codemie.kernel.telemetry import get_logger
from codemie.kernel.tools import Picture, Tool, ToolResult
from codemie.toolkits.connection import Connection, ToolRun
from codemie.toolkits.failures import ToolFailed, status_of, told
from codemie.toolkits.reach import Reach
from codemie.toolkits.toolkit import Offer
from codemie.toolkits.trimming import as_text, trimmed

log = get_logger(__name__)
_SPARE_SECONDS = 5.0

Open = Callable[[Offer], AbstractAsyncContextManager[Credential]]
"""Finds and opens the credential that a tool works with, each time anew: a revoked one is gone with the next call."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a tool's function may return instead of a plain value.

    Args:
        value: text, or anything that can be JSON.
        is_error: whether the system refused what was asked.
        status: of HTTP, when it did.
        pictures: that people and models that see are shown.
    """

    value: Any
    is_error: bool = False
    status: int | None = None
    pictures: tuple[Picture, ...] = ()


def as_tool(offer: Offer, run: ToolRun, reach: Reach, open_credential: Open) -> Tool:
    """The offer as a tool of one run."""

    async def call(arguments: dict[str, Any]) -> ToolResult:
        before = dict(run.memory)
        result = await perform(offer, arguments, run, reach, open_credential)
        if run.memory != before:
            await _note(run)
        return result

    return Tool(
        name=offer.name,
        label=offer.label,
        place=offer.place,
        description=offer.description,
        parameters=offer.schema,
        call=call,
        # The function's own limit strikes first, and says more.
        timeout_seconds=offer.seconds + _SPARE_SECONDS,
        effect=offer.effect,
        weigh=offer.weigh,
        asks=offer.asks,
        output_tokens=offer.output_tokens,
    )


async def perform(
    offer: Offer,
    arguments: dict[str, Any],
    run: ToolRun,
    reach: Reach,
    open_credential: Open,
    *,
    output_tokens: int | None = None,
) -> ToolResult:
    """Run the tool; whatever goes wrong is told in the result.

    Args:
        offer: the tool.
        arguments: as they were sent.
        run: that the call is part of.
        reach: leads to the system.
        open_credential: finds what the tool works with.
        output_tokens: how long the result may be, if not as the tool says.
    """
    credential: Credential | None = None
    try:
        async with asyncio.timeout(offer.seconds):
            read = offer.arguments.read(offer.name, arguments)
            async with _opened(offer, open_credential) as credential:
                client = offer.toolkit.connect(Connection(credential, reach, run))
                output = await offer.run(client, **read)
    except Exception as error:  # noqa: BLE001 - a tool may fail in any way; the model is told and goes on
        failed = _failed(offer, error)
        return replace(failed, text=_without_secrets(failed.text, credential))
    made = output if isinstance(output, Output) else Output(output)
    # Before it is cut: half a secret would not be found.
    text = trimmed(_without_secrets(as_text(made.value), credential), output_tokens or offer.output_tokens)
    return ToolResult(text, is_error=made.is_error, status=made.status, pictures=made.pictures)


async def _note(run: ToolRun) -> None:
    """The call has had its effect: that its notes cannot be kept must not make it look undone."""
    if run.notes is None:
        return
    try:
        await run.notes.write(run.memory)
    except CodeMieError as error:
        log.warning("tool_notes_not_kept", error=type(error).__name__)


def _without_secrets(text: str, credential: Credential | None) -> str:
    """Systems that echo what they were sent must not bring it to the model, and with its words into the database."""
    return text if credential is None else credential.redacted(text)


def _opened(offer: Offer, open_credential: Open) -> AbstractAsyncContextManager[Credential | None]:
    return open_credential(offer) if offer.toolkit.credential else nullcontext()


def _failed(offer: Offer, error: Exception) -> ToolResult:
    if isinstance(error, (CodeMieError, TimeoutError)):
        log.info("tool_refused", tool=offer.name, error=type(error).__name__, status=status_of(error))
        return ToolResult(told(error), is_error=True, status=status_of(error))
    # Its words may hold what was sent, credentials included: the log has the type and the place, nobody the words.
    place = traceback.extract_tb(error.__traceback__)[-1]
    log.error("tool_broke", tool=offer.name, error=type(error).__name__, place=f"{place.filename}:{place.lineno}")
    return ToolResult(told(ToolFailed("A fault of the tool itself", details=type(error).__name__)), is_error=True)
