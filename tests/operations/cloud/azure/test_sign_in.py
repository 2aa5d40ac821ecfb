"""Every way in which somebody may be signed in to Azure."""

import base64
import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

from codemie.checks.sources import Unobservable
from codemie.operations.cloud.azure.arm import Arm
from codemie.operations.cloud.azure.entra import SignInRefused
from codemie.operations.cloud.azure.places import places_of
from codemie.operations.cloud.azure.sign_in import HalfThere, Source
from tests.fakes.azure_cloud import CLIENT, JOB_TOKEN, TENANT, FakeAzure, serving


@pytest.fixture
async def azure() -> AsyncIterator[FakeAzure]:
    async with serving(FakeAzure()) as fake:
        yield fake


def _without_secret(azure: FakeAzure, **further: str) -> dict[str, str]:
    return {name: value for name, value in azure.environment.items() if name != "ARM_CLIENT_SECRET"} | further


async def _opens(environment: dict[str, str], azure: FakeAzure) -> Source | None:
    """By what it signs in, once it did."""
    arm = Arm(environment)
    assert (await arm.token()).text == azure.token
    found = arm.sign_in()
    return found.source if found else None


async def test_by_the_secret_of_an_application(azure: FakeAzure, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(azure.environment["ARM_CLIENT_SECRET"] + "\n")

    assert await _opens(azure.environment, azure) is Source.SECRET
    assert await _opens(_without_secret(azure, ARM_CLIENT_SECRET_FILE_PATH=str(file)), azure) is Source.SECRET


async def test_by_its_certificate(azure: FakeAzure, tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "deployer")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + dt.timedelta(1)
    )
    azure.certificate = made.sign(key, hashes.SHA256())
    file = tmp_path / "deployer.pfx"
    file.write_bytes(
        pkcs12.serialize_key_and_certificates(b"deployer", key, azure.certificate, None, BestAvailableEncryption(b"pw"))
    )
    there = {**azure.environment, "ARM_CLIENT_CERTIFICATE_PATH": str(file)}

    assert await _opens({**there, "ARM_CLIENT_CERTIFICATE_PASSWORD": "pw"}, azure) is Source.CERTIFICATE
    inline = {**azure.environment, "ARM_CLIENT_CERTIFICATE": base64.b64encode(file.read_bytes()).decode()}
    assert await _opens({**inline, "ARM_CLIENT_CERTIFICATE_PASSWORD": "pw"}, azure) is Source.CERTIFICATE
    with pytest.raises(HalfThere, match="PASSWORD is wrong"):
        await Arm({**there, "ARM_CLIENT_CERTIFICATE_PASSWORD": "other"}).token()


