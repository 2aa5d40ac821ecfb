"""The compose file for one host: what it must and must not say. No container engine runs here."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.components import components
from tests.support import require

DOCKER = Path(__file__).parents[2] / "deploy" / "docker"
FILE = DOCKER / "compose.yaml"
DOMAINS = {"CODEMIE_DOMAIN": "ai.example.com", "CODEMIE_AUTH_DOMAIN": "auth.example.com"}
ONCE = {"migrate", "nats-configuration", "realm"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text())


def test_it_holds_everything_the_platform_needs(compose: dict[str, Any]) -> None:
    services = compose["services"]

    assert {"api", "worker", "migrate", "postgres", "nats", "keycloak", "oauth2-proxy", "edge"} <= set(services)
    assert {name: service["command"] for name, service in services.items() if name in {"api", "worker", "migrate"}} == {
        "api": ["serve"],
        "worker": ["worker"],
        "migrate": ["migrate"],
    }


def test_only_the_edge_opens_ports_of_the_host(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["edge"]
    assert compose["networks"]["inside"] == {"internal": True}
    assert {name for name, service in compose["services"].items() if "outside" in service["networks"]} == {
        *("edge", "api", "worker", "keycloak"),
    }


def test_every_container_is_hardened(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["read_only"] or name == "keycloak", name
        assert not service.get("privileged"), name


def test_every_server_has_a_health_check_and_every_task_ends(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert ("healthcheck" in service) is (name not in {*ONCE, "oauth2-proxy"}), name
        assert (service["restart"] == "on-failure") is (name in ONCE), name


def test_who_waits_for_whom_exists_and_fits(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if needed in ONCE else "service_healthy"
            assert how["condition"] == wanted, f"{name} → {needed}"
            # What belongs to a profile cannot be waited for from outside it, unless it may be missing.
            outside = bool(services[needed].get("profiles")) and not service.get("profiles")
            assert how.get("required", True) is not outside, f"{name} → {needed}"


@pytest.mark.parametrize("profiles", [set[str](), {"keycloak"}, {"keycloak", "oauth2-proxy"}])
def test_somebody_waits_for_the_end_of_every_task(compose: dict[str, Any], profiles: set[str]) -> None:
    """`up --wait` calls a container that has ended a failure, unless another waits for just that."""
    services = compose["services"]
    on = {name: one for name, one in services.items() if not one.get("profiles") or profiles & set(one["profiles"])}
    waited = {
        needed
        for one in on.values()
        for needed, how in one.get("depends_on", {}).items()
        if how["condition"] == "service_completed_successfully"
    }

    assert ONCE & set(on) <= waited


def test_images_have_versions(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        default = re.fullmatch(r"\$\{\w+:[-?](.*)\}", service["image"])
        assert default, name
        assert default[1].startswith("run codemiectl") or re.search(r":v?\d+\.\d+", default[1]), name


def test_passwords_come_from_files_and_none_has_a_default(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            secret = re.search(r"PASSWORD|SECRET|TOKEN|KEY", variable)
            assert not secret or variable.endswith("_FILE"), f"{name} {variable}={value}"
        for one in service.get("secrets", []):
            assert (one if isinstance(one, str) else one["source"]) in compose["secrets"], name
    assert all(list(secret) == ["file"] for secret in compose["secrets"].values())


@pytest.mark.parametrize("tls", ["internal", "ops@example.com"])
def test_caddy_accepts_the_configuration_of_the_edge(tmp_path: Path, tls: str) -> None:
    program = shutil.which("caddy") or components().caddy
    require(Path(program).is_file(), "Caddy, which `make components` brings,")
    (tmp_path / "sites").mkdir()
    shutil.copy(DOCKER / "Caddyfile", tmp_path)
    shutil.copy(DOCKER / "keycloak.caddy", tmp_path / "sites")

    said = subprocess.run(
        [program, "validate", "--config", "Caddyfile"],
        cwd=tmp_path,
        env={**DOMAINS, "CODEMIE_TLS": tls, "CODEMIE_UPSTREAM": "api:8080", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 0, said.stderr
