"""Trying a credential, stored or just typed."""

import asyncio
import ssl

import httpx2
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.identity.policy import decide
from codemie.integrations import repository
from codemie.integrations.catalogue import MASK
from codemie.integrations.credential_values import complete, divided, tidied
from codemie.integrations.diagnosis import Diagnosis, Walk
from codemie.integrations.probes import PROBES, Probe
from codemie.integrations.schemas import DiagnosedStep, DiagnosedTest, TestRequest
from codemie.integrations.service import resource_of, tell_use
from codemie.integrations.settings import IntegrationsSettings
from codemie.integrations.vault import Vault
from codemie.kernel.database import Database
from codemie.kernel.egress_http import guarded_client
from codemie.kernel.errors import AccessDenied, CodeMieError, InvalidInput, NotFound, Unprocessable

_MAX_BYTES = 2**20


async def confirm(
    database: Database, caller: Caller, vault: Vault, settings: IntegrationsSettings, asked: TestRequest
) -> None:
    """Return if the credential works.

    Raises:
        InvalidInput: 400, with what the system said and what to do.
        AccessDenied, NotFound, Unprocessable: as ``diagnose`` does.
    """
    told = await diagnose(database, caller, vault, settings, asked)
    if not told.success:
        raise InvalidInput("Integration test failed", details=told.message, help=told.action)


async def diagnose(
    database: Database, caller: Caller, vault: Vault, settings: IntegrationsSettings, asked: TestRequest
) -> DiagnosedTest:
    """How far one comes with the credential.

    Raises:
        NotFound: 404. AccessDenied: 403, the stored one is not the caller's to test.
        Unprocessable: 422, its type cannot be tested.
    """
    build = PROBES.get(asked.credential_type)
    if build is None:
        raise Unprocessable(
            "This type cannot be tested",
            details=f"There is no connection test for {asked.credential_type}.",
            help="Save it: it is checked when a tool uses it.",
        )
    # Not while the other system is waited for: a transaction holds a connection of the pool.
    async with database.session() as session:
        values = await _values(session, caller, vault, asked)
    probe = build(values)
    seen = await _walked(probe, settings)
    failure = seen.failure
    return DiagnosedTest(
        success=failure is None,
        verdict=seen.verdict,
        message=failure.detail if failure else "",
        action=failure.action if failure else "",
        steps=[
            DiagnosedStep(name=step.name, passed=step.passed, detail=step.detail, action=step.action)
            for step in seen.steps
        ],
        egress_ip=settings.egress_ip,
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
    tell_use(session, caller, row, "connection test")
    if asked.credential_values is None:
        return vault.open(row).values
    # Whoever may use a credential need not be let to send its secret to an address of their own.
    if not decide(caller, "write", resource_of(row)) and any(item.value == MASK for item in asked.credential_values):
        raise AccessDenied(details="You do not have sufficient permissions to test this entity.")
    shown, secrets = divided(
        row.credential_type, tidied(row.credential_type, asked.credential_values), vault.secrets(row)
    )
    return complete(row.credential_type, shown, secrets)


async def _walked(probe: Probe, settings: IntegrationsSettings) -> Diagnosis:
    trust = _trust(verify=probe.verify)
    seen = await Walk(settings.egress(), settings.test_seconds, settings.egress_ip, trust).to(probe.url)
    if seen.failure:
        return seen
    try:
        # The client's own limit starts anew with every byte that comes.
        async with (
            asyncio.timeout(settings.test_seconds),
            guarded_client(
                settings.egress(),
                headers=probe.headers,
                timeout=httpx2.Timeout(settings.test_seconds),
                max_bytes=_MAX_BYTES,
                trust=trust,
            ) as http,
        ):
            answer = await http.request(probe.method, probe.url, json=probe.body)
    except UnicodeEncodeError:
        return seen.failed(
            "sign_in", "The credential has characters that cannot be sent", "Copy it again, without quotation marks."
        )
    except (httpx2.TimeoutException, TimeoutError):
        return seen.failed(
            "answer", "Connected, but no answer came in time", "The system may be overloaded: try again."
        )
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return seen.failed(
            "answer", f"The exchange broke off: {type(error).__name__}", "Check the address and the port."
        )
    except CodeMieError as error:
        return seen.failed("answer", str(error), "Check the address: this is not the API of the system.")
    return probe.judge(answer, seen)


def _trust(*, verify: bool) -> ssl.SSLContext:
    trust = httpx2.create_ssl_context(trust_env=False)
    if not verify:
        trust.check_hostname = False
        trust.verify_mode = ssl.CERT_NONE
    return trust
