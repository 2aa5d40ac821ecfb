"""Connection tests: where a way ends, in which words, and what to do about it."""

import asyncio
import contextlib
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from tests.fakes import vendors
from tests.fakes.vendors import NARROW, TOKEN
from tests.integrations.credentials import People, create, jira
from tests.support import free_port

URL = "{url}"
# Type, values that lead to the fake, the name of the secret, the words of its refusal.
SYSTEMS: dict[str, tuple[dict[str, Any], str, str]] = {
    "Jira": ({"url": URL, "username": "me"}, "token", "Access denied"),
    "Confluence": ({"url": URL, "is_cloud": True, "username": "me"}, "token", "Access denied"),
    "Git": ({"url": f"{URL}/team/app.git"}, "token", "Access denied"),
    "AzureDevOps": ({"url": URL, "organization": "acme", "project": "Team"}, "token", "Access denied"),
    "Sonar": ({"url": URL}, "token", "Invalid token"),
    "ServiceNow": ({"url": URL}, "api_key", "ServiceNow tool exception. Status: 401. Response: {"),
    "ReportPortal": ({"url": URL, "project": "demo"}, "api_key", 'HTTP 401: {"error"'),
    "Kubernetes": (
        {"kubernetes_url": URL},
        "kubernetes_token",
        "Kubernetes API call failed: (401)\nReason: Unauthorized",
    ),
    "ZephyrScale": ({"url": URL}, "token", "HTTP 401: "),
}


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with vendors.running() as address:
        yield address


def request(kind: str, url: str, secret: str) -> dict[str, Any]:
    values, name, _ = SYSTEMS[kind]
    filled = {key: value.format(url=url) if isinstance(value, str) else value for key, value in values.items()}
    pairs = [{"key": key, "value": value} for key, value in {**filled, name: secret}.items()]
    return {"credential_type": kind, "credential_values": pairs}


async def tried(client: httpx2.AsyncClient, body: dict[str, Any]) -> httpx2.Response:
    return await client.post("/v1/settings/test/", json=body)


