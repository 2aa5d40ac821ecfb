"""Trying a credential, stored or just typed."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.identity.policy import decide
from codemie.integrations import repository
from codemie.integrations.catalogue import MASK
from codemie.integrations.credential_values import complete, divided, tidied
from codemie.integrations.probes.diagnosis import Diagnosis, Walk
from codemie.integrations.probes.question import Question
from codemie.integrations.probes.systems import PROBES
from codemie.integrations.redaction import redacted
from codemie.integrations.runtime import IntegrationsRuntime
from codemie.integrations.schemas import DiagnosedStep, DiagnosedTest, TestRequest
from codemie.integrations.service import resource_of, tell_use
from codemie.integrations.settings import IntegrationsSettings
from codemie.integrations.trust import NoCertificate, authorities_of, is_verified, trusting
from codemie.integrations.vault import Credential, Vault
from codemie.kernel.database import Database
from codemie.kernel.errors import AccessDenied, InvalidInput, NotFound, Unprocessable

TESTED = tuple(PROBES)
"""The types of credentials that can be tried."""


async def confirm(database: Database, caller: Caller, room: IntegrationsRuntime, asked: TestRequest) -> None:
    """Return if the credential works.

    Raises:
        InvalidInput: 400, with what the system said and what to do.
        AccessDenied, NotFound, Unprocessable: as ``diagnose`` does.
    """
    told = await diagnose(database, caller, room, asked)
    if not told.success:
        raise InvalidInput("Integration test failed", details=told.message, help=told.action)


async def diagnose(database: Database, caller: Caller, room: IntegrationsRuntime, asked: TestRequest) -> DiagnosedTest:
    """How far one comes with the credential.

    Raises:
        NotFound: 404. AccessDenied: 403, the stored one is not the caller's to test.
        Unprocessable: 422, its type cannot be tested.
    """
    if asked.credential_type not in PROBES:
        raise Unprocessable(
            "This type cannot be tested",
            details=f"There is no connection test for {asked.credential_type}.",
            help="Save it: it is checked when a tool uses it.",
        )
    # Not while the other system is waited for: a transaction holds a connection of the pool.
    async with database.session() as session:
        values = await _values(session, caller, room.vault, asked)
    return await tried(room, asked.credential_type, values)


async def tried(room: IntegrationsRuntime, credential_type: str, values: dict[str, object]) -> DiagnosedTest:
    """How far one comes with these values, which nobody is told.

    Args:
        room: of the process.
        credential_type: one of ``TESTED``.
        values: in the clear.
    """
    build = PROBES[credential_type]
    egress_ip = await room.address.current()
    # Signatures are work for the processor, and what makes them takes long to load.
    try:
        question = await asyncio.to_thread(build, values)
        seen = await _walked(question, room.settings, Credential("", "tried", credential_type, values), egress_ip)
    except InvalidInput as error:
        seen = Diagnosis().failed("sign_in", error.details or error.message, error.help or "")
    failure = seen.failure

    def clean(text: str) -> str:
        return redacted(text, credential_type, values, identifiers=True)

    return DiagnosedTest(
        success=failure is None,
        verdict=seen.verdict,
        message=clean(failure.detail) if failure else "",
        action=clean(failure.action) if failure else "",
        steps=[
            DiagnosedStep(name=step.name, passed=step.passed, detail=clean(step.detail), action=clean(step.action))
            for step in seen.steps
        ],
        egress_ip=egress_ip,
    )


async def _values(session: AsyncSession, caller: Caller, vault: Vault, asked: TestRequest) -> dict[str, object]:
    """The values in the clear; masks among typed ones stand for what is stored."""
    if asked.setting_id is None:
        shown, secrets = divided(
            asked.credential_type, tidied(asked.credential_type, asked.credential_values or []), {}
        )
        return complete(asked.credential_type, shown, secrets)
    row = await repository.find(session, asked.setting_id)
    if row is None:
        raise NotFound.of("Setting", asked.setting_id)
    if not decide(caller, "read", resource_of(row)):
        raise AccessDenied(details="You do not have sufficient permissions to test this entity.")
    if row.credential_type != asked.credential_type:
        raise InvalidInput(
            "Integration test failed",
            details=f"'{row.alias}' is of type {row.credential_type}, not {asked.credential_type}.",
        )
    tell_use(session, caller.id, row, "connection test")
    if asked.credential_values is None:
        return vault.open(row).values
    # Whoever may use a credential need not be let to send its secret to an address of their own.
    if not decide(caller, "write", resource_of(row)) and any(item.value == MASK for item in asked.credential_values):
        raise AccessDenied(details="You do not have sufficient permissions to test this entity.")
    shown, secrets = divided(
        row.credential_type, tidied(row.credential_type, asked.credential_values), vault.secrets(row)
    )
    return complete(row.credential_type, shown, secrets)


async def _walked(
    question: Question, settings: IntegrationsSettings, credential: Credential, egress_ip: str | None
) -> Diagnosis:
    values = credential.values
    verify = is_verified(credential.credential_type, values) if question.verify is None else question.verify
    try:
        trust = trusting(authorities_of(values), verify=verify)
    except NoCertificate as error:
        return Diagnosis().failed("tls", error.details or "", error.help or "")
    seen = await Walk(settings.egress(), settings.test_seconds, egress_ip, trust).to(question.url)
    return seen if seen.failure else await question.ask(seen, settings, trust)
