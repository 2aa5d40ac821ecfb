"""Personal access tokens: made once, narrow, revocable, and never a way to more."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from tests.conftest import MakeUser
from tests.identity.administration import events, fresh, id_of, new_project
from tests.statements import counted
from tests.support import Platform

from codemie.identity import personal_tokens
from codemie.identity.caller import Caller
from codemie.identity.personal_tokens import CLOSED, new_secret, require_permitted
from codemie.identity.personal_tokens_tables import PersonalToken
from codemie.identity.policy import Resource, abilities
from codemie.kernel.database import utcnow
from codemie.kernel.errors import AccessDenied

TOKENS = "/v1/personal-tokens"


async def make(client: httpx2.AsyncClient, **wanted: Any) -> dict[str, Any]:
    answer = await client.post(TOKENS, json={"name": "ci", **wanted})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_token_acts_as_its_user_and_is_shown_once(platform: Platform, make_user: MakeUser) -> None:
    user = await make_user("maker")
    made = await make(user)
    assert made["token"].startswith(f"cmp_{made['id']}_")
    assert (made["scope"], made["projects"], made["last_used_at"]) == ("read", None, None)
    async with platform.client(made["token"]) as program:
        assert (await program.get("/v1/user")).json()["user_id"] == await id_of(user)
    listed = (await user.get(TOKENS)).json()["data"]
    assert set(listed[0]) == set(made) - {"token"}
    assert listed[0]["last_used_at"]
    told = await events(platform, made["id"])
    assert [kind for kind, _ in told] == ["personal_token.created"]
    assert made["token"].split("_", 2)[2] not in str(told)
    async with platform.resources.database.session() as session:
        stored = (await session.execute(text("SELECT to_jsonb(t)::text FROM personal_tokens t"))).scalars().all()
    assert made["token"].split("_", 2)[2] not in str(stored)


async def test_a_reading_token_does_not_write(platform: Platform, make_user: MakeUser) -> None:
    user = await make_user("reader")
    reading, writing = await make(user), await make(user, scope="write")
    async with platform.client(reading["token"]) as program:
        refused = await program.put("/v1/user/data", json={"sidebar_view": "folders"})
        assert refused.status_code == 403
        assert refused.json()["error"]["details"] == "This personal access token may only read."
        assert (await program.put("/v1/user/data", json={"sidebar_view": 7})).status_code == 403
        assert (await program.get("/v1/user/data")).status_code == 200
    async with platform.client(writing["token"]) as program:
        assert (await program.put("/v1/user/data", json={"sidebar_view": "folders"})).status_code == 200


async def test_a_token_of_an_administrator_is_no_administrator(platform: Platform, client: httpx2.AsyncClient) -> None:
    made = await make(client, scope="write")
    async with platform.client(made["token"]) as program:
        about = (await program.get("/v1/user")).json()
        assert (about["is_admin"], about["is_maintainer"]) == (False, False)
        for method, path in (
            ("GET", "/v1/admin/users"),
            ("GET", "/code-assistant-api/v1/admin/users"),
            ("GET", TOKENS),
            ("POST", TOKENS),
            ("DELETE", f"{TOKENS}/{made['id']}"),
            ("POST", "/v1/projects"),
            ("POST", "/v1/local-auth/change-password"),
            ("PUT", "/v1/user/profile"),
        ):
            answer = await program.request(method, path, json=None if method in {"GET", "DELETE"} else {})
            assert answer.status_code == 403, (method, path)
            assert answer.json()["error"]["details"] == "A personal access token cannot be used here."
        assert (await program.get("/v1/projects")).status_code == 200
        # Public, yet it hands a token of the person's own to whoever is signed in.
        assert (await program.get("/v1/auth/login/4711", follow_redirects=False)).status_code == 403


async def test_a_token_reaches_only_its_projects(platform: Platform, make_user: MakeUser) -> None:
    user = await make_user("owner")
    inside, outside = await new_project(user), await new_project(user)
    made = await make(user, projects=[inside], scope="write")
    async with platform.client(made["token"]) as program:
        names = [row["name"] for row in (await program.get("/v1/projects")).json()["data"]]
        assert names == [inside]
        assert (await program.get(f"/v1/projects/{outside}")).status_code == 404
        assert (await program.get("/v1/user")).json()["applications"] == [inside]
    refused = await user.post(TOKENS, json={"name": "x", "projects": [fresh("not-mine")]})
    assert refused.status_code == 403
    await user.delete(f"/v1/projects/{inside}")
    async with platform.client(made["token"]) as program:
        assert (await program.get("/v1/projects")).json()["data"] == []


@given(st.sampled_from(["assistant", "data_source", "conversation", "workflow", "project", "user_integration"]))
def test_what_lies_outside_a_scope_is_out_of_reach_even_for_its_owner(kind: Any) -> None:
    bearer = Caller("me", "me", "Me", "me@x.y", projects=frozenset({"in"}), project_scope=frozenset({"in"}))
    assert abilities(bearer, Resource(kind, "me", "in")) == ["read", "write", "delete"]
    for project in ("out", None):
        assert abilities(bearer, Resource(kind, "me", project, shared=True, is_global=True)) == []


async def test_a_revoked_token_is_refused_at_once(platform: Platform, make_user: MakeUser) -> None:
    user, other = await make_user("maker"), await make_user("other")
    made = await make(user)
    async with platform.client(made["token"]) as program:
        assert (await program.get("/v1/user")).status_code == 200
        assert (await other.delete(f"{TOKENS}/{made['id']}")).status_code == 404
        assert (await user.delete(f"{TOKENS}/{made['id']}")).status_code == 200
        answer = await program.get("/v1/user")
    assert (answer.status_code, answer.json()["error"]["message"]) == (401, "Token has been revoked")
    assert (await user.delete(f"{TOKENS}/{made['id']}")).status_code == 404
    assert (await user.get(TOKENS)).json() == {"data": []}


async def test_an_expired_token_and_one_of_a_deactivated_user_are_refused(
    platform: Platform, client: httpx2.AsyncClient, make_user: MakeUser
) -> None:
    user = await make_user("leaver")
    made, expired = await make(user), await make(user)
    async with platform.resources.database.session() as session:
        past = utcnow() - timedelta(seconds=1)
        await session.execute(update(PersonalToken).where(PersonalToken.id == expired["id"]).values(expires_at=past))
    async with platform.client(expired["token"]) as program:
        assert (await program.get("/v1/user")).json()["error"]["message"] == "Token has expired"
    async with platform.client(made["token"]) as program:
        assert (await program.get("/v1/user")).status_code == 200
        await client.delete(f"/v1/admin/users/{await id_of(user)}")
        assert (await program.get("/v1/user")).json()["error"]["message"] == "Account is deactivated"


@pytest.mark.parametrize("mangle", ["cmp_", "cmp_x_y", "wrong secret", "unknown id", "as a cookie"])
async def test_what_is_no_token_is_401(platform: Platform, make_user: MakeUser, mangle: str) -> None:
    made = (await make(await make_user("maker")))["token"]
    secret = new_secret().text.split("_", 2)[2]
    sent = {
        "wrong secret": f"{made.rsplit('_', 1)[0][:20]}_{secret}",
        "unknown id": f"cmp_{'0' * 16}_{secret}",
    }.get(mangle, mangle)
    headers = (
        {"Cookie": f"codemie_access_token={made}"} if mangle == "as a cookie" else {"Authorization": f"Bearer {sent}"}
    )
    async with platform.client() as program:
        answer = await program.get("/v1/user", headers=headers)
    assert (answer.status_code, answer.json()["error"]["message"]) == (401, "Token validation failed")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x", "scope": "all"},
        {"name": "x", "expires_in_days": 366},
        {"name": "x", "projects": []},
    ],
)
async def test_tokens_that_make_no_sense_are_422(make_user: MakeUser, body: dict[str, Any]) -> None:
    assert (await (await make_user("maker")).post(TOKENS, json=body)).status_code == 422


async def test_use_is_noted_at_most_once_a_minute_and_a_cached_token_costs_no_query(
    platform: Platform, make_user: MakeUser
) -> None:
    made = await make(await make_user("maker"))

    async def noted() -> Any:
        async with platform.resources.database.session() as session:
            return await session.scalar(select(PersonalToken.last_used_at).where(PersonalToken.id == made["id"]))

    async with platform.client(made["token"]) as program:
        await program.get("/v1/user")
        first = await noted()
        with counted(platform) as statements:
            await program.get("/v1/user")
        assert not [statement for statement in statements if "personal_tokens" in statement]
        async with platform.resources.database.session() as session:
            await personal_tokens.verify(session, made["token"])
        assert await noted() == first


@pytest.mark.parametrize("prefix", [prefix for prefix, _ in CLOSED])
def test_closed_paths_are_closed_below_and_not_beside(prefix: str) -> None:
    bearer = Caller("me", "me", "Me", "me@x.y", token_id="t")
    person = Caller("me", "me", "Me", "me@x.y")
    for path in (prefix, f"{prefix}/x"):
        with pytest.raises(AccessDenied):
            require_permitted(bearer, "POST", path)
        require_permitted(person, "POST", path)
    require_permitted(bearer, "POST", f"{prefix}x")
