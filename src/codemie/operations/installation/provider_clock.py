"""The check of the identity provider's clock: tokens are valid from and until moments that it names."""

from email.utils import parsedate_to_datetime

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.identity.provider import Provider, ProviderUnreachable
from codemie.operations.installation.machine import Machine
from codemie.operations.installation.subject import Installation

_GRAIN = 1.0
"""Seconds: the header tells no parts of them."""


@check(
    "idp.clock",
    title="This machine and the identity provider agree on the time",
    symptom="Everybody is signed out at once, or every token is refused as not yet valid or as expired.",
    severity=Severity.MAJOR,
    remedy=(
        "Let both machines follow the same time servers (chrony, systemd-timesyncd)",
        "For a difference that stays, raise CODEMIE_IDENTITY_LEEWAY_SECONDS",
    ),
    faq=("F13",),
    needs=("idp.discovery",),
)
async def clock(provider: Provider, machine: Machine, installation: Installation) -> Finding:
    """One of the clocks is not set by a time server; tokens are then valid at other times than the provider thinks."""
    before = machine.now()
    try:
        date = await provider.said_date()
        theirs = parsedate_to_datetime(date).timestamp()
    except ProviderUnreachable as error:
        return unknown(f"{error.message}. {error.details or ''}".strip())
    except ValueError:
        return unknown("The provider does not tell the time", "Compare with: curl -sI ISSUER | grep -i ^date")
    after = machine.now()
    leeway = installation.settings.identity.leeway_seconds
    # Somewhere between asking and answer, and within the second that the header names.
    ahead, behind = theirs - after, before - (theirs + _GRAIN)
    off = max(0.0, ahead, behind)
    seen = {"Date": date, "tolerated": f"{leeway} s"}
    told = f"The provider's clock is {off:.0f} s {'ahead' if ahead > behind else 'behind'}"
    if off > leeway:
        return failed(told, *clock.remedy, **seen)
    if off > leeway / 2:
        return warned(told, *clock.remedy, **seen)
    return passed(f"The clocks differ by {off:.0f} s", **seen)


CHECKS: tuple[Check, ...] = (clock,)
