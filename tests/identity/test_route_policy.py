"""Every route × every role × ownership, over HTTP, against the table in `route_rules` and the policy."""

import re
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from tests.conftest import MakeUser
from tests.identity.route_world import Thing, World, assistant_body, build, guardrail_body, skill_body
from tests.support import ADMIN_PASSWORD, Platform

from codemie.app import create_app
from codemie.identity.caller import Caller
from codemie.identity.policy import decide
from codemie.identity.route_rules import ROUTES, Access
from codemie.settings import load_settings

DENIALS = {401, 403, 404}

# Bodies of routes that read their body before they know what it is about; empty ones stop requests everywhere else.
BODIES: dict[str, Callable[[str], Any]] = {
    "POST /v1/assistants": assistant_body,
    "PUT /v1/assistants/{assistant_id}": assistant_body,
    "POST /v1/assistants/{assistant_id}/model": lambda _: {"text": "Hello"},
    "POST /v1/assistants/slug/{slug:path}/model": lambda _: {"text": "Hello"},
    "POST /v1/assistants/{assistant_id}/reactions": lambda _: {"reaction": "like"},
    "POST /v1/assistants/{assistant_id}/users/mapping": lambda _: {"tools_config": []},
    "POST /v1/assistants/{assistant_id}/users/prompt-variables": lambda _: {"variables_config": []},
    "POST /v1/assistants/{assistant_id}/evaluate": lambda _: {"dataset_id": "d", "experiment_name": "e"},
    "POST /v1/assistants/{assistant_id}/skills": lambda _: {"skill_id": "none"},
    "POST /v1/skills": skill_body,
    "POST /v1/skills/import": lambda project: {"file_content": "LQ==", "filename": "a.md", "project": project},
    "POST /v1/skills/{skill_id}/reactions": lambda _: {"reaction": "like"},
    "POST /v1/skills/{skill_id}/assistants/bulk-attach": lambda _: {"assistant_ids": ["none"]},
    "POST /v1/guardrails": guardrail_body,
    "POST /v1/guardrails/try": guardrail_body,
    "POST /v1/guardrails/{guardrail_id}/apply": lambda _: {"content": []},
    "POST /v1/assistants/categories": lambda _: {"name": f"Category {uuid.uuid4().hex[:8]}"},
    "PUT /v1/assistants/categories/{category_id}": lambda _: {"name": "Renamed"},
    "POST /v1/index/{index_id}/search": lambda _: {"query": "leave"},
    "POST /v1/application/{project}/index": lambda project: {
        "name": "-",
        "project_name": project,
        "type": "code",
        "link": "",
        "branch": "main",
        "indexType": "code",
        "description": "-",
    },
    "POST /v1/conversations/{conversation_id}/feedback": lambda _: {"author": "user", "mark": "correct"},
    "PUT /v1/conversations/{conversation_id}": lambda _: {"name": "Renamed"},
    "PUT /v1/conversations/{conversation_id}/history": lambda _: {"history": [{"role": "User", "message": "x"}]},
    "PUT /v1/conversations/{conversation_id}/history/{history_index}": lambda _: {"message": "x", "message_index": 0},
}
QUERIES: dict[str, Callable[[str], dict[str, Any]]] = {
    "GET /v1/skills/{skill_id}/companion-files/content": lambda _: {"path": "none"},
    "GET /v1/index/{index_id}/search": lambda _: {"query": "leave"},
    "GET /v1/guardrails/assignments": lambda project: {"project": project, "entity_type": "project"},
    "GET /v1/a2a/assistants/fetch": lambda project: {"project_name": project, "url": "http://127.0.0.1:1/"},
    "GET /v1/assistants/context": lambda project: {"project_name": project},
    "GET /v1/conversations/{conversation_id}/export": lambda _: {"export_format": "json"},
}

ONLY_ANONYMOUS = {
    "POST /v1/local-auth/logout": "would end the sessions of everybody in this test",
    "POST /v1/admin/llm/check": "asks every model of the catalogue for a reply",
}


def known_routes() -> set[str]:
    app: Any = create_app(load_settings({})[0]).app
    return {
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        for method in route.methods or ()
    }


def test_every_route_stands_in_the_table_and_nothing_else() -> None:
    routes = known_routes()
    assert sorted(routes - set(ROUTES)) == [], "add a line to codemie/identity/route_rules.py saying who may call it"
    assert sorted(set(ROUTES) - routes) == [], "these are gone: take them out of codemie/identity/route_rules.py"


@pytest.fixture(scope="module")
async def world(platform: Platform) -> AsyncIterator[World]:
    from codemie.identity.accounts import create_account

    async with AsyncExitStack() as stack:

        async def make(name: str = "user", **attributes: object) -> httpx2.AsyncClient:
            email = f"{name}-{uuid.uuid4().hex[:8]}@codemie.test"
            async with platform.resources.database.session() as session:
                await create_account(session, email=email, password=ADMIN_PASSWORD, **attributes)  # type: ignore[arg-type]
            return await stack.enter_async_context(platform.client(await platform.login(email, ADMIN_PASSWORD)))

        maker: MakeUser = make
        async for built in build(platform, maker):
            yield built


async def send(client: httpx2.AsyncClient, route: str, parameters: dict[str, str], project: str) -> int:
    method, _, template = route.partition(" ")
    absent = uuid.uuid4().hex
    path = re.sub(r"\{([^}]+)\}", lambda found: parameters.get(found[1], absent), template)
    body = BODIES.get(route, lambda _: {})(project) if method in {"POST", "PUT", "PATCH"} else None
    query = QUERIES.get(route, lambda _: {})(project)
    return (await client.request(method, path, json=body, params=query or None)).status_code


