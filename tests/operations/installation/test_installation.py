"""Each fault turns exactly its own check red; where all is well, all is green."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from typer.testing import CliRunner, Result

from codemie.checks.report import Checked, Report, Status
from codemie.cli.commands import app
from codemie.identity.tables import ActivityEvent
from codemie.integrations.tables import Integration
from codemie.integrations.vault import Vault
from codemie.kernel.master_keys import open_cipher
from codemie.operations import rotation_repository
from codemie.operations.catalogue import CHECKS as ALL
from codemie.operations.catalogue import INSTALLATION, MADE_AT_RUN_TIME
from codemie.operations.installation import outside
from codemie.operations.installation.subject import Profile
from tests.fakes import oidc_issuer, vendors
from tests.operations.injection import RED, assert_only
from tests.operations.installation.faults import FAULTS, Injected, token
from tests.operations.installation.provider.faults import FAULTS as PROVIDER
from tests.operations.installation.world import View, World, examined, front, leads_to, typed
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, MASTER_KEY, until

ROOT = Path(__file__).parents[3]
_NOBODY = 65534


@pytest.fixture(scope="module")
async def healthy(world: World) -> Report:
    return await examined(world.view())


def test_every_check_has_its_fault() -> None:
    of_provider = {fault.check for fault in PROVIDER}

    assert [fault.check for fault in FAULTS] == [each.id for each in INSTALLATION if each.id not in of_provider]


def test_where_all_is_well_everything_is_green(healthy: Report) -> None:
    found = {check.id: (check.status, check.finding.detail) for check in healthy.checks}

    red = {name: said for name, said in found.items() if said[0] in {*RED, Status.UNKNOWN}}
    skipped = {name for name, said in found.items() if said[0] is Status.SKIP}
    assert red == {}
    assert skipped == {
        "db.size",
        "integrations.test",
        "idp.discovery",
        "idp.claims",
        *(fault.check for fault in PROVIDER),
    }


def test_what_a_check_found_is_more_than_its_title(healthy: Report) -> None:
    assert [check.id for check in healthy.checks if check.finding.detail == check.title] == []


def test_the_page_of_the_administrators_has_words_for_every_group(healthy: Report) -> None:
    page = ROOT / "web" / "src" / "features" / "administration" / "health-text.ts"
    words = page.read_text().partition("PHASES")[2].partition("};")[0]

    assert {check.phase for check in healthy.checks} <= set(re.findall(r"^  (\w+): ", words, re.MULTILINE))


@pytest.mark.usefixtures("healthy")
async def test_what_the_checks_send_is_not_taken_for_a_strangers(world: World) -> None:
    told = await until(lambda: probed(world, "credential", "method"), what="rows about what the checks sent")

    assert told == {"credential.probed": {"bearer", "header"}}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.check)
async def test_a_fault_turns_its_own_check_red(world: World, healthy: Report, fault: Injected) -> None:
    assert fault.inject
    async with fault.inject(world) as view:
        broken = await examined(view)

    assert_only(fault, healthy, broken)
    assert "planted-in-doctor" not in str(broken.as_document())


@pytest.mark.parametrize(
    ("broken", "mended", "told"),
    [
        ("CREATE POLICY o ON data_sources USING (true)", "DROP POLICY o ON data_sources", "data_sources, generations"),
        ("CREATE POLICY o ON conversations FOR SELECT USING (true)", "DROP POLICY o ON conversations", "conversations"),
        ("CREATE POLICY o ON guardrails FOR INSERT WITH CHECK (true)", "DROP POLICY o ON guardrails", "guardrails"),
        (
            "ALTER TABLE integrations DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE integrations ENABLE ROW LEVEL SECURITY",
            "integrations",
        ),
        (
            "ALTER POLICY tenant ON model_usage USING (current_setting('codemie.scope') = 'system')",
            None,
            "People do not find their own: model_usage",
        ),
        ("DROP POLICY tenant ON model_usage", None, "may not write into a table"),
    ],
)
async def test_every_hole_in_the_wall_is_seen(world: World, broken: str, mended: str | None, told: str) -> None:
    """`db.row_security`, which sees one of them first, is left out."""
    async with world.database.session() as session:
        usage = "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = 'model_usage'::regclass"
        rule = await session.scalar(text(usage))
    await world.sql(broken)
    try:
        seen = await isolation_of(world.view(), "db.row_security")
    finally:
        await world.sql("DROP POLICY IF EXISTS tenant ON model_usage" if mended is None else mended)
        if mended is None:
            await world.sql(f"CREATE POLICY tenant ON model_usage USING ({rule}) WITH CHECK ({rule})")

    assert seen.status is Status.FAIL
    assert told in seen.finding.detail, seen.finding
    assert (await isolation_of(world.view())).status is Status.PASS
    async with world.database.session() as session:
        left = await session.scalar(text("SELECT count(*) FROM assistants WHERE name LIKE 'doctor-%'"))
    assert left == 0


async def test_trying_the_wall_leaves_no_errors_in_the_log_of_the_server(world: World, workplace: Path) -> None:
    log = workplace / "postgres" / "server.log"
    before = log.stat().st_size

    assert (await isolation_of(world.view())).status is Status.PASS

    with log.open("rb") as file:
        file.seek(before)
        written = file.read().decode(errors="replace")
    assert "row-level security" not in written
    assert "doctor-" not in written


@pytest.mark.parametrize(("profile", "status"), [(Profile.PROD, Status.FAIL), (Profile.DEV, Status.WARN)])
async def test_a_role_that_passes_the_wall_is_seen(world: World, profile: Profile, status: Status) -> None:
    url = make_url(world.environment["CODEMIE_DATABASE_URL"]).set(username="postgres")
    view = world.view(DATABASE_URL=url.render_as_string(hide_password=False), profile=profile)

    assert (await isolation_of(view, "db.role")).status is status


async def isolation_of(view: View, *skip: str) -> Checked:
    found = await examined(view, "authz.project_isolation", skip=skip)
    return next(each for each in found.checks if each.id == "authz.project_isolation")


async def test_what_is_left_out_by_default_is_green_where_all_is_well(world: World) -> None:
    async with oidc_issuer.running() as issuer:
        view = world.view(
            IDENTITY_MODE="oidc",
            IDENTITY_OIDC_ISSUER=issuer.url,
            OPERATIONS_DATABASE_GIGABYTES="100",
            token=token(sub="1", realm_access={"roles": ["developer"]}, applications=["demo"]),
        )
        found = await examined(view, "idp.discovery", "idp.claims", "db.size")

    assert {check.status for check in found.checks} == {Status.PASS}, found.as_document()


async def test_a_credential_that_works_is_green(world: World) -> None:
    async with vendors.running() as url, world.database.session() as session:
        row = await session.get_one(Integration, world.integration)
        former, row.values = row.values[0]["value"], typed(url)
        Vault(open_cipher(world.home, MASTER_KEY)).seal(row, {"token": vendors.TOKEN})
        await session.commit()
        found = await examined(world.view(integrations=True), "integrations.test")
    await leads_to(world, former)

    assert found.checks[-1].status is Status.PASS, found.checks[-1].finding


async def test_what_is_a_matter_of_course_while_trying_out_is_no_failure(world: World) -> None:
    view = world.view(KERNEL_METRICS_TOKEN="admin", FRONTEND_URL=None, INTEGRATIONS_EGRESS_IP=None, profile=Profile.DEV)
    found = {check.id: check.status for check in (await examined(view)).checks}

    assert found["config.production"] is Status.SKIP
    assert found["config.secrets"] is Status.WARN
    assert found["egress.ip"] is Status.SKIP
    assert Status.FAIL not in found.values()


async def test_nobody_outside_is_asked_where_that_is_not_wanted(world: World) -> None:
    view = world.view(
        IDENTITY_MODE="oidc", IDENTITY_OIDC_ISSUER="http://127.0.0.1:9/realm", network=False, integrations=True
    )
    found = {check.id: check.finding.detail for check in (await examined(view, "idp", "integrations", "egress")).checks}

    assert (
        found["idp.discovery"] == found["integrations.test"] == found["egress.reach"] == "nobody outside may be asked"
    )


async def probed(world: World, what: str, fact: str) -> dict[str, set[str]] | None:
    """What the audit log says of refusals, by event; once both that a run makes are there."""
    found: dict[str, set[str]] = {}
    async with world.database.session() as session:
        rows = await session.scalars(select(ActivityEvent).where(ActivityEvent.actor_id.is_(None)))
        for row in rows:
            if row.event_type in {f"{what}.refused", f"{what}.probed"}:
                found.setdefault(row.event_type, set()).add(row.attributes[fact])
    return found if sum(map(len, found.values())) >= 2 else None


def codemiectl(world: World, *words: str, **variables: str) -> Result:
    return CliRunner().invoke(app, [*words], env=world.environment | variables)


@contextmanager
def started(variables: Mapping[str, str], user: int = os.geteuid()) -> Iterator[None]:
    """A process that goes by the name of the platform's API: the one of these tests runs in their own."""
    program = f"import os; os.setuid({user}); print(flush=True); input()"
    words = [sys.executable, "-c", program, "-m", "codemie.cli", "serve"]
    with subprocess.Popen(words, env={**os.environ, **variables}, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as api:
        assert api.stdout
        api.stdout.readline()
        yield
        api.communicate(b"\n")


def test_settings_that_the_running_platform_was_started_with_are_those_that_are_judged(world: World) -> None:
    with started(world.environment | {"CODEMIE_KERNEL_METRICS_TOKEN": "changeme-planted"}):
        told = codemiectl(world, "doctor", "--only", "config")

    assert told.exit_code == 2
    assert "FAILED   config.placeholders      Examples instead of values: CODEMIE_KERNEL_METRICS_TOKEN" in told.output
    assert "planted" not in told.output


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts processes of other accounts, and sees their variables")
def test_settings_of_a_process_that_somebody_else_started_are_not_taken_for_the_platforms(world: World) -> None:
    with started(world.environment | {"CODEMIE_KERNEL_METRICS_TOKEN": "changeme-planted"}, user=_NOBODY):
        told = codemiectl(world, "doctor", "--only", "config")

    assert "FAILED" not in told.output
    assert "is neither yours, nor root's, nor that of whom the home belongs to" in told.output


def test_settings_of_a_platform_that_is_not_seen_are_unknown_never_ok(world: World) -> None:
    told = codemiectl(world, "doctor", "--only", "config", "--profile", "prod")
    alone = codemiectl(world, "doctor", "--only", "config.readable")
    bad = codemiectl(world, "doctor", "--only", "config", CODEMIE_KERNEL_METRICS_TOKEN="changeme")

    assert alone.exit_code == 3, "nothing was seen"
    assert told.output.count("unknown  config.") == 5
    assert told.output.count("no API and no worker of this installation was found on this machine") == 1
    assert bad.exit_code == 2, "what this command itself was told is judged"


def test_the_command_tells_the_same(world: World, tmp_path: Path) -> None:
    with started(world.environment):
        told = codemiectl(world, "doctor", "--only", "config", "--junit", str(tmp_path / "r.xml"))

    assert told.exit_code == 0, told.output
    assert "  ok       config.readable " in told.output
    assert "<testsuite" in (tmp_path / "r.xml").read_text()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--process", "--remote", "http://127.0.0.1:9"], 3, "--process"),
        (["--remote", "http://127.0.0.1:9", "--integrations"], 3, "--integrations"),
        (["--remote", "http://127.0.0.1:9", "--no-network"], 3, "it counts only"),
        (["--only", "dsn"], 3, "No check and no phase is called 'dsn'"),
        (["--profile", "test"], 3, "--profile"),
        (["--remote", "http://127.0.0.1:9"], 3, "CODEMIE_TOKEN"),
        (["--only", "nats.reachable"], 2, "Look whether NATS runs"),
        (["--only", "config.unknown", "--fail-on", "warn"], 1, "CODEMIE_PROT sets nothing"),
    ],
)
def test_the_exit_code_tells_a_failure_from_a_mistake(world: World, words: list[str], code: int, said: str) -> None:
    told = codemiectl(world, "doctor", *words, CODEMIE_NATS_URL="nats://127.0.0.1:9", CODEMIE_PROT="80")

    assert (told.exit_code, said in told.output) == (code, True), told.output


