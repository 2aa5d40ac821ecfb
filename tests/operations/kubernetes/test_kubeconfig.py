"""The way into a cluster: kubeconfigs, programs that give credentials, certificates, the service account of a pod."""

import base64
import json
import ssl
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from codemie.kernel.errors import ConfigurationError
from codemie.operations.kubernetes.client import ApiUnreachable, Client, NotSignedIn
from codemie.operations.kubernetes.kubeconfig import Access, found
from tests.fakes.certificates import Authority
from tests.fakes.kubernetes.server import FakeKubernetes, serving


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("authority"))


def written(folder: Path, user: dict[str, Any], *, name: str = "config", **cluster: Any) -> Path:
    file = folder / name
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "ai"}}],
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1", **cluster}}],
        "users": [{"name": "u", "user": user}],
    }
    file.write_text(yaml.safe_dump(document))
    return file


def program(folder: Path, body: str) -> str:
    path = folder / "get-token"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(stat.S_IRWXU)
    return str(path)


async def access(file: Path) -> Access:
    known = await found(file, environment={"PATH": "/usr/bin:/bin"})
    assert known
    return known


async def test_a_token_signs_in(tmp_path: Path) -> None:
    fake = FakeKubernetes(token="good")
    async with serving(fake) as server:
        async with Client(await access(written(tmp_path, {"token": "good"}, server=server))) as client:
            assert (await client.version())["gitVersion"] == "v1.33.4"
        async with Client(await access(written(tmp_path, {"token": "bad"}, server=server))) as client:
            with pytest.raises(NotSignedIn):
                await client.version()


async def test_a_program_of_the_cloud_gives_the_token(tmp_path: Path) -> None:
    credential = {"kind": "ExecCredential", "status": {"token": "from-program"}}
    command = program(
        tmp_path, f'test -n "$KUBERNETES_EXEC_INFO" && test "$REGION" = eu && echo \'{json.dumps(credential)}\''
    )
    run = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": command,
        "env": [{"name": "REGION", "value": "eu"}],
    }

    known = await access(written(tmp_path, {"exec": run}))

    assert (known.token, known.namespace, known.context) == ("from-program", "ai", "here")


@pytest.mark.parametrize(
    ("body", "says"),
    [("echo 'The SSO session has expired' >&2; exit 255", "ended with 255"), ("echo hello", "printed no credentials")],
)
async def test_a_program_that_gives_nothing_is_named(tmp_path: Path, body: str, says: str) -> None:
    run = {"apiVersion": "client.authentication.k8s.io/v1", "command": program(tmp_path, body)}

    with pytest.raises(ConfigurationError, match=says):
        await access(written(tmp_path, {"exec": run}))


async def test_a_program_that_is_not_installed_is_named_with_its_hint(tmp_path: Path) -> None:
    run = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "no-such-cloud",
        "installHint": "Install it",
    }

    with pytest.raises(ConfigurationError, match=r"no-such-cloud.*Install it"):
        await access(written(tmp_path, {"exec": run}))


async def test_the_authority_of_the_kubeconfig_is_trusted_and_no_other(tmp_path: Path, authority: Authority) -> None:
    data = base64.b64encode(authority.pem.encode()).decode()
    async with serving(FakeKubernetes(), authority.server()) as server:
        trusting = await access(written(tmp_path, {}, server=server, **{"certificate-authority-data": data}))
        async with Client(trusting) as client:
            assert await client.version()
        async with Client(await access(written(tmp_path, {}, server=server))) as client:
            with pytest.raises(ApiUnreachable, match="certificate"):
                await client.version()


async def test_a_client_certificate_is_shown(tmp_path: Path, authority: Authority) -> None:
    context = authority.server(days=29)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority.pem)
    (tmp_path / "me.pem").write_bytes((authority.folder / "server-29.pem").read_bytes())
    (tmp_path / "ca.crt").write_text(authority.pem)
    shown = {"client-certificate": "me.pem", "client-key": "me.pem"}
    async with serving(FakeKubernetes(), context) as server:
        async with Client(
            await access(written(tmp_path, shown, server=server, **{"certificate-authority": "ca.crt"}))
        ) as client:
            assert await client.version()
        async with Client(
            await access(written(tmp_path, {}, server=server, **{"certificate-authority": "ca.crt"}))
        ) as client:
            with pytest.raises(ApiUnreachable):
                await client.version()


async def test_several_kubeconfigs_are_one(tmp_path: Path) -> None:
    first = written(tmp_path, {"token": "first"}, name="a")
    second = written(tmp_path, {"token": "second"}, name="b")

    known = await found(environment={"KUBECONFIG": f"{first}:{second}"})

    assert known
    assert known.token == "first"


async def test_a_pod_uses_its_service_account(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {"token": "of-pod", "namespace": "ai", "ca.crt": authority.pem}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("HOME", str(tmp_path))

    known = await found(environment={"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, account=tmp_path)

    assert known
    assert (known.server, known.token, known.namespace) == ("https://10.0.0.1:443", "of-pod", "ai")


async def test_where_there_is_no_cluster_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    assert await found(environment={}, account=tmp_path) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [", "cannot be read"),
        ("[]", "not a mapping"),
        ("current-context: gone", "no context 'gone'"),
        ("{}", "no current"),
    ],
)
async def test_a_kubeconfig_that_cannot_be_used_says_why(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "config"
    file.write_text(text)

    with pytest.raises(ConfigurationError, match=says):
        await access(file)


async def test_a_kubeconfig_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="There is no kubeconfig at"):
        await access(tmp_path / "none")
