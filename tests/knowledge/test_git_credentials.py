"""Where the credential of a repository goes on its way, and who could see it there."""

import os
import shutil
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from codemie.integrations.git_access import CredentialUnusable, GitAccess, accessing, authorization, leads_to
from codemie.integrations.settings import IntegrationsSettings
from codemie.integrations.vault import Credential
from codemie.kernel.settings import KernelSettings
from codemie.knowledge.settings import KnowledgeSettings
from codemie.knowledge.sources.contract import SourceProblem
from codemie.knowledge.sources.git import GitLimits, GitSnapshot, open_git
from codemie.knowledge.sources.git_problems import Unauthorised, Unreachable
from codemie.knowledge.sources.opening import SourceOpener
from tests.fakes.certificates import Authority
from tests.fakes.git_http import backend
from tests.knowledge.repositories import make_repository

TOKEN = "a-token-of-somebody"
FILES: dict[str, str | bytes] = {"src/app.py": "a = 1\n"}
AZURE = "/contoso/shop/_git/app"
LIMITS = GitLimits(2**30, 2**20)


@dataclass
class Host:
    """A Git host that notes what it is sent, and lets in whoever sends anything.

    Args:
        root: folder of its repositories.
        moved_to: where `/moved/…` redirects to.
        echoes: whether it answers the second request with what it was sent, as an error of Git's protocol.
    """

    root: Path
    moved_to: str = ""
    echoes: bool = False
    sent: list[str | None] = field(default_factory=list[str | None])
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.sent.append(request.headers.get("Authorization"))
        if request.path.startswith("/moved/"):
            target = request.path.replace("/moved/", "/git/", 1)
            raise web.HTTPFound(f"{self.moved_to}{target}?{request.query_string}")
        if self.sent[-1] is None:
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="git"'})
        if self.echoes and len(self.sent) > 1:
            said = f"ERR You sent {self.sent[-1]}, which is {TOKEN}".encode()
            body = b"001e# service=git-upload-pack\n0000" + f"{len(said) + 4:04x}".encode() + said
            return web.Response(body=body, content_type="application/x-git-upload-pack-advertisement")
        path = request.path.replace(AZURE, "/git/app.git", 1)
        return await backend(self.root, path.removeprefix("/git"), request)


@asynccontextmanager
async def serving(host: Host, authority: Authority | None = None) -> AsyncGenerator[Host]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", host.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=authority.server() if authority else None).start()
    host.url = f"{'https' if authority else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield host
    finally:
        await runner.cleanup()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_repository(tmp_path / "hosted" / "app.git", FILES)
    return tmp_path / "hosted"


def credential(url: str, **values: Any) -> Credential:
    return Credential("id", "alias", "Git", {"url": url, "token": TOKEN, **values})


async def opened(home: Path, link: str, stored: Credential) -> GitSnapshot:
    """Fetch a repository with a credential, as a worker does."""
    settings = KnowledgeSettings(egress_allow=("127.0.0.1",), git_probe_seconds=5)  # type: ignore[call-arg]
    runner = SourceOpener(settings, KernelSettings(home=home), None, None).git(link)  # type: ignore[arg-type]

    async def sign_in() -> GitAccess:
        return await accessing(stored, link, IntegrationsSettings())  # type: ignore[call-arg]

    return await open_git(runner, home / "workspace", sign_in, branch=None, revision=None, patterns="", limits=LIMITS)


async def listed(snapshot: GitSnapshot) -> list[str]:
    found = [entry.source async for entry in snapshot.entries()]
    await snapshot.close()
    return found


def holding(folder: Path, words: bytes) -> list[Path]:
    """The files below a folder that hold these words."""
    return [path for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]


