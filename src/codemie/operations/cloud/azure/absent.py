"""Checks of AWS that Azure has nothing for: they say so, and are not taken for unseen."""

from dataclasses import replace

from codemie.checks.check import Check
from codemie.checks.report import Finding, skipped
from codemie.operations.cloud.azure.installed import Installed


def absent(original: Check, why: str) -> Check:
    """The check as it is on Azure, where there is nothing to look at.

    Args:
        original: as it is elsewhere.
        why: what takes its place, or why nothing does.
    """

    async def look(_: Installed) -> Finding:
        return skipped(f"does not apply to azure: {why}")

    return replace(original, look=look, sources=(Installed,), cause=f"On Azure it fails nowhere: {why}.")