def test_explain_lists_all_checks_and_tells_what_is_near_a_wrong_name(world: World) -> None:
    listed = codemiectl(world, "explain")
    near, far = codemiectl(world, "explain", "dbschema"), codemiectl(world, "explain", "nonsense")

    assert listed.exit_code == 0
    assert [line.split()[0] for line in listed.output.splitlines()] == [check.id for check in (*ALL, *MADE_AT_RUN_TIME)]
    assert "db.schema" in near.output
    assert far.output.count(".") <= 2, "a hundred names tell nobody anything"
    assert {near.exit_code, far.exit_code} == {3}


async def test_a_personal_token_is_told_that_it_is_no_administrator(world: World) -> None:
    token = await world.platform.login(ADMIN_EMAIL, ADMIN_PASSWORD)
    async with world.platform.client(token) as admin:
        asked = {"name": "doctor", "scope": "write", "expires_in_days": 1}
        made = (await admin.post("/v1/personal-tokens", json=asked)).json()

    told = await asyncio.to_thread(
        codemiectl, world, "doctor", "--remote", world.platform.url, CODEMIE_TOKEN=made["token"]
    )

    assert told.exit_code == 3
    assert "403" in told.output
    assert "a personal access token is never one" in told.output


async def test_a_secret_beyond_the_first_part_is_opened_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation_repository, "BATCH", 1)
    copied = """INSERT INTO integrations SELECT (jsonb_populate_record(i, '{"id": "zz", "alias": "copied"}')).*
                FROM integrations i"""
    await world.sql(copied)
    try:
        found = {each.id: each for each in (await examined(world.view(), "crypto.roundtrip")).checks}
    finally:
        await world.sql("DELETE FROM integrations WHERE id = 'zz'")

    assert found["crypto.roundtrip"].status is Status.FAIL