def passes_gate(access: Access, caller: Caller) -> bool:
    oversees = caller.is_superuser or caller.is_auditor
    return {
        "public": True,
        "signed in": True,
        "superuser": caller.is_superuser,
        "overseer": oversees,
        "maintainer": caller.is_maintainer,
        "auditor": caller.is_maintainer or caller.is_auditor,
        "user reader": oversees or bool(caller.admin_projects),
    }[access.gate]


GATED = [
    route
    for route, access in ROUTES.items()
    if access.gate not in {"object", "own", "self or admin", "project member", "project manager"}
]
OBJECTS = [route for route, access in ROUTES.items() if access.gate == "object"]


@pytest.mark.parametrize("route", [route for route, access in ROUTES.items() if access.gate != "public"])
async def test_nobody_passes_without_signing_in(anonymous: httpx2.AsyncClient, world: World, route: str) -> None:
    parameters = {"project": world.project, "project_name": world.project, "port": "4711"}
    assert await send(anonymous, route, parameters, world.project) == 401


@pytest.mark.parametrize("route", [route for route in GATED if route not in ONLY_ANONYMOUS])
async def test_roles_open_what_the_table_says(world: World, route: str) -> None:
    parameters = {"port": "4711", "user_id": world.callers["member"].id if route.startswith("GET") else "nobody"}
    wrong = {}
    for role, client in world.people.items():
        status = await send(client, route, parameters, world.project)
        passed = status not in {401, 403}
        if passed is not passes_gate(ROUTES[route], world.callers[role]):
            wrong[role] = status
    assert wrong == {}


@pytest.mark.parametrize("shared", [False, True], ids=["private", "shared"])
@pytest.mark.parametrize("route", OBJECTS)
async def test_objects_open_to_whom_the_policy_lets(world: World, route: str, shared: object) -> None:
    access = ROUTES[route]
    assert access.kind is not None
    assert access.action is not None
    thing = await world.make(access.kind, shared=bool(shared))
    wrong = {}
    for role, client in world.people.items():
        if route.startswith("DELETE"):
            thing = await world.make(access.kind, shared=bool(shared))
        allowed = decide(world.callers[role], access.action, thing.resource)
        if allowed and route == "DELETE /v1/projects/{project_name}":
            continue  # There is one for everybody; test_projects deletes some.
        status = await send(client, route, thing.parameters, world.project)
        readable = decide(world.callers[role], "read", thing.resource)
        denied = access.denied if readable or access.hidden is None else access.hidden
        if not _as_expected(denied, status, allowed=allowed, thing=thing):
            wrong[role] = (status, "allowed" if allowed else f"denied with {denied}")
    assert wrong == {}


def _as_expected(denied: int, status: int, *, allowed: bool, thing: Thing) -> bool:
    if not allowed:
        return status == denied
    # 404 then speaks of a part of the object, such as a message or a member, that was never made.
    personal = thing.resource.kind == "project" and not thing.resource.shared
    return status not in {401, 403} or (personal and status == 403)


@pytest.mark.parametrize("route", OBJECTS)
async def test_what_is_hidden_looks_absent_unless_the_protocol_wants_otherwise(world: World, route: str) -> None:
    access = ROUTES[route]
    assert access.kind is not None
    stranger = world.people["plain"]
    numbers = dict.fromkeys(("history_index", "variant", "version_number", "version1", "version2"), "1")
    absent = await send(stranger, route, {"user_id": "nobody", **numbers}, world.project)
    assert absent == access.absent
    # Those where the two differ are the protocol's: its clients read 401 and 403 there.
    if (access.hidden or access.denied) != access.absent:
        assert access.kind in {"assistant", "conversation", "data_source", "skill", "grant"} or route in {
            "PATCH /v1/projects/{project_name}",
            "GET /v1/application/{app_name}",
        }


@pytest.mark.parametrize("route", [route for route, access in ROUTES.items() if access.gate == "project member"])
async def test_only_members_work_in_a_project(world: World, route: str) -> None:
    parameters = {"project": world.project, "kind": "file", "name": "none"}
    wrong = {}
    for role, client in world.people.items():
        status = await send(client, route, parameters, world.project)
        if (status not in DENIALS) is not world.callers[role].can_use_project(world.project) and status not in {
            404,
            422,
        }:
            wrong[role] = status
    assert wrong == {}


@pytest.mark.parametrize("route", [route for route, access in ROUTES.items() if access.gate == "project manager"])
async def test_only_administrators_of_a_project_keep_what_guards_it(world: World, route: str) -> None:
    wrong = {}
    for role, client in world.people.items():
        caller = world.callers[role]
        status = await send(client, route, {}, world.project)
        if (status not in DENIALS) is not (caller.is_superuser or caller.manages(world.project)):
            wrong[role] = status
    assert wrong == {}


async def test_preferences_are_their_users_and_administrators(world: World) -> None:
    for method in ("GET", "PUT"):
        for role, client in world.people.items():
            mine = {"user_id": world.callers["member"].id}
            status = await send(client, f"{method} /v1/preferences/{{user_id}}", mine, world.project)
            assert (status != 403) is (role == "member" or world.callers[role].is_admin), (method, role)


@pytest.mark.parametrize("route", [route for route, access in ROUTES.items() if access.gate == "own"])
async def test_what_is_anothers_is_404(world: World, route: str) -> None:
    for client in world.people.values():
        assert await send(client, route, {}, world.project) in {400, 404, 422}
