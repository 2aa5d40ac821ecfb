"""Named values that administrators change while the platform runs: `/v1/dynamic-config`."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from tests.conftest import MakeUser
from tests.identity.administration import SUPERUSERS, denial, events, id_of, new_project
from tests.identity.route_world import skill_body
from tests.support import Platform

VALUES = "/v1/dynamic-config"
FIELDS = {"id", "key", "value", "value_type", "description", "created_at", "updated_at", "updated_by"}


@pytest.fixture
async def administrator(make_user: MakeUser) -> httpx2.AsyncClient:
    return await make_user("administrator", is_admin=True)


def fresh_key() -> str:
    return f"TEST_{uuid.uuid4().hex[:8].upper()}"


@asynccontextmanager
async def stored(client: httpx2.AsyncClient, key: str, value: str, value_type: str) -> AsyncIterator[dict[str, Any]]:
    """A value that is gone again when the block ends."""
    answer = await client.post(f"{VALUES}/", json={"key": key, "value": value, "value_type": value_type})
    assert answer.status_code == 201, answer.text
    yield answer.json()
    assert (await client.delete(f"{VALUES}/{key}")).status_code == 204


async def test_a_value_is_made_read_changed_and_forgotten(
    administrator: httpx2.AsyncClient, platform: Platform
) -> None:
    key, me = fresh_key(), await id_of(administrator)
    body = {"key": key, "value": "5", "value_type": "int", "description": "How many"}

    made = await administrator.post(f"{VALUES}/", json=body)
    assert made.status_code == 201
    assert set(made.json()) == FIELDS
    assert made.json() | body == made.json()
    assert made.json()["updated_by"] == me

    changed = (await administrator.put(f"{VALUES}/{key}", json={"value": "yes", "value_type": "bool"})).json()
    assert (changed["value"], changed["value_type"], changed["description"]) == ("yes", "bool", "How many")
    assert changed["updated_at"] > made.json()["updated_at"]
    assert (await administrator.get(f"{VALUES}/{key}")).json() == changed

    assert (await administrator.delete(f"{VALUES}/{key}")).status_code == 204
    for method in ("GET", "DELETE"):
        assert (await administrator.request(method, f"{VALUES}/{key}")).status_code == 404
    assert (await administrator.put(f"{VALUES}/{key}", json={"value": "1"})).status_code == 404
    told = await events(platform, key)
    assert [(kind, facts["new_value"]) for kind, facts in told] == [
        ("customer_config.value.created", "5"),
        ("customer_config.value.updated", "yes"),
        ("customer_config.value.deleted", None),
    ]


@pytest.mark.parametrize("path", [VALUES, f"{VALUES}/"])
async def test_the_list_is_ordered_by_key(administrator: httpx2.AsyncClient, path: str) -> None:
    low, high = sorted((fresh_key(), fresh_key()))
    async with stored(administrator, high, "b", "string"), stored(administrator, low, "a", "string"):
        answer = await administrator.get(path)
    keys = [row["key"] for row in answer.json()]
    assert keys == sorted(keys)
    assert {low, high} <= set(keys)


@pytest.mark.parametrize(
    ("key", "value", "value_type", "status"),
    [
        ("lower_case", "1", "int", 400),
        ("1_DIGIT_FIRST", "1", "int", 400),
        ("WITH-DASH", "1", "int", 400),
        ("TRAILING\n", "1", "int", 400),
        ("COUNT", "many", "int", 400),
        ("COUNT", "1.5", "int", 400),
        ("COUNT", "9" * 5_000, "int", 400),
        ("RATIO", "nan", "float", 400),
        ("RATIO", "half", "float", 400),
        ("FLAG", "maybe", "bool", 400),
        ("TEXT", "x" * 10_001, "string", 400),
        ("TEXT", "\x00", "string", 400),
        ("COUNT", "1", "decimal", 422),
        ("COUNT", 1, "int", 422),
        ("SKILL_MAX_CONTENT_LENGTH", "99", "int", 400),
        ("SKILL_MAX_CONTENT_LENGTH", "200", "string", 400),
    ],
)
async def test_what_cannot_be_a_value_is_refused(
    administrator: httpx2.AsyncClient, key: str, value: object, value_type: str, status: int
) -> None:
    answer = await administrator.post(f"{VALUES}/", json={"key": key, "value": value, "value_type": value_type})
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("word", ["true", "T", "yes", "y", "On", "1", "false", "f", "NO", "n", "off", "0"])
async def test_a_switch_knows_many_words(administrator: httpx2.AsyncClient, word: str) -> None:
    async with stored(administrator, fresh_key(), word, "bool") as made:
        assert made["value"] == word


async def test_a_name_is_taken_once(administrator: httpx2.AsyncClient) -> None:
    key = fresh_key()
    async with stored(administrator, key, "1", "int"):
        again = await administrator.post(f"{VALUES}/", json={"key": key, "value": "2", "value_type": "int"})
        assert again.status_code == 409
        unfit = await administrator.put(f"{VALUES}/{key}", json={"value": "two"})
        assert unfit.status_code == 400
        assert (await administrator.get(f"{VALUES}/{key}")).json()["value"] == "1"


async def test_only_administrators_learn_anything_here(make_user: MakeUser) -> None:
    plain, auditor = await make_user("plain"), await make_user("auditor", is_auditor=True)
    for person in (plain, auditor):
        assert denial(await person.get(f"{VALUES}/")) == (403, SUPERUSERS)
        assert denial(await person.post(f"{VALUES}/", json={"no": "body"})) == (403, SUPERUSERS)
        assert denial(await person.put(f"{VALUES}/ANY", json={})) == (403, SUPERUSERS)


async def test_the_longest_skill_follows_at_once(administrator: httpx2.AsyncClient, make_user: MakeUser) -> None:
    author = await make_user("author")
    project = await new_project(author)
    long = {**skill_body(project, shared=False), "content": "x" * 201}

    async with stored(administrator, "SKILL_MAX_CONTENT_LENGTH", "200", "int"):
        assert (await author.get("/v1/skills/config")).json()["max_content_length"] == 200
        refused = await author.post("/v1/skills", json=long)
        assert refused.status_code == 422
        message = refused.json()["error"]["details"][0]["msg"]
        assert message == "Value error, Skill content must not exceed 200 characters (was 201)."

    assert (await author.get("/v1/skills/config")).json()["max_content_length"] == 30_000
    assert (await author.post("/v1/skills", json=long)).status_code == 201
