"""The platform's own port for agents: TLS at once or after INFO, and nothing without TLS."""

import os
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from nats.errors import Error

from codemie.checks.report import Status
from codemie.kernel.errors import ConfigurationError
from codemie.settings import load_settings
from tests.conftest import MakeUser
from tests.plugins.broker.agents import Agent, agent, answer_to
from tests.plugins.broker.test_platform import make_key
from tests.plugins.diagnosis.certificates import Issued, issued
from tests.plugins.diagnosis.walking import ids, walked
from tests.support import Platform, environment_for, free_port, serving


@pytest.fixture(scope="module")
def root() -> Issued:
    """An authority of the tests."""
    return issued("Root of the test", is_authority=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, root: Issued) -> Path:
    """Certificate, key and authority of the port."""
    made = tmp_path_factory.mktemp("port")
    write(made, issued("localhost", root, names=("localhost", "127.0.0.1")))
    (made / "ca.pem").write_bytes(root.pem)
    return made


def write(folder: Path, certificate: Issued) -> None:
    """Put a certificate in the place of the one before."""
    (folder / "key.pem").write_bytes(certificate.key_pem)
    (folder / "cert.pem").write_bytes(certificate.pem)


def variables(folder: Path, port: int, **more: str) -> dict[str, str]:
    return {
        "CODEMIE_PLUGINS_LISTEN": f"127.0.0.1:{port}",
        "CODEMIE_PLUGINS_TLS_CERTIFICATE": str(folder / "cert.pem"),
        "CODEMIE_PLUGINS_TLS_KEY": str(folder / "key.pem"),
        **more,
    }


@pytest.fixture(scope="module")
async def listening(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, nats_url: str, folder: Path
) -> AsyncIterator[Platform]:
    """A platform with such a port."""
    home = tmp_path_factory.mktemp("listening")
    async with serving(environment_for(home, postgres_url, nats_url, **variables(folder, free_port()))) as platform:
        yield platform


@pytest.fixture
def address(listening: Platform) -> str:
    return f"localhost:{listening.settings.plugins.listening[1]}"


@pytest.fixture
async def key(make_user: MakeUser) -> str:
    """A key of somebody."""
    person = await make_user("encrypted")
    return (await make_key(person, person.email))[0]  # type: ignore[attr-defined]


def encryption(one: Agent) -> ssl.SSLObject:
    """How the agent's connection is encrypted."""
    transport: Any = one.client._transport
    return transport._io_writer.get_extra_info("ssl_object")


def trusting(folder: Path, **certificate: Any) -> ssl.SSLContext:
    """What an agent trusts."""
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    if certificate:
        context.load_cert_chain(**certificate)
    return context


@pytest.mark.parametrize("scheme", ["tls", "nats"])
async def test_an_agent_may_begin_tls_at_once_or_be_asked_to(
    listening: Platform, address: str, key: str, folder: Path, scheme: str
) -> None:
    options = {"tls": trusting(folder), "tls_handshake_first": scheme == "tls"}
    async with agent(f"{scheme}://{address}", key, **options) as one:
        assert await one.try_to_subscribe(f"{key}.list") == ""
        assert encryption(one).version() in {"TLSv1.2", "TLSv1.3"}
        gate = listening.resources.plugins.gate
        assert gate is not None
        shown = [connection.address for connection in await gate.cluster.connections()]
        assert "127.0.0.1" in shown


@pytest.mark.parametrize("scheme", ["tls", "nats"])
async def test_the_walk_of_nats_test_finds_nothing_wrong(address: str, key: str, folder: Path, scheme: str) -> None:
    report = await walked(f"{scheme}://{address}", key=key, ca=folder / "ca.pem")

    assert ids(report, Status.FAIL) == [], [(check.id, check.finding.detail) for check in report.checks]


async def test_no_key_passes_without_tls(address: str, key: str) -> None:
    try:
        answer = await answer_to(f"nats://{address}", {"user": key, "pass": key})
    except OSError:
        answer = ""

    assert answer == ""


async def test_a_certificate_that_was_replaced_counts_at_once(
    address: str, key: str, folder: Path, root: Issued
) -> None:
    fresh = issued("localhost", root, names=("localhost",))
    write(folder, fresh)
    later = (folder / "cert.pem").stat().st_mtime + 5
    os.utime(folder / "cert.pem", (later, later))

    async with agent(f"tls://{address}", key, tls=trusting(folder), tls_handshake_first=True) as one:
        seen = encryption(one).getpeercert(binary_form=True)

    assert seen == fresh.certificate.public_bytes(serialization.Encoding.DER)


async def test_agents_may_be_asked_for_a_certificate(
    tmp_path: Path, postgres_url: str, nats_url: str, folder: Path, root: Issued, key: str
) -> None:
    port = free_port()
    more = variables(folder, port, CODEMIE_PLUGINS_TLS_CLIENT_CA=str(folder / "ca.pem"))
    own = issued("laptop", root).written(tmp_path)
    async with serving(environment_for(tmp_path, postgres_url, nats_url, **more)):
        server, options = f"tls://localhost:{port}", {"tls_handshake_first": True}
        async with agent(server, key, tls=trusting(folder, certfile=str(own)), **options) as one:
            assert one.client.is_connected
        with pytest.raises((Error, OSError)):
            async with agent(server, key, tls=trusting(folder), **options):
                pass


async def test_a_port_that_is_taken_or_a_certificate_that_is_none_stops_the_start(
    tmp_path: Path, folder: Path, listening: Platform
) -> None:
    from codemie.plugins import listener

    plugins = listening.resources.plugins
    taken = listening.settings.plugins
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        async with listener.listening(taken, plugins.bridge, plugins.bridged):
            pass
    (tmp_path / "cert.pem").write_text("no certificate")
    (tmp_path / "key.pem").write_text("no key")
    broken = load_settings(variables(tmp_path, free_port()))[0].plugins
    with pytest.raises(ConfigurationError, match="cannot be used"):
        async with listener.listening(broken, plugins.bridge, plugins.bridged):
            pass


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"CODEMIE_PLUGINS_LISTEN": "0.0.0.0:4222"}, "needs a certificate"),
        ({"CODEMIE_PLUGINS_LISTEN": "4222", "CODEMIE_PLUGINS_TLS_ELSEWHERE": "true"}, "address and a port"),
        ({"CODEMIE_PLUGINS_TLS_CERTIFICATE": "cert.pem"}, "belong together"),
        ({"CODEMIE_PLUGINS_BROKER_SECRET": "short"}, "32 characters"),
        ({"CODEMIE_PLUGINS_CLIENT_URI": "http://host"}, "must begin with"),
    ],
)
def test_settings_that_would_not_work_are_refused(environment: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        load_settings(environment)
