"""Checks of AWS that Google Cloud has nothing for: they say so, and are not taken for unseen."""

from dataclasses import replace

from codemie.checks.check import Check
from codemie.checks.report import Finding, skipped
from codemie.operations.cloud.google.deployed import Deployed


def absent(original: Check, why: str) -> Check:
    """The check as it is in Google Cloud, where there is nothing to look at.

    Args:
        original: as it is elsewhere.
        why: what takes its place, or why nothing does.
    """

    async def look(_: Deployed) -> Finding:
        return skipped(f"does not apply to gcp: {why}")

    return replace(original, look=look, sources=(Deployed,), cause=f"In Google Cloud it fails nowhere: {why}.")
