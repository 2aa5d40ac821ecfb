"""Tools that only a credential knows: the operations that a document describes, for one."""

import asyncio
from collections.abc import Collection
from dataclasses import replace

from codemie.kernel.errors import CodeMieError
from codemie.kernel.telemetry import get_logger
from codemie.mcp.tools import callable_name
from codemie.toolkits.calling import Open
from codemie.toolkits.connection import Connection, ToolRun
from codemie.toolkits.reach import Reach
from codemie.toolkits.toolkit import Offer

log = get_logger(__name__)
_SECONDS = 20.0


async def unfolded(
    offer: Offer, names: Collection[str], run: ToolRun, reach: Reach, open_credential: Open, taken: Collection[str]
) -> list[Offer]:
    """The tools that stand in the offer's place; itself where they cannot be had, so that its call says why.

    Args:
        offer: any tool.
        names: of those that are wanted; all that are useful if there are none.
        run: that they are for.
        reach: leads to the system.
        open_credential: finds what the tool works with.
        taken: names that other tools of the run have.
    """
    if offer.unfold is None:
        return [offer]
    try:
        async with asyncio.timeout(_SECONDS):
            async with open_credential(offer) as credential:
                found = await offer.unfold(offer, Connection(credential, reach, run), names)
    except (CodeMieError, TimeoutError) as error:
        log.info("tools_not_unfolded", tool=offer.name, error=type(error).__name__)
        return [offer]
    return [item if item is offer or item.name not in taken else _renamed(item) for item in found]


def _renamed(offer: Offer) -> Offer:
    return replace(offer, name=callable_name(f"api_{offer.name}"))