async def diagnosed(client: httpx2.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/v1/settings/diagnose", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_a_credential_that_works(client: httpx2.AsyncClient, url: str, kind: str) -> None:
    answer = await tried(client, request(kind, url, TOKEN))
    assert (answer.status_code, answer.json()) == (200, {"success": True, "message": ""})


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_a_wrong_secret_is_told_in_the_systems_words(client: httpx2.AsyncClient, url: str, kind: str) -> None:
    answer = await tried(client, request(kind, url, "planted-wrong-secret"))
    error = answer.json()["error"]
    assert (answer.status_code, error["message"]) == (400, "Integration test failed")
    assert SYSTEMS[kind][2] in error["details"]
    assert "Make a new one" in error["help"]
    assert "planted-wrong-secret" not in answer.text


@pytest.mark.parametrize("kind", ["Jira", "Git", "ServiceNow", "ReportPortal", "ZephyrScale"])
async def test_missing_rights_are_told_from_a_wrong_secret(client: httpx2.AsyncClient, url: str, kind: str) -> None:
    told = await diagnosed(client, request(kind, url, NARROW))
    assert [step["name"] for step in told["steps"]][-2:] == ["sign_in", "rights"]
    assert (told["steps"][-2]["passed"], told["success"], told["verdict"]) == (True, False, "forbidden")


async def test_an_unknown_project_is_told(client: httpx2.AsyncClient, url: str) -> None:
    body = request("AzureDevOps", url, TOKEN)
    body["credential_values"][2]["value"] = "Nowhere"
    assert "TF200016" in (await diagnosed(client, body))["message"]


async def test_every_step_of_the_way_is_told(client: httpx2.AsyncClient, url: str) -> None:
    told = await diagnosed(client, request("Jira", url, TOKEN))
    assert [step["name"] for step in told["steps"]] == ["address", "dns", "tcp", "answer", "sign_in"]
    assert (told["success"], told["verdict"], told["egress_ip"]) == (True, "works", "192.0.2.7")


async def test_a_refused_connection_is_told_from_a_silent_one(client: httpx2.AsyncClient) -> None:
    refused = await diagnosed(client, request("Jira", f"http://127.0.0.1:{free_port()}", TOKEN))
    assert (refused["steps"][-1]["name"], refused["steps"][-1]["passed"]) == ("tcp", False)
    assert "refused the connection" in refused["message"]
    assert ("check the port" in refused["action"], refused["verdict"]) == (True, "refused")

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    told = await diagnosed(client, request("Jira", f"http://127.0.0.1:{port}", TOKEN))
    server.close()
    assert told["message"] == "Connected, but no answer came in time"


@pytest.mark.parametrize(
    ("address", "step", "words"),
    [
        ("jira.example.com", "address", "is no address"),
        ("ftp://jira.example.com", "address", "is no address"),
        ("http://[", "address", "is no address"),
        ("https://no-such-host.invalid", "dns", "is not known"),
        ("http://10.1.2.3", "egress", "private, loopback or reserved"),
        ("http://169.254.169.254", "egress", "private, loopback or reserved"),
    ],
)
async def test_addresses_that_lead_nowhere(client: httpx2.AsyncClient, address: str, step: str, words: str) -> None:
    told = await diagnosed(client, request("Jira", address, TOKEN))
    assert (told["steps"][-1]["name"], told["success"]) == (step, False)
    assert words in told["message"]


def self_signed(folder: Path, *, days: int) -> ssl.SSLContext:
    """A certificate of nobody's authority, valid until so many days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=30))
        .not_valid_after(now + dt.timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    kind, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(kind, form, serialization.NoEncryption()) + certificate.public_bytes(kind))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return context


async def test_an_unknown_authority_is_refused_unless_checking_is_off(
    client: httpx2.AsyncClient, tmp_path: Path
) -> None:
    async with vendors.running(self_signed(tmp_path, days=30)) as url:
        told = await diagnosed(client, request("Jira", url, TOKEN))
        assert (told["steps"][-1]["name"], told["success"]) == ("tls", False)
        assert "certificate is not accepted" in told["message"]
        assert "authority" in told["action"]
        unchecked = await diagnosed(client, request("Kubernetes", url, TOKEN))
        assert unchecked["success"] is True
        assert "NOT checked" in str(unchecked["steps"])


async def test_an_expired_certificate_is_told(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    async with vendors.running(self_signed(tmp_path, days=-1)) as url:
        told = await diagnosed(client, request("Jira", url, TOKEN))
    assert told["steps"][-1]["name"] == "tls"
    assert "certificate" in told["action"]


async def test_a_stored_credential_is_tested_by_whom_may_use_it(people: People, url: str) -> None:
    body = jira(people.project, token=TOKEN)
    body["credential_values"][0]["value"] = url
    made = await create(people.manager, "project", body)
    stored = {"credential_type": "Jira", "setting_id": made["id"]}
    assert (await tried(people.member, stored)).json() == {"success": True, "message": ""}
    assert (await tried(people.stranger, stored)).status_code in {403, 404}
    events = (await people.admin.get("/v1/audit/events", params={"entity_id": made["id"]})).json()["data"]
    used = [event for event in events if event["event_type"] == "integration.used"]
    assert used[0]["attributes"]["purpose"] == "connection test"


async def test_a_mask_stands_for_the_stored_secret_for_whom_may_change_it(people: People, url: str) -> None:
    body = jira(people.project, token=TOKEN)
    body["credential_values"][0]["value"] = url
    made = await create(people.manager, "project", body)
    masked = jira(people.project, token="**********")["credential_values"]
    masked[0]["value"] = url
    asked = {"credential_type": "Jira", "setting_id": made["id"], "credential_values": masked}
    assert (await tried(people.manager, asked)).status_code == 200
    # A member could send it to an address of their own.
    assert (await tried(people.member, asked)).status_code == 403


async def test_an_answer_that_trickles_in_is_given_up(client: httpx2.AsyncClient) -> None:
    async def trickling(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.1)

    server = await asyncio.start_server(trickling, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    told = await diagnosed(client, request("Jira", f"http://127.0.0.1:{port}", TOKEN))
    server.close()
    assert told["message"] == "Connected, but no answer came in time"


async def test_a_secret_that_no_header_can_carry_is_told(client: httpx2.AsyncClient, url: str) -> None:
    told = await diagnosed(client, request("ReportPortal", url, "tök€n"))
    assert (told["steps"][-1]["name"], told["success"]) == ("sign_in", False)
    assert "cannot be sent" in told["message"]


def pem(key: PrivateKeyTypes, encryption: serialization.KeySerializationEncryption) -> str:
    kind, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(kind, form, encryption).decode()


async def test_a_key_that_cannot_sign_for_an_app_is_told(client: httpx2.AsyncClient, url: str) -> None:
    elliptic = pem(ec.generate_private_key(ec.SECP256R1()), serialization.NoEncryption())
    locked = pem(rsa.generate_private_key(65537, 2048), serialization.BestAvailableEncryption(b"secret"))
    for key in (elliptic, locked, "-----BEGIN PRIVATE KEY-----\nnone\n-----END PRIVATE KEY-----"):
        values = {"url": url, "auth_type": "github_app", "app_id": "1", "private_key": key}
        pairs = [{"key": name, "value": value} for name, value in values.items()]
        answer = await tried(client, {"credential_type": "Git", "credential_values": pairs})
        assert answer.status_code == 400, answer.text
        assert "private key cannot be used" in answer.json()["error"]["details"]
        assert "without a password" in answer.json()["error"]["help"]


async def test_a_git_address_that_is_none_can_be_saved_and_is_told_when_tried(client: httpx2.AsyncClient) -> None:
    key = pem(rsa.generate_private_key(65537, 2048), serialization.NoEncryption())
    values = {"url": "http://[", "auth_type": "github_app", "app_id": "1", "private_key": key}
    pairs = [{"key": name, "value": value} for name, value in values.items()]
    told = await diagnosed(client, {"credential_type": "Git", "credential_values": pairs})
    assert (told["steps"][-1]["name"], told["success"]) == ("address", False)


@pytest.mark.parametrize("kind", ["FileSystem", "Plugin", "MCP"])
async def test_types_without_a_test_say_so(client: httpx2.AsyncClient, kind: str) -> None:
    answer = await tried(client, {"credential_type": kind, "credential_values": []})
    assert answer.status_code == 422
    assert kind in answer.json()["error"]["details"]
