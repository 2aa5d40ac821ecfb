"""A real Keycloak and a real oauth2-proxy, started on free loopback ports from where `make components` put them."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from codemie.identity.realm_admin import Change, RealmAdmin
from codemie.identity.realm_document import load
from tests.components import components
from tests.support import free_port

ROOT = Path(__file__).parents[2]
REALM_FILE, BROKER_FILE, EXCHANGE_FILE = (
    ROOT / "deploy" / "keycloak" / f"{name}.yaml" for name in ("realm", "broker", "token-exchange")
)
ADMIN_PASSWORD = "keycloak-test-admin"
START_SECONDS = 300
# A short life on few cores: half the processor time to start that Keycloak's own options need.
JAVA_OPTIONS = (
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Xms64m",
    "-Xmx448m",
    "-XX:MaxMetaspaceSize=256m",
    "-Dfile.encoding=UTF-8",
    "-Djava.security.egd=file:/dev/urandom",
)


def require(present: Any, component: str) -> None:
    """Skip what `make components` has not prepared; fail where it said it did (CODEMIE_REQUIRE_KEYCLOAK=1)."""
    if present:
        return
    if os.environ.get("CODEMIE_REQUIRE_KEYCLOAK") == "1":
        pytest.fail(f"{component} is missing, and CODEMIE_REQUIRE_KEYCLOAK=1 says it must be there")
    pytest.skip(f"{component} is not prepared; `make components` does that, or says why it cannot")


class Keycloak:
    """A running Keycloak with an administrator's session."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx2.Client(base_url=url, timeout=60)

    def issuer(self, realm: str) -> str:
        return f"{self.url}/realms/{realm}"

    def sign_in(self) -> None:
        """Administrators' tokens live a minute."""
        form = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": ADMIN_PASSWORD}
        answer = self.client.post("/realms/master/protocol/openid-connect/token", data=form)
        assert answer.status_code == 200, answer.text
        self.client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the admin API; its answer as JSON, or the new thing's id."""
        self.sign_in()
        answer = self.client.request(method, f"/admin/realms{path}", json=body)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        if "location" in answer.headers:
            return answer.headers["location"].rpartition("/")[2]
        return answer.json() if answer.content else None

    def apply(self, path: Path, variables: dict[str, str], *, dry: bool = False) -> list[Change]:
        """What `codemiectl idp apply` does."""
        return self.apply_document(load(path, variables), dry=dry)

    def apply_document(self, document: dict[str, Any], *, dry: bool = False) -> list[Change]:
        """The same with a document that is in no file."""
        self.sign_in()
        return list(RealmAdmin(self.client, dry=dry).apply(document))

    def add_user(self, realm: str, email: str, password: str, roles: tuple[str, ...] = (), **attributes: Any) -> str:
        """A user with a password; gives the id."""
        user = {
            "username": email,
            "email": email,
            "emailVerified": True,
            "firstName": "Ada",
            "lastName": "Lovelace",
            "enabled": True,
            "attributes": attributes,
            "credentials": [{"type": "password", "value": password, "temporary": False}],
        }
        user_id = self.call("POST", f"/{realm}/users", user)
        found = [self.call("GET", f"/{realm}/roles/{role}") for role in roles]
        if found:
            self.call("POST", f"/{realm}/users/{user_id}/role-mappings/realm", found)
        return str(user_id)

    def change_user(self, realm: str, user_id: str, **changes: Any) -> None:
        """Write over fields of a user."""
        user = self.call("GET", f"/{realm}/users/{user_id}")
        self.call("PUT", f"/{realm}/users/{user_id}", {**user, **changes})

    def token(self, realm: str, **form: str) -> httpx2.Response:
        """Ask the token endpoint, as the SDK does."""
        return httpx2.post(f"{self.issuer(realm)}/protocol/openid-connect/token", data=form, timeout=60)


@contextmanager
def running_keycloak(workplace: Path) -> Iterator[Keycloak]:
    """Keycloak with an empty database of its own, until the block ends."""
    home = components().keycloak
    require(home.is_dir() and shutil.which("java"), "Keycloak")
    port, management = free_port(), free_port()
    command = [
        str(home / "bin" / "kc.sh"),
        "start",
        "--optimized",
        "--db-url=jdbc:h2:mem:keycloak;NON_KEYWORDS=VALUE;DB_CLOSE_DELAY=-1",
        "--http-enabled=true",
        "--http-host=127.0.0.1",
        f"--http-port={port}",
        f"--http-management-port={management}",
        f"--hostname=http://127.0.0.1:{port}",
        "--cache=local",
    ]
    environment = {
        **os.environ,
        "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
        "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN_PASSWORD,
        "JAVA_OPTS": " ".join(JAVA_OPTIONS),
    }
    url = f"http://127.0.0.1:{port}"
    with _process(command, environment, workplace / "keycloak.log", f"{url}/realms/master"):
        yield Keycloak(url)


@contextmanager
def running_oauth2_proxy(
    workplace: Path, *, issuer: str, client_secret: str, port: int, upstream: str, logout: str, refresh_seconds: int
) -> Iterator[str]:
    """oauth2-proxy with the configuration we ship; gives its address."""
    program = components().oauth2_proxy
    require(program.is_file(), "oauth2-proxy")
    url = f"http://127.0.0.1:{port}"
    command = [
        str(program),
        f"--config={ROOT / 'deploy' / 'oauth2-proxy' / 'oauth2-proxy.cfg'}",
        f"--http-address=127.0.0.1:{port}",
        "--cookie-secure=false",
        f"--whitelist-domain=127.0.0.1:{port}",
        f"--cookie-refresh={refresh_seconds}s",
    ]
    environment = {
        **os.environ,
        "OAUTH2_PROXY_OIDC_ISSUER_URL": issuer,
        "OAUTH2_PROXY_CLIENT_SECRET": client_secret,
        "OAUTH2_PROXY_COOKIE_SECRET": secrets.token_hex(16),
        "OAUTH2_PROXY_REDIRECT_URL": f"{url}/oauth2/callback",
        "OAUTH2_PROXY_UPSTREAMS": upstream,
        "OAUTH2_PROXY_BACKEND_LOGOUT_URL": logout,
    }
    with _process(command, environment, workplace / "oauth2-proxy.log", f"{url}/ping"):
        yield url


@contextmanager
def _process(command: list[str], environment: dict[str, str], log: Path, ready: str) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL, process_group=0
        )
    try:
        _wait_until_ready(process, log, ready)
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        # Keycloak's start script has Java for a child.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path, address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(address, timeout=5).status_code == 200:
                return
        time.sleep(0.5)
    pytest.fail(f"{process.args[0]} did not start: {log.read_text(errors='replace')[-2000:]}")  # type: ignore[index]
