"""Connection tests of Git servers: what a token may do, when it ends, and which kind of server it is for."""

import datetime as dt
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from aiohttp import web

from tests.fakes.github import NARROW, GitHub, app_values
from tests.fakes.github import READ_ONLY as FINE_GRAINED
from tests.fakes.github import TOKEN as GITHUB_TOKEN
from tests.fakes.gitlab import READ_ONLY, TOKEN, GitLab
from tests.fakes.vendor_server import Faults, serving


@pytest.fixture
async def gitlab() -> AsyncIterator[tuple[GitLab, str]]:
    server = GitLab()
    async with serving(server) as url:
        yield server, url


@pytest.fixture
async def github() -> AsyncIterator[tuple[GitHub, str]]:
    server = GitHub()
    async with serving(server) as url:
        yield server, url


async def diagnosed(client: httpx2.AsyncClient, **values: Any) -> dict[str, Any]:
    pairs = [{"key": key, "value": value} for key, value in values.items()]
    answer = await client.post("/v1/settings/diagnose", json={"credential_type": "Git", "credential_values": pairs})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def step(told: dict[str, Any], name: str) -> str:
    """What a step of the way says, and what to do about it."""
    return next(f"{item['detail']} {item['action']}".strip() for item in told["steps"] if item["name"] == name)


async def test_a_token_of_gitlab_tells_what_it_may_do(client: httpx2.AsyncClient, gitlab: tuple[GitLab, str]) -> None:
    server, url = gitlab
    told = await diagnosed(client, url=url, token=TOKEN)
    assert (told["success"], step(told, "sign_in")) == (True, "Signed in")
    assert step(told, "rights") == "It has api: tools may read and write"

    told = await diagnosed(client, url=url, token=READ_ONLY)
    assert told["success"]
    assert step(told, "rights").startswith("It has read_api: tools may read; writing needs api Make a token")

    server.scopes[TOKEN] = ["read_repository", "read_user"]
    told = await diagnosed(client, url=url, token=TOKEN)
    assert "code can be indexed; tools need api" in step(told, "rights")

    server.scopes[TOKEN] = ["read_user"]
    told = await diagnosed(client, url=url, token=TOKEN)
    assert (told["success"], told["verdict"]) == (False, "forbidden")
    assert told["message"] == "It has read_user; tools need api, or read_api to read"


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "expires today"), (1, "expires tomorrow"), (13, "expires in 13 days"), (15, None)],
)
async def test_a_token_that_soon_ends_is_told(
    client: httpx2.AsyncClient, gitlab: tuple[GitLab, str], days: int, words: str | None
) -> None:
    server, url = gitlab
    server.expires_at = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)).isoformat()
    told = await diagnosed(client, url=url, token=TOKEN)
    assert told["success"]
    if words is None:
        assert step(told, "sign_in") == "Signed in"
    else:
        assert f"{words} Make a new one" in step(told, "sign_in")


async def test_a_wrong_token_is_told_as_gitlab_does(client: httpx2.AsyncClient, gitlab: tuple[GitLab, str]) -> None:
    told = await diagnosed(client, url=gitlab[1], token="planted-wrong")
    assert told["verdict"] == "unauthorised"
    assert "401 Unauthorized" in told["message"]
    assert "planted-wrong" not in str(told)


async def test_a_repository_is_asked_as_git_does(
    client: httpx2.AsyncClient, gitlab: tuple[GitLab, str], github: tuple[GitHub, str]
) -> None:
    assert (await diagnosed(client, url=f"{gitlab[1]}/team/app.git", token=READ_ONLY))["success"]
    assert gitlab[0].faults.asked == ["GET /team/app.git/info/refs"]
    told = await diagnosed(client, url=f"{github[1]}/team/app.git", token="wrong")
    assert (told["verdict"], told["message"]) == ("unauthorised", "Access denied")


async def test_a_server_that_is_no_gitlab_leads_to_the_kind_of_server(
    client: httpx2.AsyncClient, github: tuple[GitHub, str]
) -> None:
    told = await diagnosed(client, url=github[1], token=GITHUB_TOKEN)
    assert told["message"] == "No GitLab answers there"
    assert "kind of server" in told["action"]


