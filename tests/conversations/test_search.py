"""Finding conversations by name and by what was said."""

import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from codemie.conversations import search_repository
from codemie.kernel.database import Database
from tests.conftest import MakeUser
from tests.conversations.test_sharing import said


@pytest.fixture
async def owner(make_user: MakeUser) -> Any:
    return await make_user("owner")


async def found(client: Any, query: str) -> list[str]:
    answer = await client.get("/v1/conversations/search", params={"query": query})
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_names_words_and_beginnings_of_words_are_found(owner: Any, make_user: MakeUser) -> None:
    first = await said(owner, "How do penguins sleep?", "Standing, mostly: emperor penguins huddle.")
    second = await said(owner, "Überraschung in Köln", "Ja, gerne")
    assert await found(owner, "huddle") == [first]
    assert await found(owner, "emperor hud") == [first]
    assert await found(owner, "PENGUIN") == [first]
    assert await found(owner, "überrasch") == [second]
    assert await found(owner, "guins sl") == [first], "a part of the name"
    assert await found(owner, "huddle gerne") == [], "all words in one message"
    assert await found(await make_user("stranger"), "huddle") == []


async def test_a_hit_tells_the_words_around_it_and_its_turn(owner: Any) -> None:
    conversation = await said(owner, "How do penguins sleep?", "<b>Standing</b>, mostly:\nemperor penguins huddle.")
    answer = await owner.get("/v1/conversations/search", params={"query": "emperor hud"})
    [item] = answer.json()["items"]
    assert (item["id"], item["history_index"]) == (conversation, 0)
    assert "emperor penguins huddle" in item["excerpt"]
    assert "\n" not in item["excerpt"]
    by_name = await owner.get("/v1/conversations/search", params={"query": "guins sl"})
    assert [(item["excerpt"], item["history_index"]) for item in by_name.json()["items"]] == [(None, None)]


async def test_the_newest_come_first_and_folders_before_them(owner: Any) -> None:
    older, newer = await said(owner, "zebra one"), await said(owner, "zebra two")
    await owner.post("/v1/conversations/folder", json={"folder": "Zebras"})
    items = (await owner.get("/v1/conversations/search", params={"query": "zebra"})).json()["items"]
    assert [item["type"] for item in items] == ["folder", "chat", "chat"]
    assert [item["id"] for item in items[1:]] == [newer, older]
    assert items[0]["name"] == "Zebras"


async def test_what_was_removed_or_edited_is_found_no_more(owner: Any) -> None:
    conversation = await said(owner, "Question", "platypus")
    assert await found(owner, "platypus") == [conversation]
    await owner.delete(f"/v1/conversations/{conversation}/history/0")
    assert await found(owner, "platypus") == []


@pytest.mark.parametrize("query", ["':*", "a & b | !c", "<-> ((", "\\\\\\", "%%%", "___", "🐧🐧🐧", "\x00abc"])
async def test_no_query_breaks_the_search(owner: Any, query: str) -> None:
    answer = await owner.get("/v1/conversations/search", params={"query": query})
    assert answer.status_code in {200, 400}


async def test_old_conversations_are_found_through_the_index(
    owner: Any, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_repository, "_WALKED", 2)
    word = f"word{uuid.uuid4().hex[:8]}"
    everything = [await said(owner, f"Question {number}", word) for number in range(5)]
    await said(await make_user("other"), "Question", word)
    assert await found(owner, word) == everything[::-1]
    assert await found(owner, "Question 1") == [everything[1]]


async def test_what_others_said_often_hides_nothing_of_ones_own(
    owner: Any, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_repository, "_WALKED", 1)
    monkeypatch.setattr(search_repository, "_HITS", 2)
    word = f"word{uuid.uuid4().hex[:8]}"
    other = await make_user("other")
    for number in range(4):
        await said(other, f"Question {number}", word)
    old = await said(owner, "Long ago", word)
    for number in range(2):
        await said(owner, f"Question {number}", "something else")
    assert await found(owner, word) == [old]


@given(st.text(min_size=1, max_size=100))
def test_a_text_query_is_words_and_nothing_else(wanted: str) -> None:
    query = search_repository.text_query(wanted)
    assert query is None or all(part.removesuffix(":*").replace("_", "a").isalnum() for part in query.split(" & "))


async def test_one_of_very_many_conversations_is_found(owner: Any, database: Database) -> None:
    size = 100_000
    user = (await owner.get("/v1/user")).json()["user_id"]
    async with database.session() as session:
        for statement in (
            (
                "INSERT INTO conversations (id, user_id, name, update_date) SELECT :user || n, :user, 'Chat ' || n, "
                "now() - make_interval(secs => n) FROM generate_series(1, :size) AS n"
            ),
            (
                "INSERT INTO conversation_messages (conversation_id, history_index, role, message, date, update_date) "
                "SELECT :user || n, 0, 'User', 'common word' || CASE WHEN n = :size THEN ' needle' ELSE '' END, "
                "now(), now() FROM generate_series(1, :size) AS n"
            ),
        ):
            await session.execute(text(statement), {"user": user, "size": size})
        await session.execute(text("ANALYZE conversations, conversation_messages"))
    assert await found(owner, "needle") == [f"{user}{size}"]
    assert len(await found(owner, "common wor")) == 20
    assert await found(owner, f"Chat {size}") == [f"{user}{size}"]
    assert await found(owner, "absent") == []
    async with database.session() as session:
        await session.execute(text("DELETE FROM conversations WHERE user_id = :user"), {"user": user})
