"""Making or moving something in a project: refused alike by every route that is told a project's name.

Whoever may work everywhere is told that a project does not exist; whoever belongs to it or not learns nothing else.
"""

import base64
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from tests.identity.administration import fresh, new_project
from tests.identity.route_world import assistant_body, guardrail_body, skill_body
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, Platform

from codemie.app import create_app
from codemie.identity.accounts import create_account
from codemie.kernel import row_security
from codemie.knowledge.tables import DataSource
from codemie.settings import load_settings

Client = httpx2.AsyncClient


@dataclass(frozen=True)
class Person:
    """Who asks, and the project they make things in before these are moved."""

    client: Client
    project: str
    id: str
    platform: Platform

    async def make(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Make something at home."""
        answer = await self.client.post(path, json=body)
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    async def source(self, kind: str) -> str:
        """A data source at home; gives its name."""
        name = fresh("source")
        row = DataSource(
            project=self.project,
            name=name,
            type=kind,
            description="Made by a test",
            shared=False,
            owner_id=self.id,
            created_by={"id": self.id, "username": "somebody", "name": "Somebody"},
            settings={"link": "https://git.example/x.git", "branch": "main"} if kind == "code" else {},
            completed=True,
        )
        with row_security.system("test"):
            async with self.platform.resources.database.session() as session:
                session.add(row)
        return name


Route = Callable[[Person, str], Awaitable[httpx2.Response]]
ROUTES: dict[str, Route] = {}


def route(name: str) -> Callable[[Route], Route]:
    """The function asks this route of the API for something in a project."""

    def register(ask: Route) -> Route:
        ROUTES[name] = ask
        return ask

    return register


@route("POST /v1/assistants")
async def _create_assistant(who: Person, project: str) -> httpx2.Response:
    return await who.client.post("/v1/assistants", json=assistant_body(project))


@route("PUT /v1/assistants/{assistant_id}")
async def _move_assistant(who: Person, project: str) -> httpx2.Response:
    made = await who.make("/v1/assistants", assistant_body(who.project))
    return await who.client.put(f"/v1/assistants/{made['assistantId']}", json=assistant_body(project))


@route("POST /v1/assistants/import")
async def _import_assistant(who: Person, project: str) -> httpx2.Response:
    made = await who.make("/v1/assistants", assistant_body(who.project))
    archive = await who.client.post(f"/v1/assistants/{made['assistantId']}/export")
    files = {"file": ("assistant.zip", archive.content, "application/zip")}
    return await who.client.post("/v1/assistants/import", data={"project": project}, files=files)


@route("POST /v1/assistants/refine")
async def _refine_assistant(who: Person, project: str) -> httpx2.Response:
    body = {"name": "Helper", "project": project, "llm_model": "mock"}
    return await who.client.post("/v1/assistants/refine", json=body)


@route("GET /v1/a2a/assistants/fetch")
async def _fetch_agent(who: Person, project: str) -> httpx2.Response:
    asked = {"url": "http://127.0.0.1:9/", "project_name": project}
    return await who.client.get("/v1/a2a/assistants/fetch", params=asked)


@route("POST /v1/skills")
async def _create_skill(who: Person, project: str) -> httpx2.Response:
    return await who.client.post("/v1/skills", json=skill_body(project))


@route("PUT /v1/skills/{skill_id}")
async def _move_skill(who: Person, project: str) -> httpx2.Response:
    made = await who.make("/v1/skills", skill_body(who.project))
    return await who.client.put(f"/v1/skills/{made['id']}", json={"project": project})


@route("POST /v1/skills/import")
async def _import_skill(who: Person, project: str) -> httpx2.Response:
    name, text = fresh("skill").replace("_", "-"), "Do it well. " * 10
    file = base64.b64encode(f"---\nname: {name}\ndescription: Made by a test\n---\n{text}".encode()).decode()
    body = {"file_content": file, "filename": "skill.md", "project": project}
    return await who.client.post("/v1/skills/import", json=body)


@route("POST /v1/application/{project}/index")
async def _create_repository(who: Person, project: str) -> httpx2.Response:
    body = {"name": fresh("code"), "description": "d", "link": "http://127.0.0.1:9/x.git", "branch": "main"}
    return await who.client.post(f"/v1/application/{project}/index", json={**body, "indexType": "code"})


@route("PUT /v1/application/{project}/index/{name}")
async def _move_repository(who: Person, project: str) -> httpx2.Response:
    name = await who.source("code")
    path = f"/v1/application/{who.project}/index/{name}"
    return await who.client.put(path, json={"new_project_name": project}, params={"skip_reindex": True})


@route("POST /v1/index/knowledge_base/file")
async def _create_files(who: Person, project: str) -> httpx2.Response:
    asked = {"name": fresh("files"), "description": "d", "project_name": project}
    files = [("files", ("a.txt", b"Hello", "text/plain"))]
    return await who.client.post("/v1/index/knowledge_base/file", params=asked, files=files)


@route("PUT /v1/index/knowledge_base/file")
async def _move_files(who: Person, project: str) -> httpx2.Response:
    name = await who.source("knowledge_base_file")
    asked = {"name": name, "project_name": who.project, "new_project_name": project, "skip_reindex": True}
    return await who.client.put("/v1/index/knowledge_base/file", params=asked, json={})


@route("POST /v1/index/health")
async def _check_source(who: Person, project: str) -> httpx2.Response:
    return await who.client.post("/v1/index/health", json={"index_type": "file", "project_name": project})


def _setting(project: str) -> dict[str, Any]:
    return {"project_name": project, "alias": fresh("jira"), "credential_type": "Jira", "credential_values": []}


@route("POST /v1/settings/user")
async def _create_user_setting(who: Person, project: str) -> httpx2.Response:
    return await who.client.post("/v1/settings/user", json=_setting(project))


@route("POST /v1/settings/project")
async def _create_project_setting(who: Person, project: str) -> httpx2.Response:
    return await who.client.post("/v1/settings/project", json=_setting(project))


@route("POST /v1/plugin-engine/keys")
async def _create_plugin_key(who: Person, project: str) -> httpx2.Response:
    return await who.client.post("/v1/plugin-engine/keys", json={"alias": fresh("key"), "project_name": project})


async def _moved_setting(who: Person, project: str, scope: str) -> httpx2.Response:
    body = _setting(who.project)
    await who.make(f"/v1/settings/{scope}", body)
    rows = (await who.client.get(f"/v1/settings/{scope}", params={"per_page": 1})).json()["data"]
    assert rows[0]["alias"] == body["alias"]
    return await who.client.put(f"/v1/settings/{scope}/{rows[0]['id']}", json={**body, "project_name": project})


@route("PUT /v1/settings/user/{setting_id}")
async def _move_user_setting(who: Person, project: str) -> httpx2.Response:
    return await _moved_setting(who, project, "user")


@route("PUT /v1/settings/project/{setting_id}")
async def _move_project_setting(who: Person, project: str) -> httpx2.Response:
    return await _moved_setting(who, project, "project")


@route("POST /v1/tools/{name}/invoke")
async def _invoke_tool(who: Person, project: str) -> httpx2.Response:
    return await who.client.post("/v1/tools/gitlab/invoke", json={"project": project, "tool_args": {}})


@route("POST /v1/guardrails")
async def _create_guardrail(who: Person, project: str) -> httpx2.Response:
    return await who.client.post("/v1/guardrails", json=guardrail_body(project))


@route("POST /v1/ide/inference/virtual")
async def _ask_from_an_editor(who: Person, project: str) -> httpx2.Response:
    return await who.client.post("/v1/ide/inference/virtual", json={"text": "Hi", "project": project, "stream": False})


@route("POST /v1/guardrails/try")
async def _try_rules(who: Person, project: str) -> httpx2.Response:
    return await who.client.post("/v1/guardrails/try", json=guardrail_body(project))


@route("PUT /v1/guardrails/{guardrail_id}/assignments")
async def _assign_guardrail(who: Person, project: str) -> httpx2.Response:
    made = await who.make("/v1/guardrails", guardrail_body(who.project))
    path = f"/v1/guardrails/{made['guardrailId']}/assignments"
    return await who.client.put(path, json={"project_name": project, "project": {"settings": []}})


_OWN_WORDS = "answers in words of its own, as published; tested with the project's routes"
ELSEWHERE = {
    "POST /v1/assistants/slug/{slug}/model": "the name chooses among assistants; nothing is made there",
    "PUT /v1/index/knowledge_base/{kind}/reindex": "addresses a data source that is there already",
    "POST /v1/skills/events": "what an editor reports; the name is only counted",
    "POST /v1/settings/transfer": "names the source or the target, as published; tests/integrations/test_transfer.py",
    "POST /v1/assistants/{assistant_id}/projects/mapping": "behind a switch; tests/assistants/test_setup.py",
    "POST /v1/assistants/mcp_tools": "tries a server; tests/mcp/test_integrations_of_servers.py",
    "POST /v1/assistants/mcp/test": "tries a server; tests/mcp/test_integrations_of_servers.py",
    "POST /v1/personal-tokens": "for projects of the person's own only, whatever their role",
    "POST /v1/admin/users/{user_id}/projects": "makes the project where it is missing, as published",
    "PUT /v1/admin/users/{user_id}": "project_limit is a number",
    "PUT /v1/admin/users/{user_id}/projects/{project_name}": _OWN_WORDS,
    "PUT /v1/admin/users/{user_id}/projects/{project_name}/default": _OWN_WORDS,
    "PATCH /v1/projects/{project_name}": _OWN_WORDS,
    "PUT /v1/projects/{project_name}/ownership": _OWN_WORDS,
    "POST /v1/projects/{project_name}/assignment": _OWN_WORDS,
    "PUT /v1/projects/{project_name}/assignment/{user_id}": _OWN_WORDS,
    "POST /v1/projects/{project_name}/assignments": _OWN_WORDS,
    "POST /v1/projects/{project_name}/import-users/validate": _OWN_WORDS,
    "POST /v1/projects/{project_name}/import-users": _OWN_WORDS,
}


def test_every_route_that_takes_a_project_is_tried_here_or_says_why_not() -> None:
    application: Any = create_app(load_settings({})[0]).app
    written = _naming_a_project(application.openapi())
    assert written - ROUTES.keys() - ELSEWHERE.keys() == set()
    assert (ROUTES.keys() | ELSEWHERE.keys()) - written == {"GET /v1/a2a/assistants/fetch"}  # a read that works there


def _naming_a_project(document: dict[str, Any]) -> set[str]:
    """Routes that write and take something named like a project."""
    found: set[str] = set()
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            bodies = json.dumps(
                [_resolved(document, part) for part in about.get("requestBody", {}).get("content", {}).values()]
            )
            asked = json.dumps([part["name"] for part in about.get("parameters", ())])
            if method in {"post", "put", "patch"} and "project" in (bodies + asked).lower():
                found.add(f"{method.upper()} {path}")
    return found


def _resolved(document: dict[str, Any], content: dict[str, Any]) -> list[str]:
    """Names of the fields of a body."""
    schema = content.get("schema", {})
    parts = [schema, *schema.get("anyOf", ())]
    known = document["components"]["schemas"]
    named = [known[part["$ref"].rpartition("/")[2]] if "$ref" in part else part for part in parts]
    return [name for part in named for name in part.get("properties", ())]


@pytest.fixture(scope="module")
async def administrator(platform: Platform) -> AsyncIterator[Person]:
    async with platform.client(await platform.login(ADMIN_EMAIL, ADMIN_PASSWORD)) as client:
        yield await _person(platform, client, "demo")


@pytest.fixture(scope="module")
async def stranger(platform: Platform) -> AsyncIterator[Person]:
    email = f"stranger-{uuid.uuid4().hex[:8]}@codemie.test"
    async with AsyncExitStack() as stack:
        async with platform.resources.database.session() as session:
            await create_account(session, email=email, password=ADMIN_PASSWORD)
        client = await stack.enter_async_context(platform.client(await platform.login(email, ADMIN_PASSWORD)))
        # A project of theirs that they administer, so that they may make everything there.
        yield await _person(platform, client, await new_project(client))


async def _person(platform: Platform, client: Client, project: str) -> Person:
    return Person(client, project, (await client.get("/v1/user")).json()["user_id"], platform)


@pytest.fixture(scope="module")
async def foreign(administrator: Person) -> str:
    """A project that exists, and is not the stranger's."""
    return await new_project(administrator.client)


@pytest.mark.parametrize("name", ROUTES)
async def test_an_administrator_is_told_that_a_project_does_not_exist(name: str, administrator: Person) -> None:
    missing = fresh("missing")
    answer = await ROUTES[name](administrator, missing)
    assert answer.status_code == 404, answer.text
    told = answer.json()["error"]
    assert (told["message"], missing in told["details"]) == ("Project not found", True)


@pytest.mark.parametrize("name", ROUTES)
async def test_others_cannot_tell_a_project_that_is_not_theirs_from_none(
    name: str, stranger: Person, foreign: str
) -> None:
    missing = fresh("missing")
    refused = [(project, await ROUTES[name](stranger, project)) for project in (foreign, missing)]
    assert [answer.status_code for _, answer in refused] == [403, 403], [answer.text for _, answer in refused]
    assert len({answer.json()["error"]["details"].replace(project, "X") for project, answer in refused}) == 1


@pytest.mark.parametrize("name", ROUTES)
async def test_the_projects_that_clients_rely_on_are_never_refused(name: str, administrator: Person) -> None:
    personal = (await administrator.client.get("/v1/user")).json()["email"]
    for project in ("demo", "codemie", personal):
        answer = await ROUTES[name](administrator, project)
        told = answer.json()
        assert answer.status_code not in {401, 403, 404, 500}, (project, told)


async def test_a_name_in_another_case_is_pointed_out(administrator: Person) -> None:
    answer = await ROUTES["POST /v1/assistants"](administrator, "Demo")
    assert answer.status_code == 404
    assert "'demo'" in answer.json()["error"]["help"]


async def test_a_guardrail_stands_guard_in_its_own_project_only(administrator: Person, foreign: str) -> None:
    answer = await ROUTES["PUT /v1/guardrails/{guardrail_id}/assignments"](administrator, foreign)
    assert answer.status_code == 400
    assert foreign in answer.json()["error"]["details"]
