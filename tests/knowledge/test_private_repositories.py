"""Repositories that are read with an integration: whose it may be, where it goes, and that it is seen nowhere."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from aiohttp import web

from tests.conftest import MakeUser
from tests.fakes.github import GitHub, app_values
from tests.fakes.gitlab import READ_ONLY, TOKEN, GitLab
from tests.fakes.vendor_server import serving
from tests.identity.administration import events, new_project
from tests.integrations.credentials import create, fresh
from tests.knowledge.sources import add_repository, fresh_name, indexed, named, own_project, settled, team
from tests.knowledge.test_datasources_http import envelope
from tests.support import Platform

WRONG = "a-token-that-nobody-issued"


@dataclass
class Server:
    """A GitLab with a private repository."""

    gitlab: GitLab
    url: str

    @property
    def link(self) -> str:
        return f"{self.url}/team/app.git"

    def asked_for_code(self) -> list[str]:
        return [asked for asked in self.gitlab.faults.asked if "/info/refs" in asked]


def by_name(url: str) -> str:
    """Data sources may reach loopback by its name here, not by its number."""
    return url.replace("127.0.0.1", "localhost")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    gitlab = GitLab()
    async with serving(gitlab) as url:
        yield Server(gitlab, by_name(url))


@pytest.fixture
async def owner(make_user: MakeUser) -> httpx2.AsyncClient:
    return await make_user("owner")


async def integration(client: httpx2.AsyncClient, project: str, scope: str = "user", **values: Any) -> str:
    """Store a Git credential and tell its id."""
    pairs = [{"key": key, "value": value} for key, value in values.items()]
    body = {
        "project_name": project,
        "alias": fresh("git"),
        "credential_type": "Git",
        "credential_values": pairs,
        "is_global": False,
    }
    return str((await create(client, scope, body))["id"])


async def put(client: httpx2.AsyncClient, project: str, name: str, body: Any, **flags: bool) -> httpx2.Response:
    return await client.put(f"/v1/application/{project}/index/{name}", params=flags, json=body)


async def checked(client: httpx2.AsyncClient, project: str, link: str, setting_id: str | None) -> httpx2.Response:
    body = {"index_type": "git", "project_name": project, "git_url": link, "setting_id": setting_id}
    return await client.post("/v1/index/health", json=body)


async def test_a_private_repository_is_indexed_and_indexed_again_with_the_stored_integration(
    owner: httpx2.AsyncClient, platform: Platform, server: Server
) -> None:
    name, project = fresh_name("code"), await own_project(owner)
    setting = await integration(owner, project, url=server.url, token=READ_ONLY)
    health = await checked(owner, project, server.link, setting)
    created = await add_repository(owner, server.link, name=name, settingId=setting)
    assert created.status_code == 201, created.text
    before = await indexed(owner, name)

    server.gitlab.project.commit("main", "More", {"src/new.py": "def brand_new():\n    return 2\n"})
    again = await put(owner, project, name, {"setting_id": None}, full_reindex=True)
    assert again.status_code == 201, again.text
    after = await indexed(owner, name)

    assert health.json() == {"implemented": True, "documents_count": 0, "error": None}
    assert (before["setting_id"], after["setting_id"]) == (setting, setting)
    assert "src/app.py" in before["processed_files"]
    assert "src/new.py" in after["processed_files"]
    used = [facts for kind, facts in await events(platform, setting) if kind == "integration.used"]
    assert {facts["purpose"] for facts in used} == {"read a repository"}
    assert [facts["data_source"] for facts in used if "data_source" in facts] == [before["id"]] * 2
    usages = (await owner.get(f"/v1/settings/user/{setting}/usages")).text
    assert name in usages


async def test_without_an_integration_it_is_refused_in_the_words_clients_compare(
    owner: httpx2.AsyncClient, server: Server
) -> None:
    answer = await add_repository(owner, server.link)
    health = (await checked(owner, "", server.link, None)).json()

    for problem in (envelope(answer), health["error"]):
        assert problem["message"] == "Repository Not Publicly Accessible"
        assert "Please select a Git integration" in str(problem["details"])


async def test_a_token_that_is_refused_is_told_and_not_shown(owner: httpx2.AsyncClient, server: Server) -> None:
    project = await own_project(owner)
    setting = await integration(owner, project, url=server.url, token=WRONG)
    created = await add_repository(owner, server.link, setting_id=setting)
    health = await checked(owner, project, server.link, setting)

    assert (created.status_code, health.status_code) == (422, 200)
    for problem in (envelope(created), health.json()["error"]):
        assert problem["message"] == "The repository's host refuses the credential of the integration"
    assert health.json()["error"]["field_error"] == "git_url"
    assert WRONG not in created.text + health.text


async def test_a_credential_for_another_server_is_sent_nowhere(owner: httpx2.AsyncClient, server: Server) -> None:
    project = await own_project(owner)
    port = server.url.rpartition(":")[2]
    for elsewhere in ("https://git.example.com/team/app.git", f"https://localhost:{port}", "http://localhost:1"):
        setting = await integration(owner, project, url=elsewhere, token=TOKEN)
        created = await add_repository(owner, server.link, setting_id=setting)

        assert created.status_code == 422
        assert envelope(created)["message"] == "The integration is for another server"
        assert server.url in str(envelope(created)["details"])
    setting = await integration(owner, project, url=server.url, token=TOKEN)
    over_ssh = await add_repository(owner, "git@localhost:team/app.git", setting_id=setting)

    assert envelope(over_ssh)["message"] == "The integration is for another server"
    assert server.asked_for_code() == []


async def test_only_who_may_use_an_integration_can_name_it(
    owner: httpx2.AsyncClient, make_user: MakeUser, server: Server
) -> None:
    stranger = await make_user("stranger")
    setting = await integration(owner, await own_project(owner), url=server.url, token=TOKEN)
    project = await own_project(stranger)

    foreign = [
        await add_repository(stranger, server.link, setting_id=setting),
        await checked(stranger, project, server.link, setting),
    ]
    unknown = [
        await add_repository(stranger, server.link, setting_id="no-such-integration"),
        await checked(stranger, project, server.link, "no-such-integration"),
    ]

    assert [answer.status_code for answer in (*foreign, *unknown)] == [403, 403, 404, 404]
    assert server.asked_for_code() == []


async def test_other_types_of_credentials_are_refused(owner: httpx2.AsyncClient, server: Server) -> None:
    project = await own_project(owner)
    values = {"url": server.url, "username": "me", "token": "jira-secret"}
    body = {
        "project_name": project,
        "alias": fresh("jira"),
        "credential_type": "Jira",
        "credential_values": [{"key": key, "value": value} for key, value in values.items()],
        "is_global": False,
    }
    setting = (await create(owner, "user", body))["id"]

    answer = await add_repository(owner, server.link, setting_id=setting)

    assert answer.status_code == 422
    assert "is of type Jira; Git or AzureDevOps is needed" in str(envelope(answer)["details"])


async def test_a_deleted_integration_is_told_in_the_status(owner: httpx2.AsyncClient, server: Server) -> None:
    name, project = fresh_name("code"), await own_project(owner)
    setting = await integration(owner, project, url=server.url, token=TOKEN)
    await add_repository(owner, server.link, name=name, setting_id=setting)
    before = await indexed(owner, name)
    assert (await owner.delete(f"/v1/settings/user/{setting}")).status_code == 200

    await put(owner, project, name, {}, full_reindex=True)
    detail = await settled(owner, before["id"])

    assert detail["error"]
    assert detail["text"].startswith("The integration is gone.")
    assert "Choose another one in the settings of the data source" in detail["text"]
    assert (await owner.get(f"/v1/index/{before['id']}/search", params={"query": "app"})).json()["data"]


async def test_a_token_that_ended_is_told_in_the_status(owner: httpx2.AsyncClient, server: Server) -> None:
    name, project = fresh_name("code"), await own_project(owner)
    setting = await integration(owner, project, url=server.url, token=TOKEN)
    await add_repository(owner, server.link, name=name, setting_id=setting)
    before = await indexed(owner, name)
    alias = next(row["alias"] for row in (await owner.get("/v1/settings/user")).json()["data"] if row["id"] == setting)
    pairs = [{"key": "url", "value": server.url}, {"key": "token", "value": WRONG}]
    body = {"project_name": project, "alias": alias, "credential_type": "Git", "credential_values": pairs}
    changed = await owner.put(f"/v1/settings/user/{setting}", json=body)
    assert changed.status_code == 200, changed.text

    await put(owner, project, name, {}, full_reindex=True)
    detail = await settled(owner, before["id"])

    assert detail["text"].startswith("The repository's host refuses the credential of the integration.")
    assert WRONG not in str(detail)


async def test_a_member_cannot_have_somebody_elses_integration_read_another_repository(
    owner: httpx2.AsyncClient, make_user: MakeUser, server: Server
) -> None:
    member = await make_user("member")
    project, _ = await team(owner, member)
    name = fresh_name("code")
    setting = await integration(owner, project, url=server.url, token=TOKEN)
    await add_repository(
        owner, server.link, name=name, project_name=project, setting_id=setting, projectSpaceVisible=True
    )
    await indexed(owner, name)
    own = await integration(member, project, url=server.url, token=TOKEN)

    elsewhere = await put(member, project, name, {"link": f"{server.url}/owner/secret.git"})
    named_again = await put(member, project, name, {"setting_id": own})
    described = await put(member, project, name, {"description": "Words of a member"}, full_reindex=True)

    assert elsewhere.status_code == 403
    assert named_again.status_code == 422
    assert "not of who owns the data source" in str(envelope(named_again)["details"])
    assert described.status_code == 201, described.text
    after = await indexed(owner, name)
    assert (after["setting_id"], after["link"], after["description"]) == (setting, server.link, "Words of a member")


async def test_a_personal_integration_ends_with_its_owners_membership_and_one_of_the_project_does_not(
    owner: httpx2.AsyncClient, make_user: MakeUser, server: Server
) -> None:
    member = await make_user("member")
    project, member_id = await team(owner, member)
    personal, shared = fresh_name("personal"), fresh_name("shared")
    own = await integration(member, project, url=server.url, token=TOKEN)
    common = await integration(owner, project, "project", url=server.url, token=TOKEN)
    fields = {"project_name": project, "projectSpaceVisible": True}
    for name, setting in ((personal, own), (shared, common)):
        created = await add_repository(member, server.link, name=name, setting_id=setting, **fields)
        assert created.status_code == 201, created.text
        await indexed(owner, name)

    left = await owner.delete(f"/v1/projects/{project}/assignment/{member_id}")
    assert left.status_code == 200, left.text
    for name in (personal, shared):
        assert (await put(owner, project, name, {}, full_reindex=True)).status_code == 201

    await indexed(owner, shared)
    detail = await settled(owner, (await named(owner, personal))["id"])
    assert detail["error"]
    assert "the owner of the data source has left the project" in detail["text"]


async def test_an_integration_of_another_project_does_not_serve(owner: httpx2.AsyncClient, server: Server) -> None:
    project, other = await new_project(owner), await new_project(owner)
    setting = await integration(owner, other, "project", url=server.url, token=TOKEN)

    created = await add_repository(owner, server.link, project_name=project, setting_id=setting)

    assert created.status_code == 422
    assert "belongs to another project" in str(envelope(created)["details"])


async def test_a_public_repository_can_be_given_an_integration_later(owner: httpx2.AsyncClient) -> None:
    gitlab = GitLab(public=True)
    async with serving(gitlab) as url:
        server = Server(gitlab, by_name(url))
        name, project = fresh_name("code"), await own_project(owner)
        assert (await add_repository(owner, server.link, name=name)).status_code == 201
        before = await indexed(owner, name)
        wrong = await integration(owner, project, url=server.url, token=WRONG)
        right = await integration(owner, project, url=server.url, token=TOKEN)

        refused = await put(owner, project, name, {"setting_id": wrong})
        given = await put(owner, project, name, {"settingId": right})

        assert (refused.status_code, given.status_code) == (422, 201), given.text
        assert before["setting_id"] is None
        assert (await owner.get(f"/v1/index/{before['id']}")).json()["setting_id"] == right


async def test_an_address_never_meets_an_integration_it_was_not_tried_with(
    owner: httpx2.AsyncClient, make_user: MakeUser
) -> None:
    member = await make_user("member")
    project, _ = await team(owner, member)
    gitlab, name = GitLab(public=True), fresh_name("code")
    async with serving(gitlab) as url:
        link = Server(gitlab, by_name(url)).link
        setting = await integration(owner, project, url=by_name(url), token=TOKEN)
        fields = {"name": name, "project_name": project, "projectSpaceVisible": True}
        assert (await add_repository(owner, link, **fields)).status_code == 201
        await indexed(owner, name)
        meanwhile: list[int] = []

        async def while_the_members_address_is_tried(request: web.Request) -> web.Response:
            meanwhile.append((await put(owner, project, name, {"setting_id": setting})).status_code)
            raise web.HTTPFound(str(request.rel_url))

        gitlab.faults.coming.append(while_the_members_address_is_tried)
        crossed = await put(member, project, name, {"link": f"{link}/"})

    assert (meanwhile, crossed.status_code) == ([201], 409), crossed.text
    after = await named(owner, name)
    assert (after["setting_id"], after["link"]) == (setting, link)


async def test_a_github_app_reads_with_the_token_of_its_installation(owner: httpx2.AsyncClient) -> None:
    github = GitHub()
    async with serving(github) as url:
        name, project = fresh_name("code"), await own_project(owner)
        # GitHub's API is reached as integrations reach things, by the number of the address, too.
        setting = await integration(owner, project, **app_values(github, by_name(url)))
        created = await add_repository(owner, f"{by_name(url)}/team/app.git", name=name, setting_id=setting)
        assert created.status_code == 201, created.text
        await indexed(owner, name)
        assert github.issued, "the App asked for a token"

        github.installations.clear()
        refused = await add_repository(owner, f"{by_name(url)}/team/app.git", setting_id=setting)

    assert refused.status_code == 422
    assert "installed by nobody" in str(envelope(refused)["details"])