async def test_a_classic_token_of_github_tells_its_scopes(
    client: httpx2.AsyncClient, github: tuple[GitHub, str]
) -> None:
    told = await diagnosed(client, url=github[1], server_kind="github", token=GITHUB_TOKEN)
    assert (told["success"], step(told, "sign_in")) == (True, "Signed in as bot")
    assert step(told, "rights") == "It has repo: tools may read and write"

    told = await diagnosed(client, url=github[1], server_kind="github", token=NARROW)
    assert told["verdict"] == "forbidden"
    assert told["message"] == "It has read:user; reading private repositories and writing need repo"

    told = await diagnosed(client, url=github[1], server_kind="github", token="wrong")
    assert (told["verdict"], "Bad credentials" in told["message"]) == ("unauthorised", True)


async def test_a_fine_grained_token_tells_its_end(client: httpx2.AsyncClient, github: tuple[GitHub, str]) -> None:
    told = await diagnosed(client, url=github[1], server_kind="github", token=FINE_GRAINED)
    assert told["success"]
    assert "expires in 5 days" in step(told, "sign_in")
    assert "rights of each repository" in step(told, "rights")


async def test_an_app_tells_who_installed_it(client: httpx2.AsyncClient, github: tuple[GitHub, str]) -> None:
    server, url = github
    told = await diagnosed(client, **app_values(server, url))
    assert (told["success"], step(told, "rights")) == (True, "Installed by team")
    server.installations.clear()
    told = await diagnosed(client, **app_values(server, url))
    assert (told["verdict"], told["message"]) == ("forbidden", "Nobody installed the App")
    told = await diagnosed(client, **{**app_values(server, url), "app_id": "1"})
    assert (told["success"], "Integration not found" in told["message"]) == (False, True)


class Bitbucket:
    """A Bitbucket server as far as a connection test sees it.

    https://developer.atlassian.com/server/bitbucket/rest/latest/
    """

    def __init__(self) -> None:
        self.faults = Faults()

    def app(self) -> web.Application:
        """Its API."""
        app = web.Application(middlewares=[self.faults.middleware])
        app.router.add_get("/rest/api/latest/projects", self._projects)
        return app

    async def _projects(self, request: web.Request) -> web.Response:
        if request.headers.get("authorization") != "Bearer bitbucket-right":
            errors = [{"message": "Authentication failed. Please check your credentials and try again."}]
            return web.json_response({"errors": errors}, status=401)
        return web.json_response({"size": 0, "values": []}, headers={"X-AUSERNAME": "ada"})


async def test_a_token_of_bitbucket_is_signed_in_or_not(client: httpx2.AsyncClient) -> None:
    async with serving(Bitbucket()) as url:
        told = await diagnosed(client, url=url, server_kind="bitbucket", token="bitbucket-right")
        assert (told["success"], step(told, "sign_in")) == (True, "Signed in as ada")
        told = await diagnosed(client, url=url, server_kind="bitbucket", token="wrong")
        assert (told["verdict"], "Authentication failed" in told["message"]) == ("unauthorised", True)


async def test_azure_devops_is_told_which_address_is_needed(client: httpx2.AsyncClient) -> None:
    pairs = [{"key": "url", "value": "https://dev.azure.com"}, {"key": "token", "value": "t"}]
    answer = await client.post("/v1/settings/test/", json={"credential_type": "Git", "credential_values": pairs})
    assert answer.status_code == 400
    assert "address of a repository" in answer.json()["error"]["details"]


class AzureRepository:
    """A repository of Azure DevOps as Git asks for it (gitprotocol-http)."""

    def __init__(self) -> None:
        self.faults = Faults()

    def app(self) -> web.Application:
        """What Git asks first."""
        app = web.Application(middlewares=[self.faults.middleware])
        app.router.add_get("/contoso/app/_git/app/info/refs", self._refs)
        return app

    async def _refs(self, request: web.Request) -> web.Response:
        """The token is the password; the service does not look at the user's name."""
        kind, _, pair = request.headers.get("authorization", "").partition(" ")
        right = kind == "Basic" and b64decode(pair).decode().partition(":")[2] == "ado-right"
        return web.Response(text="001e# service=git-upload-pack\n0000", status=200 if right else 401)


async def test_a_repository_of_azure_devops_is_asked_as_git_does(client: httpx2.AsyncClient) -> None:
    async with serving(AzureRepository()) as url:
        address = f"{url}/contoso/app/_git/app"
        assert (await diagnosed(client, url=address, token="ado-right"))["success"]
        assert (await diagnosed(client, url=address, token="ado-right", use_header_auth=True))["success"]
        assert (await diagnosed(client, url=address, token="wrong"))["verdict"] == "unauthorised"