@pytest.mark.parametrize("way", ["token", "file", "request", "github", "devops", "cluster"])
async def test_by_the_identity_of_a_job(way: str, azure: FakeAzure, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(JOB_TOKEN)
    ways = {
        "token": {"ARM_OIDC_TOKEN": JOB_TOKEN},
        "file": {"ARM_OIDC_TOKEN_FILE_PATH": str(file)},
        "request": {"ARM_OIDC_REQUEST_URL": f"{azure.url}/job", "ARM_OIDC_REQUEST_TOKEN": "planted-request-token"},
        "github": {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{azure.url}/job?run=1",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "planted-request-token",
        },
    }
    ways["devops"] = {
        "SYSTEM_OIDCREQUESTURI": f"{azure.url}/job",
        "SYSTEM_ACCESSTOKEN": "planted-request-token",
        "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID": "connection-1",
    }
    environment = _without_secret(azure, ARM_USE_OIDC="true", **ways.get(way, {}))
    if way == "cluster":
        own = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_FEDERATED_TOKEN_FILE": str(file)}
        addresses = {name: azure.environment[name] for name in ("ARM_ENDPOINT", "AZURE_AUTHORITY_HOST")}
        environment = {**addresses, **own, "ARM_USE_AKS_WORKLOAD_IDENTITY": "true"}

    assert await _opens(environment, azure) is Source.FEDERATED


async def test_a_job_that_is_given_no_token_is_told_what_it_needs(azure: FakeAzure) -> None:
    asks = {"ARM_OIDC_REQUEST_URL": f"{azure.url}/job", "ARM_OIDC_REQUEST_TOKEN": "other"}

    with pytest.raises(HalfThere, match="id-token: write"):
        await Arm(_without_secret(azure, ARM_USE_OIDC="true", **asks)).token()


async def test_by_the_identity_of_the_machine(azure: FakeAzure) -> None:
    place = f"{azure.url}/metadata/identity/oauth2/token"

    assert await _opens(_without_secret(azure, ARM_USE_MSI="true", ARM_MSI_ENDPOINT=place), azure) is Source.MACHINE


async def test_the_machine_is_not_asked_through_a_proxy(azure: FakeAzure, monkeypatch: pytest.MonkeyPatch) -> None:
    reached = list[str]()

    async def connect(remote_host: str, remote_port: int, **_: Any) -> None:
        reached.append(f"{remote_host}:{remote_port}")
        raise OSError

    monkeypatch.setattr(anyio, "connect_tcp", connect)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(Unobservable, match="ConnectError"):
        await Arm(_without_secret(azure, ARM_USE_MSI="true")).token()

    assert reached == ["169.254.169.254:80"]


@pytest.mark.parametrize(
    ("variable", "further"),
    [
        ("ARM_CLIENT_SECRET_FILE_PATH", {}),
        ("ARM_CLIENT_CERTIFICATE_PATH", {}),
        ("ARM_OIDC_TOKEN_FILE_PATH", {"ARM_USE_OIDC": "true"}),
    ],
)
@pytest.mark.parametrize("length", [1, 500])
async def test_a_secret_in_place_of_the_path_to_it_is_not_shown(
    variable: str, further: dict[str, str], length: int, azure: FakeAzure
) -> None:
    with pytest.raises(HalfThere, match=f"{variable}.* names no file") as refused:
        await Arm(_without_secret(azure, **further, **{variable: "planted" * length})).token()

    assert "planted" not in str(refused.value)


async def test_a_file_of_a_secret_that_cannot_be_read_is_named(azure: FakeAzure, tmp_path: Path) -> None:
    with pytest.raises(HalfThere, match=f"ARM_CLIENT_SECRET_FILE_PATH names {tmp_path}, which cannot be read"):
        await Arm(_without_secret(azure, ARM_CLIENT_SECRET_FILE_PATH=str(tmp_path))).token()


def _az(folder: Path, script: str) -> None:
    file = folder / "az"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


async def test_by_az(azure: FakeAzure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"accessToken": azure.token, "expires_on": 4102444800, "tokenType": "Bearer"}
    _az(
        tmp_path,
        f"test \"$1 $2 $4\" = 'account get-access-token https://management.azure.com' && echo '{json.dumps(told)}'",
    )
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    environment = {"ARM_ENDPOINT": azure.url, "PATH": f"{tmp_path}:/usr/bin:/bin"}

    assert await _opens(environment, azure) is Source.AZ
    assert Arm({**environment, "ARM_USE_CLI": "false"}).sign_in() is None


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ("ERROR: Please run 'az login' to setup account.", HalfThere, "no sign-in"),
        ("ERROR: AADSTS70043: The refresh token has expired. Interactive: az login", SignInRefused, "older than"),
        ("ERROR: AADSTS50079: Due to a configuration change you must enroll in MFA", SignInRefused, "second factor"),
        ("ERROR: something else", SignInRefused, "something else"),
    ],
)
async def test_what_az_says_is_told_in_plain_words(
    said: str, kind: type[Exception], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _az(tmp_path, f'echo "{said}" >&2; exit 1')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    with pytest.raises(kind, match=words):
        await Arm({"PATH": str(tmp_path)}).token()


async def test_what_az_repeats_of_a_secret_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _az(tmp_path, "echo 'ERROR: not understood: --client-secret=planted-1 Authorization: Bearer planted-2' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    with pytest.raises(SignInRefused, match="not understood") as refused:
        await Arm({"PATH": str(tmp_path)}).token()

    assert "planted" not in str(refused.value)


async def test_where_nobody_answers_nothing_is_claimed() -> None:
    nobody = FakeAzure(url="http://127.0.0.1:9").environment

    with pytest.raises(Unobservable, match="ConnectError"):
        await Arm(nobody).token()


@pytest.mark.parametrize(
    ("address", "is_own"),
    [
        ("https://management.azure.com/subscriptions?api-version=1", True),
        ("https://management.azure.com:443/subscriptions", True),
        ("HTTPS://Management.Azure.com/subscriptions", True),
        ("http://management.azure.com/subscriptions", False),
        ("https://management.azure.com:8443/subscriptions", False),
        ("https://management.azure.com.evil.test/subscriptions", False),
        ("https://management.azure.com@evil.test/subscriptions", False),
        ("https://me:pw@management.azure.com/subscriptions", False),
        ("https://management.azure.com:port/subscriptions", False),
        ("/subscriptions", False),
    ],
)
def test_an_address_is_the_managers_by_scheme_host_and_port(address: str, *, is_own: bool) -> None:
    assert places_of({}).manages(address) is is_own


def test_sovereign_clouds_have_places_of_their_own() -> None:
    assert places_of({"ARM_ENVIRONMENT": "usgovernment"}).audience == "https://management.usgovcloudapi.net"
    assert places_of({}).authority == "https://login.microsoftonline.com"
    assert places_of({"AZURE_AUTHORITY_HOST": "https://login.acme.test/"}).authority == "https://login.acme.test"
