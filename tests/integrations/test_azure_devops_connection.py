"""Connection tests of Azure DevOps: who, where, and what the token may do."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.fakes.azure_devops.boards import Boards
from tests.fakes.azure_devops.git import Git
from tests.fakes.azure_devops.pipelines import Pipelines
from tests.fakes.azure_devops.server import CODE_ONLY, EXPIRED, NO_SCOPE, ORGANIZATION, PROJECT, TOKEN, AzureDevOps
from tests.fakes.azure_devops.wiki import Wikis
from tests.fakes.vendor_server import serving
from tests.integrations.test_git_connection import step

KEYS = {"organization": ORGANIZATION, "project": PROJECT, "token": TOKEN}


@pytest.fixture
async def contoso() -> AsyncIterator[tuple[AzureDevOps, str]]:
    server = AzureDevOps(Git(), Boards(), Wikis("app.wiki"), Pipelines())
    async with serving(server) as url:
        yield server, url


async def diagnosed(client: httpx2.AsyncClient, kind: str = "AzureDevOps", **values: Any) -> dict[str, Any]:
    pairs = [{"key": key, "value": value} for key, value in values.items()]
    answer = await client.post("/v1/settings/diagnose", json={"credential_type": kind, "credential_values": pairs})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_token_that_works_tells_who_it_is_and_what_it_may(
    client: httpx2.AsyncClient, contoso: tuple[AzureDevOps, str]
) -> None:
    """Test plans are switched off here: that says nothing against the token."""
    told = await diagnosed(client, url=contoso[1], **KEYS)
    assert (told["success"], told["verdict"]) == (True, "works")
    assert step(told, "sign_in") == "Signed in as Ada Example"
    assert step(told, "rights") == "The token may read code, work items, wikis, pipelines"


async def test_the_address_may_hold_the_organization(
    client: httpx2.AsyncClient, contoso: tuple[AzureDevOps, str]
) -> None:
    told = await diagnosed(client, url=f"{contoso[1]}/{ORGANIZATION}/", **KEYS)
    assert told["success"]


async def test_a_wrong_token_is_told_from_one_that_has_expired(
    client: httpx2.AsyncClient, contoso: tuple[AzureDevOps, str]
) -> None:
    server, url = contoso
    told = await diagnosed(client, url=url, **{**KEYS, "token": "wrong"})
    assert (told["verdict"], told["message"]) == ("unauthorised", "Access denied: Azure DevOps asks to sign in")
    assert "Make a new one" in told["action"]
    told = await diagnosed(client, url=url, **{**KEYS, "token": EXPIRED})
    assert told["message"] == "Access denied: Access Denied: The Personal Access Token used has expired."
    server.faults.status(203, "<html>Sign In</html>")
    assert (await diagnosed(client, url=url, **KEYS))["verdict"] == "unauthorised"


async def test_a_wrong_organization_is_told_from_a_wrong_project(
    client: httpx2.AsyncClient, contoso: tuple[AzureDevOps, str]
) -> None:
    _, url = contoso
    told = await diagnosed(client, url=url, **{**KEYS, "organization": "fabrikam"})
    assert told["message"] == "There is no such organization (HTTP 404)"
    assert "Check the organization" in told["action"]
    told = await diagnosed(client, url=url, **{**KEYS, "project": "../gone"})
    assert told["message"].startswith("TF200016: The following project does not exist: ../gone.")
    assert "Check the project" in told["action"]


async def test_scopes_that_lack_are_named(client: httpx2.AsyncClient, contoso: tuple[AzureDevOps, str]) -> None:
    _, url = contoso
    told = await diagnosed(client, url=url, **{**KEYS, "token": CODE_ONLY})
    assert told["success"]
    assert "may read code; not work items, wikis, pipelines" in step(told, "rights")
    assert "the scopes Work Items (Read & write), Wiki (Read & write), Build (Read & execute)" in step(told, "rights")
    told = await diagnosed(client, url=url, **{**KEYS, "token": NO_SCOPE})
    assert (told["success"], told["verdict"]) == (False, "forbidden")
    assert "Code (Read & write)" in told["action"]


async def test_something_else_that_answers_is_told(
    client: httpx2.AsyncClient, contoso: tuple[AzureDevOps, str]
) -> None:
    server, url = contoso
    server.faults.status(200, ["hello"])
    told = await diagnosed(client, url=url, **KEYS)
    assert "not as Azure DevOps does" in told["action"]


@pytest.mark.parametrize("address", ["http://[", "dev.azure.com", ""])
async def test_an_address_that_is_none_is_told(client: httpx2.AsyncClient, address: str) -> None:
    told = await diagnosed(client, url=address, **KEYS)
    assert (told["verdict"], told["steps"][-1]["name"]) == ("no address", "address")


async def test_a_git_credential_is_tested_with_a_repository(
    client: httpx2.AsyncClient, contoso: tuple[AzureDevOps, str]
) -> None:
    _, url = contoso
    address = f"{url}/{ORGANIZATION}/{PROJECT}/_git/app"
    told = await diagnosed(client, "Git", url=address, token=TOKEN)
    assert told["success"], told
    told = await diagnosed(client, "Git", url=address, token="wrong")
    assert (told["success"], told["verdict"]) == (False, "unauthorised")
    told = await diagnosed(client, "Git", url=f"{address}-gone", token=TOKEN)
    assert "TF401019" in told["message"]
    told = await diagnosed(client, "Git", url="https://dev.azure.com/contoso", token=TOKEN)
    assert "with /_git/ in it" in told["action"]
