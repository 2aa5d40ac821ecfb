"""NATS servers of the operator: what `nats config` prints makes one a broker; secrets change while all runs."""

import os
import secrets
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from codemie.embedded.nats import EmbeddedNats
from codemie.embedded.nats_access import Login, NatsAccess, new_secret
from codemie.kernel.database import Database
from codemie.kernel.errors import Unavailable
from codemie.plugins.callout import Callout
from codemie.plugins.links import Link
from codemie.plugins.refusals import Refusals
from tests.cli.installation import ctl, environment
from tests.conftest import MakeUser
from tests.plugins.broker.agents import is_let_in
from tests.plugins.broker.conftest import Keys, address
from tests.plugins.broker.test_listener import trusting, write
from tests.plugins.broker.test_platform import make_key
from tests.plugins.diagnosis.certificates import issued
from tests.support import environment_for, free_port, serving, until

pytestmark = pytest.mark.process

SERVER = Path(sys.executable).parent / "nats-server"


@contextmanager
def running(configuration: Path) -> Iterator[None]:
    """A server with a configuration file."""
    log = configuration.with_suffix(".log")
    process = subprocess.Popen([str(SERVER), "-c", str(configuration), "-l", str(log)])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


async def test_a_server_with_the_printed_configuration_carries_the_engine_over_tls(
    tmp_path: Path, postgres_url: str, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = issued("Root of the test", is_authority=True)
    write(tmp_path, issued("localhost", root, names=("localhost",)))
    (tmp_path / "ca.pem").write_bytes(root.pem)
    port, secret = free_port(), new_secret()
    url = f"tls://codemie:some%20password@localhost:{port}"
    known = {"CODEMIE_NATS_URL": url, "CODEMIE_PLUGINS_BROKER_SECRET": secret}
    files = ("--tls-certificate", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem"))

    printed = ctl("nats", "config", "--listen", f"127.0.0.1:{port}", *files, env=environment(tmp_path, **known))

    assert printed.returncode == 0, printed.stderr
    assert secret not in printed.stdout
    assert "some%20password" not in printed.stdout
    assert NatsAccess(secret).password(Login.SYS) not in printed.stdout
    (tmp_path / "nats.conf").write_text(printed.stdout)
    # The platform trusts what its machine trusts.
    monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    person = await make_user("cluster")
    key, _ = await make_key(person, person.email)  # type: ignore[attr-defined]
    home = tmp_path / "home"
    home.mkdir()
    with running(tmp_path / "nats.conf"):
        variables = {**environment_for(home, postgres_url, url), **known}

        async def started() -> bool:
            return (tmp_path / "nats.log").exists() and "Server is ready" in (tmp_path / "nats.log").read_text()

        await until(started, seconds=10, what="the server")
        async with serving(variables) as platform:
            here = {"tls": trusting(tmp_path)}
            assert await is_let_in(f"tls://localhost:{port}", key, tls_handshake_first=True, **here)
            assert await is_let_in(f"nats://localhost:{port}", key, **here)
            assert await is_let_in(f"{platform.url.replace('http', 'ws')}/v1/plugin-engine/ws", key)
            assert not await is_let_in(f"nats://localhost:{port}", secrets.token_hex(16), **here)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({}, "CODEMIE_PLUGINS_BROKER_SECRET is not set"),
        ({"CODEMIE_PLUGINS_BROKER_SECRET": "x" * 40}, "CODEMIE_NATS_URL is not set"),
        ({"CODEMIE_PLUGINS_BROKER_SECRET": "x" * 40, "CODEMIE_NATS_URL": "nats://host"}, "no user with a password"),
    ],
)
def test_a_configuration_that_cannot_be_written_says_why(tmp_path: Path, known: dict[str, str], said: str) -> None:
    answer = ctl("nats", "config", env=environment(tmp_path, **known))

    assert answer.returncode == 3
    assert said in answer.stderr
    assert answer.stdout == ""


def test_a_new_secret_of_the_embedded_server_counts_from_its_next_start(tmp_path: Path) -> None:
    server = EmbeddedNats(tmp_path / "nats")
    before = server.start()
    server.stop()

    asked = ctl("nats", "rotate", env=environment(tmp_path))
    kept = server.secret_file.read_text()
    answer = ctl("nats", "rotate", "--allow-write", env=environment(tmp_path))
    fresh = EmbeddedNats(tmp_path / "nats")
    after = fresh.start()
    fresh.stop()

    assert (asked.returncode, "--allow-write" in asked.stderr) == (1, True)
    assert kept.strip() == server.secret != fresh.secret
    assert answer.returncode == 0, answer.stderr
    assert before != after
    assert before.rpartition("@")[2] == after.rpartition("@")[2]
    assert fresh.secret not in answer.stdout + answer.stderr
    refused = ctl("nats", "rotate", "--allow-write", env=environment(tmp_path, CODEMIE_PLUGINS_BROKER_SECRET="x" * 40))
    assert refused.returncode == 3


@asynccontextmanager
async def platform_of(
    server: EmbeddedNats, accesses: list[NatsAccess], keys: Keys, database: Database
) -> AsyncGenerator[Link]:
    """A callout that knows several secrets."""
    auth = Link([address(server)], Login.AUTH, accesses)
    await auth.open()
    callout = Callout(accesses, keys.admit, Refusals(database))
    await callout.listen(auth)
    yield auth
    await callout.close()
    await auth.close()


async def test_platform_and_server_change_the_secret_one_after_the_other(tmp_path: Path, database: Database) -> None:
    old, new, keys = new_secret(), new_secret(), Keys()
    both = [NatsAccess(new), NatsAccess(old)]
    server = EmbeddedNats(tmp_path / "nats", old)
    server.start()
    try:
        async with platform_of(server, both, keys, database) as link:
            assert await is_let_in(address(server), keys.new())
            server.stop()
            server.secret = new
            server.start()

            async def back() -> bool:
                return link.is_connected and await is_let_in(address(server), keys.new())

            await until(back, seconds=20, what="an agent at the server with the new secret")
        with pytest.raises(Unavailable, match="does not know the plugin engine"):
            await Link([address(server)], Login.AUTH, [NatsAccess(old)]).open()
    finally:
        server.stop()
