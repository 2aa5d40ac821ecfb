"""The whole bundle of an installation in which secrets stand everywhere."""

import asyncio
import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
import tarfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from codemie.kernel.database import sync_url
from tests.conftest import BROKER_SECRET
from tests.deploy.terraform.workbench import program
from tests.operations.bundle.secrets import SECRETS
from tests.operations.kubernetes.looking import kubeconfig

OLD = (dt.datetime.now(dt.UTC) - dt.timedelta(days=3)).isoformat()
PROXY_PASSWORD = "planted56 of/the proxy"
MODEL_KEY = "planted57 model key"
PLUGIN_KEY = "planted53-key-of-a-plugin"
NEW = dt.datetime.now(dt.UTC).isoformat()
ADA, GRACE = "2ad893ee-0c55-4d68-9d6b-0c3f1b1f3c11", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
"""One has an account here; the other is met in a line of a log alone."""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with every secret in its logs, and in the settings file."""
    home = tmp_path_factory.mktemp("planted")
    logs = home / "logs"
    logs.mkdir()
    lines = [json.dumps({"timestamp": NEW, "event": text, "level": "error"}) for _, text in SECRETS]
    lines += [
        json.dumps({"timestamp": NEW, "event": "asked", "prompt": "what somebody wrote"}),
        json.dumps({"timestamp": OLD, "event": "an event of last week"}),
        json.dumps({"timestamp": NEW, "event": "user.login", "entity_id": ADA, "actor_id": ADA, "method": "local"}),
        json.dumps({"timestamp": NEW, "event": "assistant.shared", "assistant": "a", "with": [ADA]}),
        json.dumps({"timestamp": NEW, "event": "user.deactivated", "entity_id": GRACE, "actor_id": None}),
        "Traceback (most recent call last):",
        f"the proxy refused ada with {PROXY_PASSWORD}",
    ]
    (logs / "api.log").write_text("\n".join(lines))
    (logs / "worker.log").write_text("\n".join(text for _, text in SECRETS))
    (logs / "postgres.log").write_text("ERROR:  duplicate key\nDETAIL:  Key (text)=(my diary) already exists.\n")
    (home / "history.jsonl").write_text(json.dumps({"command": "doctor", "wrong": {"db.size": "warn"}}) + "\n")
    (home / "nats").mkdir()
    (home / "nats" / "server.log").write_text(f'[ERR] Permissions violation - Subscription to "{PLUGIN_KEY}.live"\n')
    (home / "codemie.yaml").write_text("kernel:\n  metrics_token: planted50yaml-metrics\n")
    (home / "models.yaml").write_text(f"models:\n  - name: shown-model\n    api_key: {MODEL_KEY}\n")
    (home / "first-password.txt").write_text("planted51firstpassword\n")
    (home / "issue.md").write_text(
        "Nothing answers. I am ada@example.org, and POSTGRES_PASSWORD=hunter2planted.\n"
        f"My password is Hunter59Planted! /v1/admin/users/{GRACE} says 500, and {ADA} cannot sign in.\n"
    )
    return home


@pytest.fixture(scope="module")
async def bundle(planted: Path, postgres_url: str, nats_url: str) -> dict[str, str]:
    """Path → text of everything in the archive, and what the command printed as `-`."""
    out = planted / "bundle.tar.gz"
    environment = {
        **os.environ,
        "CODEMIE_HOME": str(planted),
        "CODEMIE_DATABASE_URL": postgres_url,
        "CODEMIE_NATS_URL": nats_url,
        "CODEMIE_PLUGINS_BROKER_SECRET": BROKER_SECRET,
        "CODEMIE_IDENTITY_ADMIN_PASSWORD": "planted52adminpassword",
        "COMPANY_PROXY": f"http://ada:{quote(PROXY_PASSWORD, safe='')}@127.0.0.1:1",
    }
    command = [sys.executable, "-m", "codemie.cli", "support-bundle", "--issue-file", str(planted / "issue.md")]
    with _account(postgres_url, ADA):
        process = await asyncio.create_subprocess_exec(
            *command, "--out", str(out), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        printed, errors = await asyncio.wait_for(process.communicate(), 90)
    assert process.returncode == 0, errors.decode()
    assert out.stat().st_mode & 0o777 == 0o600
    with tarfile.open(out) as packed:
        texts = {name.partition("/")[2]: packed.extractfile(name).read().decode() for name in packed.getnames()}  # pyright: ignore[reportOptionalMemberAccess] - all are files
    return {**texts, "-": printed.decode()}


@contextmanager
def _account(url: str, user_id: str) -> Iterator[None]:
    """Somebody who may sign in, as long as it lasts."""
    engine = create_engine(sync_url(url))
    add = (
        "INSERT INTO users (id, username, email, name, user_type, is_active, is_admin, is_maintainer, is_auditor,"
        " auth_source, email_verified, token_generation, knowledge_bases, date, update_date)"
        " VALUES (:id, 'ada59', 'ada59@example.org', 'Ada', 'regular', true, false, false, false,"
        " 'local', true, 0, '[]', now(), now())"
    )
    with engine.begin() as connection:
        connection.execute(text(add), {"id": user_id})
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM users WHERE id = :id"), {"id": user_id})
        engine.dispose()


def test_no_secret_is_in_it_in_any_form(bundle: dict[str, str], postgres_url: str) -> None:
    elsewhere = (
        "planted50yaml-metrics",
        "planted51firstpassword",
        "planted52adminpassword",
        PLUGIN_KEY,
        PROXY_PASSWORD,
        MODEL_KEY,
        "Hunter59Planted!",
        BROKER_SECRET,
        postgres_url,
    )
    everything = "\n".join(bundle.values())
    for secret in (*(secret for secret, _ in SECRETS), *elsewhere, BROKER_SECRET, postgres_url):
        raw = secret.encode()
        forms = {secret, json.dumps(secret)[1:-1], quote(secret, safe=""), b64encode(raw).decode(), raw.hex()}
        assert [form for form in forms if form in everything] == [], secret[:12]


def test_what_people_wrote_is_not_in_it(bundle: dict[str, str]) -> None:
    everything = "\n".join(bundle.values())
    assert [words for words in ("what somebody wrote", "my diary", "ada@example.org") if words in everything] == []


def test_a_person_is_the_same_pseudonym_whatever_the_field_is_called(bundle: dict[str, str]) -> None:
    lines = [json.loads(line) for line in bundle["logs/api.log"].splitlines() if '"user.' in line or "shared" in line]
    events = {line["event"]: line for line in lines}
    ada, grace = events["user.login"]["actor_id"], events["user.deactivated"]["entity_id"]

    assert [path for path, text in bundle.items() if ADA in text or GRACE in text] == []
    assert ada.startswith("‹person-")
    assert events["user.login"]["entity_id"] == events["assistant.shared"]["with"][0] == ada
    assert ada in bundle["issue.md"]
    assert f"/users/{grace} says" in bundle["issue.md"], "the issue was in before the log told of her"


def test_it_holds_what_support_needs(bundle: dict[str, str]) -> None:
    manifest: dict[str, Any] = json.loads(bundle["manifest.json"])
    assert manifest["schema"] == "codemiectl.support-bundle/1"
    assert set(manifest["files"]) >= {
        "issue.md", "steps.md", "environment.json", "checks.json", "config/settings.json", "config/codemie.yaml",
        "db/database.json", "logs/api.log", "logs/worker.log", "logs/nats-server.log",
        "nats/server.json", "nats/connections.json", "history.jsonl", "redaction.json", "config/models.json",
    }  # fmt: skip
    digests = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in bundle.items()}
    assert {path: fact["sha256"] for path, fact in manifest["files"].items()}.items() <= digests.items()
    assert json.loads(bundle["checks.json"])["schema"] == "codemiectl.report/1"
    assert json.loads(bundle["db/database.json"])["tables"]
    assert json.loads(bundle["nats/server.json"])["version"]
    assert json.loads(bundle["nats/connections.json"])[0]["connections"] >= 1
    assert "shown-model" in bundle["config/models.json"]
    assert "identity.registration" in json.loads(bundle["environment.json"])["feature_flags"]
    assert {"net/", "config/helm-values"} <= manifest["left_out"].keys()
    assert "db.size" in bundle["history.jsonl"]
    assert "Traceback (most recent call last):" in bundle["logs/api.log"]
    assert "an event of last week" not in bundle["logs/api.log"]
    assert sum(json.loads(bundle["redaction.json"]).values()) >= len(SECRETS)


def run(home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "codemie.cli", "support-bundle", "--home", str(home), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=False, cwd=home)


def test_nobody_says_what_is_wrong_is_refused(tmp_path: Path) -> None:
    refused = run(tmp_path)

    assert (refused.returncode, "--issue-file" in refused.stderr) == (1, True)


def test_where_nothing_runs_the_rest_is_gathered_and_said_to_be_missing(tmp_path: Path) -> None:
    told = run(tmp_path, "--no-issue", "--dry-run")

    assert told.returncode == 0, told.stderr
    assert "(they may hold secrets: look through helm get values, and send them beside)" in told.stdout
    assert "‹" not in told.stdout, "a sentence of ours is no secret"
    assert "db/ (No database" in told.stdout
    assert not list(tmp_path.glob("*.tar.gz"))


def test_a_folder_that_terraform_was_not_prepared_in_is_told_in_a_line(tmp_path: Path) -> None:
    program()
    (tmp_path / "main.tf").write_text('terraform {\n  backend "local" {}\n}\n')

    told = run(tmp_path, "--no-issue", "--dry-run", "--terraform", str(tmp_path))

    line = next(line for line in told.stdout.splitlines() if "terraform/state-addresses.txt" in line)
    assert line.endswith(
        "(This folder is not prepared for what it holds now. Run: terraform init"
        " (with -reconfigure when only backend.tf changed))"
    )
    assert not {"\x1b", "│", "╷"} & set(told.stdout)


SIGN_ON = {
    "CODEMIE_IDENTITY_MODE": "oidc",
    "CODEMIE_IDENTITY_OIDC_ISSUER": "http://127.0.0.1:1",
    "CODEMIE_IDENTITY_OIDC_CLIENT_ID": "codemie",
    "CODEMIE_IDENTITY_OIDC_CLIENT_SECRET": "planted58-client",
}


def test_a_database_without_a_schema_and_a_cluster_that_is_away_leave_the_rest_in(
    tmp_path: Path, postgres_url: str, nats_url: str
) -> None:
    """This is when support is asked: the parts that can be told are told, and of the others why not."""
    bare = _run_sql(postgres_url, "bare_of_a_schema")
    kubeconfig(tmp_path, "http://127.0.0.1:1", "", "reader")
    given = {"CODEMIE_DATABASE_URL": bare, "CODEMIE_NATS_URL": nats_url, **SIGN_ON}
    given |= {"KUBECONFIG": str(tmp_path / "kubeconfig"), "CODEMIE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "codemie.cli", "support-bundle", "--no-issue", "--cluster", "--no-network"]
    told = subprocess.run(
        [*command, "--out", "made.tar.gz"], env={**os.environ, **given}, cwd=tmp_path,
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip

    assert told.returncode == 0, told.stderr
    with tarfile.open(tmp_path / "made.tar.gz") as packed:
        wanted = [name for name in packed.getnames() if name.endswith(".json")]
        read: dict[str, Any] = {
            name.partition("/")[2]: json.load(packed.extractfile(name))  # pyright: ignore[reportArgumentType] - all are files
            for name in wanted
        }
    assert "alembic_version" in read["db/database.json"]["revision"]
    assert read["db/database.json"]["sessions"]
    checks = {each["id"]: each for each in read["checks.json"]["checks"]}
    assert checks["db.schema"]["status"] == "fail"
    assert checks["idp.discovery"]["detail"] == "nobody outside may be asked"
    assert "k8s/pods.json" in read["manifest.json"]["left_out"]


def _run_sql(url: str, name: str) -> str:
    """A database of its own with nothing in it."""
    superuser = make_url(url).set(database="postgres").render_as_string(hide_password=False)
    engine = create_engine(sync_url(superuser), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(url).set(database=name).render_as_string(hide_password=False)
