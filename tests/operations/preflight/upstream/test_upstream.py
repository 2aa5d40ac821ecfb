"""The provider behind Keycloak, as the realm file we ship would set it up: good, and with one fault at a time."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from codemie.checks.report import Checked, Report, Status
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.cli.commands import app
from codemie.identity.oidc_trial import Verdict, judged
from codemie.identity.realm_document import load
from codemie.operations.preflight.checks import CHECKS
from codemie.operations.preflight.upstream_checks import Upstreams
from tests.fakes import keycloak
from tests.fakes.keycloak import FakeKeycloak, State
from tests.operations.injection import assert_only
from tests.operations.preflight.upstream.faults import FAULTS, UpstreamFault, in_days

BROKER = Path(__file__).parents[4] / "deploy" / "keycloak" / "broker.yaml"
SECRET = "planted-broker-secret"
KEYCLOAK = "https://sso.test"
ENDPOINT = f"{KEYCLOAK}/realms/codemie-prod/broker/corporate/endpoint"


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[FakeKeycloak]:
    """The company's provider."""
    async with keycloak.running() as running:
        grants = {"authorization_code"}
        client = {"id": "1", "clientId": "keycloak", "secret": SECRET, "grants": grants, "redirectUris": [ENDPOINT]}
        running.state.clients["keycloak"] = client
        yield running


def variables(provider: FakeKeycloak) -> dict[str, str]:
    """What somebody filled in."""
    return {
        "BROKER_ISSUER": provider.url,
        "BROKER_AUTHORIZATION_URL": f"{provider.url}/auth",
        "BROKER_TOKEN_URL": f"{provider.url}/token",
        "BROKER_JWKS_URL": f"{provider.url}/certs",
        "BROKER_LOGOUT_URL": f"{provider.url}/logout",
        "BROKER_CLIENT_ID": "keycloak",
        "BROKER_CLIENT_SECRET": SECRET,
        "BROKER_SECRET_EXPIRES": in_days(200),
    }


async def report(given: dict[str, str], server: str = KEYCLOAK) -> Report:
    upstreams = Upstreams(load(BROKER, given), server)
    options = Options(timeout=30, secrets=upstreams.secrets)
    return await run("preflight", CHECKS, Sources().offer(Upstreams, upstreams), options)


async def seen(given: dict[str, str], server: str = KEYCLOAK) -> Checked:
    return next(each for each in (await report(given, server)).checks if each.id == "idp.upstream")


@pytest.fixture(scope="module")
async def well(provider: FakeKeycloak) -> Report:
    return await report(variables(provider))


def test_all_is_well_where_nothing_is_broken(well: Report) -> None:
    (looked,) = [check for check in well.checks if check.status is not Status.SKIP]

    assert (looked.id, looked.status) == ("idp.upstream", Status.PASS), looked.finding
    assert looked.finding.evidence == {"redirect URI": ENDPOINT}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
async def test_a_fault_turns_its_own_check_red(fault: UpstreamFault, well: Report, provider: FakeKeycloak) -> None:
    given = variables(provider)
    port = provider.url.split(":")[2].split("/")[0]
    async with provider.broken() as state:
        fault.inject(given, state)
        broken = await report({name: value.replace("{port}", port) for name, value in given.items()})

    assert_only(fault, well, broken)
    found = next(each for each in broken.checks if each.id == fault.check)
    assert fault.told in found.finding.detail
    assert "planted" not in str(broken.as_document())


def _looks_at_the_code_first(_: dict[str, str], state: State) -> None:
    state.first = "code"


@pytest.mark.parametrize(
    ("inject", "server", "told"),
    [
        (lambda given, _: given.pop("BROKER_SECRET_EXPIRES"), KEYCLOAK, "when the secret ends: nobody said"),
        (lambda given, _: given.update(BROKER_SECRET_EXPIRES="soon"), KEYCLOAK, "“soon” is no date"),
        (lambda given, _: given.update(BROKER_CLIENT_AUTH="private_key_jwt"), KEYCLOAK, "cannot be tried from here"),
        (lambda given, _: None, "", "set KEYCLOAK_URL"),
        (_looks_at_the_code_first, KEYCLOAK, "secret: the provider answers invalid_grant, whatever the secret"),
        (_looks_at_the_code_first, KEYCLOAK, "redirect URI: status 200, a page of the provider's own"),
    ],
)
async def test_what_cannot_be_seen_is_unknown(provider: FakeKeycloak, inject: object, server: str, told: str) -> None:
    given = variables(provider)
    async with provider.broken() as state:
        assert callable(inject)
        inject(given, state)
        found = await seen(given, server)

    assert found.status is Status.UNKNOWN, found.finding
    assert told in found.finding.detail


async def test_a_secret_that_never_ends_is_well(provider: FakeKeycloak) -> None:
    found = await seen(variables(provider) | {"BROKER_SECRET_EXPIRES": "never"})

    assert found.status is Status.PASS
    assert "the secret does not end" in found.finding.detail


@pytest.mark.parametrize(
    ("status", "location", "verdict"),
    [
        (302, f"{ENDPOINT}?error=login_required", Verdict.ACCEPTED),
        (303, f"{ENDPOINT}#error=interaction_required", Verdict.ACCEPTED),
        (302, f"{ENDPOINT}?code=x", Verdict.ACCEPTED),
        (302, f"{ENDPOINT}?error=invalid_scope&error_description=no", Verdict.REFUSED),
        (302, f"{ENDPOINT}/elsewhere?error=login_required", Verdict.UNCLEAR),
        (302, f"https://evil.test/?next={ENDPOINT}?error=login_required", Verdict.UNCLEAR),
        (302, "https://sso.test.evil.test/realms/codemie-prod/broker/corporate/endpoint?code=x", Verdict.UNCLEAR),
        (302, "", Verdict.UNCLEAR),
        (302, "http://[", Verdict.UNCLEAR),
        (400, "", Verdict.REFUSED),
        (404, f"{ENDPOINT}?error=login_required", Verdict.REFUSED),
        (200, f"{ENDPOINT}?error=login_required", Verdict.UNCLEAR),
        (500, "", Verdict.UNCLEAR),
    ],
)
def test_only_a_way_back_to_the_client_counts_as_accepted(status: int, location: str, verdict: Verdict) -> None:
    assert judged(status, location, ENDPOINT).verdict is verdict


def _command(given: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(app, ["preflight", "--realm", str(BROKER), *words], env=given)


async def test_the_command_tells_the_same(provider: FakeKeycloak) -> None:
    given = variables(provider) | {"KEYCLOAK_URL": KEYCLOAK}

    told = await asyncio.to_thread(_command, given, "--json", "--only", "idp")
    offline = await asyncio.to_thread(_command, given, "--no-network")

    (check,) = json.loads(told.stdout)["checks"]
    assert (told.exit_code, check["id"], check["status"]) == (0, "idp.upstream", "pass"), told.output
    assert "the provider is not to be asked" in offline.output
    assert SECRET not in told.output + offline.output


async def test_a_realm_file_without_a_provider_has_nothing_to_ask(tmp_path: Path) -> None:
    file = tmp_path / "realm.yaml"
    file.write_text("realm: {realm: x}")
    found = await run(
        "preflight", CHECKS, Sources().offer(Upstreams, Upstreams(load(file, {}))), Options(only=("idp",))
    )

    assert found.checks[0].status is Status.SKIP