async def test_the_credential_is_in_no_argument_and_in_no_file(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = tmp_path / "arguments"
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {arguments}\nexec {shutil.which("git")} "$@"\n')
    program.chmod(0o755)
    async with serving(Host(root)) as host:
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        snapshot = await opened(tmp_path / "home", f"{host.url}/git/app.git", credential(host.url, name="me"))
        assert await listed(snapshot) == ["src/app.py"]

    (sent,) = set(host.sent)
    assert sent is not None
    assert sent.startswith("Basic ")
    secrets = (TOKEN.encode(), sent.removeprefix("Basic ").encode())
    assert holding(tmp_path, b"ls-remote") == [arguments], "Git was called by the program that notes arguments"
    assert [holding(tmp_path, secret) for secret in secrets] == [[], []]


async def test_a_redirect_to_another_origin_loses_the_credential(root: Path, tmp_path: Path) -> None:
    async with serving(Host(root)) as elsewhere, serving(Host(root, moved_to=elsewhere.url)) as host:
        with pytest.raises(Unauthorised, match="redirects to another host"):
            await opened(tmp_path / "home", f"{host.url}/moved/app.git", credential(host.url))

    assert host.sent != [None]
    assert elsewhere.sent == [None]


async def test_a_redirect_within_the_origin_keeps_it(root: Path, tmp_path: Path) -> None:
    async with serving(Host(root)) as host:
        snapshot = await opened(tmp_path / "home", f"{host.url}/moved/app.git", credential(host.url))
        assert await listed(snapshot) == ["src/app.py"]

    assert None not in host.sent


async def test_a_credential_of_azure_devops_reads_repositories_of_its_server(root: Path, tmp_path: Path) -> None:
    async with serving(Host(root)) as host:
        values = {"url": host.url, "organization": "contoso", "project": "shop", "token": TOKEN}
        stored = Credential("id", "alias", "AzureDevOps", values)
        snapshot = await opened(tmp_path / "home", f"{host.url}{AZURE}", stored)
        assert await listed(snapshot) == ["src/app.py"]

    assert set(host.sent) == {"Basic " + b64encode(f":{TOKEN}".encode()).decode()}


async def test_a_host_that_echoes_the_credential_does_not_bring_it_to_people(root: Path, tmp_path: Path) -> None:
    async with serving(Host(root, echoes=True)) as host:
        with pytest.raises(SourceProblem, match="You sent") as problem:
            await opened(tmp_path / "home", f"{host.url}/git/app.git", credential(host.url))

    told = str(problem.value.envelope())
    sent = str(host.sent[-1])
    assert TOKEN not in told
    assert sent.removeprefix("Basic ") not in told


async def test_the_authority_of_the_integration_is_believed_for_its_host(root: Path, tmp_path: Path) -> None:
    authority = Authority.made(tmp_path)
    async with serving(Host(root), authority) as host:
        link = f"{host.url}/git/app.git"
        with pytest.raises(Unreachable, match="certificate"):
            await opened(tmp_path / "home", link, credential(host.url))
        assert host.sent == [], "nothing is sent to whom nobody believes"

        snapshot = await opened(tmp_path / "home", link, credential(host.url, ca_certificate=authority.pem))
        assert await listed(snapshot) == ["src/app.py"]

    assert not list((tmp_path / "home").rglob("*.pem"))


async def test_a_copy_that_is_there_is_read_without_signing_in(root: Path, tmp_path: Path) -> None:
    async with serving(Host(root)) as host:
        link = f"{host.url}/git/app.git"
        first = await opened(tmp_path / "home", link, credential(host.url))
        asked = len(host.sent)

        async def sign_in() -> GitAccess:
            raise AssertionError("nothing is fetched")

        workspace, revision = tmp_path / "home" / "workspace", first.revision
        again = await open_git(
            first.runner, workspace, sign_in, branch=None, revision=revision, patterns="", limits=LIMITS
        )
        assert await listed(again) == ["src/app.py"]
        await first.close()

    assert len(host.sent) == asked
    assert again.runner.access is None


@pytest.mark.parametrize(
    ("url", "values", "header"),
    [
        ("https://git.example.com/a/b.git", {}, "Basic b2F1dGgyOnRva2Vu"),
        ("https://git.example.com/a/b.git", {"name": "me"}, "Basic bWU6dG9rZW4="),
        ("https://git.example.com/a/b.git", {"use_header_auth": True}, "Bearer token"),
        ("https://git.example.com/a/b.git", {"use_header_auth": "true", "name": "me"}, "Bearer token"),
        ("https://bitbucket.org/a/b.git", {}, "Basic eC10b2tlbi1hdXRoOnRva2Vu"),
        ("https://bitbucket.org/a/b.git", {"name": "me"}, "Basic bWU6dG9rZW4="),
        ("https://git.example.com/a/b.git", {"server_kind": "bitbucket"}, "Basic eC10b2tlbi1hdXRoOnRva2Vu"),
        ("https://dev.azure.com/contoso/p/_git/r", {"use_header_auth": True}, "Basic OnRva2Vu"),
        ("https://contoso.visualstudio.com/p/_git/r", {"name": "me"}, "Basic OnRva2Vu"),
    ],
)
def test_the_header_is_the_servers_own(url: str, values: dict[str, Any], header: str) -> None:
    assert authorization(credential(url, **values, token="token"), url) == header


@pytest.mark.parametrize("values", [{"token": ""}, {"use_header_auth": True, "token": "two\r\nX-Other: lines"}])
def test_what_cannot_be_sent_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(CredentialUnusable):
        authorization(credential("https://git.example.com", **values), "https://git.example.com/a.git")


@pytest.mark.parametrize(
    ("values", "url", "fits"),
    [
        ({"url": "https://git.example.com"}, "https://git.example.com:443/a/b.git", True),
        ({"url": "https://git.example.com/other/c.git"}, "https://GIT.example.com/a/b.git", True),
        ({"url": "https://git.example.com"}, "https://git.example.com.evil.org/a/b.git", False),
        ({"url": "https://git.example.com"}, "http://git.example.com/a/b.git", False),
        ({"url": "https://git.example.com"}, "ssh://git@git.example.com/a/b.git", False),
        ({"url": "https://git.example.com"}, "https://git.example.com:8443/a/b.git", False),
        ({"url": ""}, "https://git.example.com/a/b.git", False),
        ({"url": "", "auth_type": "github_app"}, "https://github.com/a/b.git", True),
        ({"url": "https://dev.azure.com/contoso"}, "https://contoso.visualstudio.com/p/_git/r", True),
        ({"url": "https://contoso.visualstudio.com"}, "https://dev.azure.com/contoso/p/_git/r", True),
        ({"url": "https://dev.azure.com", "organization": "contoso"}, "https://dev.azure.com/Contoso/p/_git/r", True),
        ({"url": "https://dev.azure.com", "organization": "contoso"}, "https://dev.azure.com/other/p/_git/r", False),
        ({"url": "https://dev.azure.com/contoso"}, "https://other.visualstudio.com/p/_git/r", False),
    ],
)
def test_a_credential_fits_its_own_server(values: dict[str, Any], url: str, fits: bool) -> None:  # noqa: FBT001
    assert leads_to(values, url) is fits
