"""Master keys that a key service keeps wrapped."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from codemie.kernel import key_providers
from codemie.kernel.errors import ConfigurationError
from codemie.kernel.master_keys import FILE_NAME, decoded_line, new_key, open_cipher
from tests.cli.installation import ctl
from tests.fakes import key_services

KEY = bytes(range(32))


@pytest.fixture(autouse=True)
def forgetful() -> None:
    key_providers.unwrap.cache_clear()


@pytest.fixture(scope="module")
def services() -> Iterator[str]:
    with key_services.running() as address:
        yield address


@pytest.fixture
def vault(services: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("VAULT_ADDR", services)
    monkeypatch.setenv("VAULT_TOKEN", key_services.TOKEN)
    return "transit/codemie"


@pytest.fixture
def key_vault(services: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", services)
    monkeypatch.setenv("AZURE_TENANT_ID", "tenant")
    monkeypatch.setenv("AZURE_CLIENT_ID", "client")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", key_services.CLIENT_SECRET)
    return f"{services}/keys/codemie"


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    import boto3

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", f"http://{host}:{port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    made = boto3.client("kms", region_name="eu-central-1").create_key()
    yield made["KeyMetadata"]["Arn"]
    server.stop()


@pytest.mark.parametrize(
    ("provider", "key"), [("vault-transit", "vault"), ("azure-keyvault", "key_vault"), ("aws-kms", "kms")]
)
def test_a_wrapped_key_comes_back(provider: str, key: str, request: pytest.FixtureRequest) -> None:
    name = request.getfixturevalue(key)
    line = key_providers.wrap(provider, name, KEY)
    assert line.startswith(f"{provider}:")
    assert "," not in line, "several stand in one variable, separated by commas"
    assert KEY.hex() not in line
    assert decoded_line(line) == KEY


@pytest.mark.parametrize(
    ("provider", "key"), [("vault-transit", "vault"), ("azure-keyvault", "key_vault"), ("aws-kms", "kms")]
)
def test_an_installation_seals_and_opens_with_it(
    provider: str, key: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    name = request.getfixturevalue(key)
    before = open_cipher(tmp_path)
    sealed = before.seal(b"secret", context="x")
    (plain,) = (tmp_path / FILE_NAME).read_text().split()
    (tmp_path / FILE_NAME).write_text(f"{key_providers.wrap(provider, name, decoded_line(new_key()))}\n{plain}\n")

    cipher = open_cipher(tmp_path)
    assert cipher.open(cipher.rewrap(sealed, context="x"), context="x") == b"secret"
    assert not cipher.is_current(sealed)
    assert cipher.is_current(cipher.rewrap(sealed, context="x"))


def test_the_command_line_makes_a_wrapped_key(vault: str) -> None:
    made = ctl("secrets", "wrap", "--provider", "vault-transit", "--key", vault, env=os.environ)
    assert made.returncode == 0, made.stderr
    assert len(decoded_line(made.stdout.strip())) == 32


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"VAULT_TOKEN": "wrong"}, "permission denied"),
        ({"VAULT_ADDR": "http://127.0.0.1:1"}, "cannot be reached"),
        ({"VAULT_ADDR": ""}, "VAULT_ADDR"),
        ({"VAULT_TOKEN": "", "VAULT_TOKEN_FILE": "/nowhere/token"}, "/nowhere/token"),
    ],
)
def test_a_service_that_refuses_is_named_with_what_to_do(
    vault: str, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], told: str
) -> None:
    line = key_providers.wrap("vault-transit", vault, KEY)
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as refused:
        decoded_line(line)
    assert told in str(refused.value)


def test_wrong_credentials_of_azure_are_told(key_vault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = key_providers.wrap("azure-keyvault", key_vault, KEY)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "wrong")
    with pytest.raises(ConfigurationError, match="AADSTS7000215"):
        decoded_line(line)
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    with pytest.raises(ConfigurationError, match="workload identity"):
        decoded_line(line)


def test_a_federated_token_is_sent_as_an_assertion(
    key_vault: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    line = key_providers.wrap("azure-keyvault", key_vault, KEY)
    (tmp_path / "token").write_text(f"{key_services.FEDERATED}\n")
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(tmp_path / "token"))
    assert decoded_line(line) == KEY


@pytest.mark.parametrize("line", ["gcp-kms:x", "vault-transit:transit/codemie:%%", "aws-kms:eu-central-1:!!"])
def test_a_line_that_is_none_is_refused(line: str, vault: str) -> None:
    with pytest.raises(ConfigurationError):
        decoded_line(line)


def test_a_changed_file_is_read_again_and_a_broken_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cipher = open_cipher(tmp_path)
    monkeypatch.setattr("codemie.kernel.crypto._LOOK_AGAIN_SECONDS", 0)
    former = cipher.key_id
    file = tmp_path / FILE_NAME
    file.write_text(new_key() + "\n" + file.read_text())
    assert cipher.key_id != former
    assert former in cipher.key_ids
    newest = cipher.key_id
    file.write_text("broken\n")
    assert cipher.key_id == newest
    file.unlink()
    assert cipher.key_id == newest
