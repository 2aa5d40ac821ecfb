"""Checks of what is outside: the address others see, the integrations, and the identity provider."""

import asyncio
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import func, or_, select

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, skipped, unknown, warned
from codemie.identity import claims
from codemie.identity.provider import Provider, ProviderUnreachable
from codemie.identity.refused_tokens import peek
from codemie.identity.tables import User
from codemie.integrations.runtime import IntegrationsRuntime
from codemie.integrations.tables import Integration
from codemie.integrations.trial import TESTED, tried
from codemie.kernel.database import Database
from codemie.kernel.errors import ConfigurationError, NotAuthenticated
from codemie.operations.installation.outward import reach
from codemie.operations.installation.subject import Installation

_MOST_TRIED = 300
_AT_ONCE = 8


@check(
    "egress.ip",
    title="The address that others see is known",
    symptom="Nobody can say which address a firewall of another system must admit.",
    severity=Severity.MINOR,
    remedy=("Set CODEMIE_INTEGRATIONS_EGRESS_IP to the address of the NAT gateway or of this machine",),
    faq=("F10",),
)
async def egress_ip(installation: Installation) -> Finding:
    """Nobody told the platform by which address its calls leave the network; it cannot see that itself."""
    settings = installation.settings.integrations
    if settings.egress_ip:
        return passed(f"Others see {settings.egress_ip}", setting="integrations.egress_ip")
    if settings.egress_ip_from:
        return passed(f"It is asked for at {settings.egress_ip_from}", setting="integrations.egress_ip_from")
    if installation.is_production:
        return warned("It is not set", *egress_ip.remedy)
    return skipped("it is not set: CODEMIE_INTEGRATIONS_EGRESS_IP")


@dataclass(frozen=True)
class StoredCredentials:
    """The integrations that people made, to be tried.

    Attributes:
        room: opens them.
    """

    room: IntegrationsRuntime


@check(
    "integrations.test",
    title="Every stored credential works",
    symptom="A tool of an assistant fails: unauthorised, or no answer.",
    severity=Severity.MAJOR,
    remedy=("Open the integration in the web UI, renew the credential and press Test",),
    faq=("F09", "F10", "F12"),
    needs=("crypto.roundtrip",),
    timeout=120,
)
async def integrations(database: Database, credentials: StoredCredentials) -> Finding:
    """A password or token has expired, its rights were taken away, or a firewall does not admit this installation."""
    statement = select(Integration).where(Integration.credential_type.in_(TESTED)).order_by(Integration.id)
    async with database.session() as session:
        rows = (await session.scalars(statement.limit(_MOST_TRIED + 1))).all()
    if not rows:
        return skipped("there is none that can be tried")
    turn = asyncio.Semaphore(_AT_ONCE)

    async def problem(row: Integration) -> str:
        async with turn:
            outcome = await tried(credentials.room, row.credential_type, credentials.room.vault.open(row).values)
        return "" if outcome.success else outcome.message

    some = rows[:_MOST_TRIED]
    problems = await asyncio.gather(*map(problem, some))
    broken = {
        f"{row.alias} ({row.credential_type}, {row.project})": said
        for row, said in zip(some, problems, strict=True)
        if said
    }
    told = f"{len(some)} were tried" + (", there are more" if len(rows) > len(some) else "")
    if broken:
        return failed(f"{len(broken)} do not work; {told}", *integrations.remedy, **broken)
    if len(rows) > len(some):
        return unknown(f"All that were tried work; {told}", "Press Test at the others in the web UI")
    return passed(told)


@check(
    "idp.discovery",
    title="The identity provider answers as configured",
    symptom="Nobody can sign in; the log speaks of the issuer or of signing keys.",
    remedy=(
        "Set CODEMIE_IDENTITY_OIDC_ISSUER to exactly what the provider's discovery document says",
        "Look whether this machine reaches the provider: name, firewall, certificate",
    ),
    faq=("F13", "F15"),
)
async def discovery(provider: Provider) -> Finding:
    """The issuer is not written as the provider writes it, its certificate is not trusted, or it is away."""
    try:
        metadata = await provider.discover()
        document = await provider.get_json(metadata.jwks_uri)
    except (ConfigurationError, ProviderUnreachable) as error:
        return failed(f"{error.message}. {error.details or ''}".strip(), *discovery.remedy, issuer=provider.issuer)
    keys: Any = document.get("keys")
    if not isinstance(keys, list) or not keys:
        return failed(f"{metadata.jwks_uri} holds no keys", *discovery.remedy, issuer=provider.issuer)
    count = len(cast("list[object]", keys))
    return passed(f"{metadata.issuer} answers, with {count} signing keys", issuer=metadata.issuer)


_ADMINISTRATORS = (
    select(func.count())
    .select_from(User)
    .where(or_(User.is_admin, User.is_maintainer), User.is_active, User.deleted_at.is_(None))
)


@check(
    "idp.roles",
    title="Somebody is administrator",
    symptom="Nobody sees the administration of the web UI.",
    severity=Severity.MAJOR,
    remedy=(
        "Accounts kept here: codemiectl migrate makes the first administrator again (CODEMIE_ADMIN_EMAIL)",
        "With an identity provider: give somebody there the role, then let them sign in once",
    ),
    faq=("F16",),
    needs=("db.schema",),
)
async def roles(database: Database) -> Finding:
    """The last administrator was deactivated, or lost the role at the identity provider."""
    async with database.session() as session:
        count = int(await session.scalar(_ADMINISTRATORS) or 0)
    if not count:
        return failed("No active person is administrator", *roles.remedy)
    return passed("1 administrator" if count == 1 else f"{count} administrators", administrators=count)


@check(
    "idp.claims",
    title="The token tells all that is needed",
    symptom="Somebody signs in and sees no project, or is refused.",
    severity=Severity.MAJOR,
    remedy=("Add the claim at the identity provider, or name it in the setting", "Details: codemiectl idp explain"),
    faq=("F14", "F17"),
)
async def token_claims(installation: Installation) -> Finding:
    """The provider puts roles or projects into another claim than the settings name, or into none."""
    if not installation.token:
        return skipped("no token to look at was given (--token)")
    settings = installation.settings.identity
    try:
        readings = claims.read(peek(installation.token)[1], settings)
    except NotAuthenticated as error:
        return failed(str(error), *token_claims.remedy)
    wrong = {each.claim: str(each.problem) for each in readings if each.status == "wrong"}
    absent = [each for each in readings if each.status == "missing" and each.field in {"id", "roles", "projects"}]
    if wrong or absent:
        told = wrong | {each.claim: f"missing (identity.{each.setting})" for each in absent}
        return failed(f"Claims that cannot be used: {', '.join(told)}", *token_claims.remedy, **told)
    return passed("Id, roles and projects are there")


CHECKS = (egress_ip, reach, integrations, discovery, roles, token_claims)
