"""Trying a backup: restored beside what is in use, compared, read, and thrown away."""

import asyncio
from dataclasses import replace

from codemie.checks.report import Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.backup.drill_checks import CHECKS, removed
from codemie.operations.backup.rehearsal import Place, Rehearsal

COMMAND = "backup drill"


async def drill(rehearsal: Rehearsal, options: Options) -> Report:
    """Try it, and take everything away again, whatever becomes of it; what was found."""
    place = rehearsal.place
    try:
        # One after the other: several of them use the one database.
        alone = replace(options, parallel=1)
        tried = await run(COMMAND, CHECKS, Sources().offer(Rehearsal, rehearsal), alone, archive=str(rehearsal.file))
    finally:
        await asyncio.shield(asyncio.to_thread(place.remove))
    # Whatever was chosen: that something was left behind is always told.
    gone = await run(COMMAND, (removed,), Sources().offer(Place, place), replace(options, only=(), skip=()))
    return replace(tried, checks=tried.checks + gone.checks, duration_ms=tried.duration_ms + gone.duration_ms)