async def test_more_credentials_than_are_tried_are_not_said_to_work(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "_MOST_TRIED", 0)

    found = {each.id: each for each in (await examined(world.view(integrations=True), "integrations.test")).checks}

    assert found["integrations.test"].status is Status.UNKNOWN


async def test_a_page_in_place_of_checks_is_no_error_of_ours(world: World) -> None:
    async with front({"/v1/admin/health/checks": (200, "text/html", "<html>welcome</html>")}) as url:
        told = await asyncio.to_thread(codemiectl, world, "doctor", "--remote", url, CODEMIE_TOKEN="planted")

    assert told.exit_code == 3
    assert "answers with something else than checks" in told.output


async def test_administrators_see_the_same_over_http_and_from_elsewhere(world: World) -> None:
    token = await world.platform.login(ADMIN_EMAIL, ADMIN_PASSWORD)
    async with world.platform.client(token) as admin, world.platform.client() as nobody:
        first, again = [(await admin.get("/v1/admin/health/checks")).json() for _ in range(2)]
        refused = await nobody.get("/v1/admin/health/checks")

    assert [row["id"] for row in first["checks"]] == [check.id for check in INSTALLATION]
    assert first["started"] == again["started"]
    assert first["summary"]["fail"] == 0, first
    found = {row["id"]: row["status"] for row in first["checks"]}
    assert found["nats.wrong_key"] == found["nats.anonymous"] == "pass", "by the real server and the platform's callout"
    assert refused.status_code == 401

    async def asked_and_told() -> dict[str, set[str]] | None:
        # The log takes thirty refusals a minute from one address, and faults before this test may have used them up.
        await asyncio.to_thread(codemiectl, world, "doctor", "--only", "nats.wrong_key", "--only", "nats.anonymous")
        return await probed(world, "plugin_connection", "reason")

    told = await until(asked_and_told, seconds=90, every=2, what="rows about keys that checks sent")
    assert told == {"plugin_connection.probed": {"wrong key", "no key"}}

    told = await asyncio.to_thread(
        codemiectl, world, "doctor", "--remote", world.platform.url, "--only", "db", "--json", CODEMIE_TOKEN=token
    )
    shown = json.loads(told.stdout)
    assert told.exit_code == 0, told.output
    assert {row["phase"] for row in shown["checks"]} == {"db"}
    assert shown["target"]["url"] == world.platform.url
