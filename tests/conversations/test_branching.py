"""Branches through the API: what the model is shown, what is kept, and what becomes of them."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest

from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.conversations.scripted import ScriptedModel, scripted_model
from tests.fakes.openai_server import Answer
from tests.support import Platform


@pytest.fixture
async def model(platform: Platform) -> AsyncGenerator[ScriptedModel]:
    async with scripted_model(platform) as scripted:
        yield scripted


@pytest.fixture
async def talk(client: httpx2.AsyncClient, model: ScriptedModel) -> "Talk":
    assistant = await make_assistant(client, llm_model_type=model.name)
    return Talk(client, model, assistant, new_conversation())


class Talk:
    """A conversation whose answers are `re: <question>`."""

    def __init__(self, client: httpx2.AsyncClient, model: ScriptedModel, assistant: str, conversation: str) -> None:
        self.client, self.model, self.assistant = client, model, assistant
        self.path = f"/v1/conversations/{conversation}"
        self.conversation = conversation

    async def asks(self, *questions: str, **fields: Any) -> None:
        for question in questions:
            self.model.will(Answer(tokens=(f"re: {question}",)))
            await ask(self.client, self.assistant, question, conversation_id=self.conversation, **fields)

    def seen(self) -> list[str]:
        """The questions in the model's last request, and none of its answers to others."""
        told = [
            (message["role"], str(message["content"])) for message in self.model.last if message["role"] != "system"
        ]
        asked = [text for role, text in told if role == "user"]
        assert [text for role, text in told if role == "assistant"] == [f"re: {text}" for text in asked[:-1]]
        return asked

    async def history(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.client.get(self.path)).json()["history"]
        return items

    async def places(self) -> list[tuple[str, int, int, int | None]]:
        return [
            (item["message"], item["historyIndex"], item["variant"], item["parentVariant"])
            for item in await self.history()
            if item["role"] == "User"
        ]


async def test_without_a_turn_asked_again_nothing_is_written_of_branches(talk: Talk) -> None:
    await talk.asks("a", "b", "c")
    assert await talk.places() == [("a", 0, 0, None), ("b", 1, 0, None), ("c", 2, 0, None)]
    assert talk.seen() == ["a", "b", "c"]


async def test_an_edited_question_starts_a_branch_and_the_next_one_goes_on_there(talk: Talk) -> None:
    await talk.asks("a", "b", "c")
    await talk.asks("a2", history_index=0)
    assert talk.seen() == ["a2"]
    await talk.asks("b2")
    assert talk.seen() == ["a2", "b2"]
    await talk.asks("c2")
    assert talk.seen() == ["a2", "b2", "c2"]
    await talk.asks("d2")
    assert talk.seen() == ["a2", "b2", "c2", "d2"]
    assert await talk.places() == [
        *(("a", 0, 0, None), ("b", 1, 0, 0), ("c", 2, 0, 0)),
        *(("a2", 0, 1, None), ("b2", 1, 1, 1), ("c2", 2, 1, 1), ("d2", 3, 0, 1)),
    ]


async def test_an_earlier_branch_is_chosen_again_and_goes_on(talk: Talk) -> None:
    await talk.asks("a", "b", "c")
    await talk.asks("a2", history_index=0)
    await talk.asks("b2")
    await talk.asks("d", history_index=3, parent_variant=0)
    assert talk.seen() == ["a", "b", "c", "d"]
    await talk.asks("e")
    assert talk.seen() == ["a", "b", "c", "d", "e"]
    await talk.asks("c2", history_index=2, parent_variant=1)
    assert talk.seen() == ["a2", "b2", "c2"]
    await talk.asks("d2")
    assert talk.seen() == ["a2", "b2", "c2", "d2"]


async def test_a_turn_in_the_middle_is_asked_again_in_the_branch_that_is_named(talk: Talk) -> None:
    await talk.asks("a", "b", "c")
    await talk.asks("a2", history_index=0)
    await talk.asks("b2", "c2")
    await talk.asks("b3", history_index=1, parent_variant=0)
    assert talk.seen() == ["a", "b3"]
    await talk.asks("b4", history_index=1)
    assert talk.seen() == ["a2", "b4"]  # unnamed: of the newest version of the turn before
    await talk.asks("c4")
    assert talk.seen() == ["a2", "b4", "c4"]


async def test_what_follows_an_answer_asked_for_again_stays_with_the_answer_it_followed(talk: Talk) -> None:
    await talk.asks("a", "b")
    await talk.asks("a", history_index=0)
    await talk.asks("c", history_index=2, parent_variant=0)
    assert talk.seen() == ["a", "b", "c"]
    assert [place[1:] for place in await talk.places()] == [(0, 0, None), (1, 0, 0), (0, 1, None), (2, 0, 0)]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"history_index": 1, "parent_variant": 7}, "There is no such version"),
        ({"history_index": 5, "parent_variant": 0}, "There is no such version"),
        ({"parent_variant": 0}, "give that too"),
        ({"history_index": 0, "parent_variant": 0}, "give that too"),
    ],
)
async def test_a_version_that_is_not_there_cannot_be_followed(talk: Talk, fields: dict[str, Any], message: str) -> None:
    await talk.asks("a")
    body = {"text": "b", "conversation_id": talk.conversation, **fields}
    answer = await talk.client.post(f"/v1/assistants/{talk.assistant}/model", json=body)
    assert (answer.status_code, message in answer.text) == (422, True)
    assert len(await talk.history()) == 2


async def test_an_edited_answer_takes_along_what_followed_it(talk: Talk) -> None:
    await talk.asks("a", "b")
    await talk.asks("a2", history_index=0)
    await talk.asks("b2")
    edit = {"messageIndex": 1, "message": "re: a2"}
    assert (await talk.client.put(f"{talk.path}/history/0", json=edit)).status_code == 200
    await talk.asks("c2")
    assert talk.seen() == ["a2", "b2", "c2"]
    await talk.asks("c", history_index=2, parent_variant=0)
    assert talk.seen() == ["a", "b", "c"]


async def test_a_removed_turn_leaves_the_branches_around_it(talk: Talk) -> None:
    await talk.asks("0", "a", "b")
    await talk.asks("a2", history_index=1)
    await talk.asks("b2")
    await talk.asks("c", history_index=3, parent_variant=0)
    assert (await talk.client.delete(f"{talk.path}/history/1")).status_code == 200
    await talk.asks("d")
    assert talk.seen() == ["0", "b", "c", "d"]
    await talk.asks("c2", history_index=2, parent_variant=1)
    assert talk.seen() == ["0", "b2", "c2"]


async def test_a_removed_version_takes_along_only_what_follows_it(talk: Talk) -> None:
    await talk.asks("a", "b", "c")
    await talk.asks("a2", history_index=0)
    await talk.asks("b2")
    gone = await talk.client.delete(f"{talk.path}/history/0", params={"variant": 1})
    assert [item["message"] for item in gone.json()["history"] if item["role"] == "User"] == ["a", "b", "c"]
    await talk.asks("d")
    assert talk.seen() == ["a", "b", "c", "d"]
    again = await talk.client.delete(f"{talk.path}/history/0", params={"variant": 1})
    assert again.status_code == 404
    all_gone = await talk.client.delete(f"{talk.path}/history/0", params={"variant": 0})
    assert all_gone.json()["history"] == []
    await talk.asks("new")
    assert (talk.seen(), [place[1:] for place in await talk.places()]) == (["new"], [(0, 0, None)])


async def test_a_document_holds_the_newest_branch_or_the_one_that_is_named(talk: Talk) -> None:
    await talk.asks("first", "second", "third")
    await talk.asks("other", history_index=0)

    async def exported(**query: str) -> str:
        answer = await talk.client.get(f"{talk.path}/export", params={"export_format": "md", **query})
        return answer.text if answer.status_code == 200 else str(answer.status_code)

    def answers(document: str) -> list[str]:
        return [line for line in document.splitlines() if line.startswith("re: ")]

    assert answers(await exported()) == ["re: other"]
    assert answers(await exported(branch="1.0")) == ["re: first", "re: second", "re: third"]
    assert [await exported(branch=branch) for branch in ("1.9", "one")] == ["404", "422"]
    whole = (await talk.client.get(f"{talk.path}/export")).json()
    assert len(whole["history"]) == 8


async def test_a_search_tells_the_version_it_found(talk: Talk) -> None:
    await talk.asks("heffalump", "woozle")
    await talk.asks("jagular", history_index=0)
    conversation = talk.conversation
    for word, place in (("woozle", (1, 0)), ("jagular", (0, 1))):
        found = (await talk.client.get("/v1/conversations/search", params={"query": word})).json()["items"]
        hit = next(item for item in found if item["id"] == conversation)
        assert (hit["history_index"], hit["variant"]) == place


async def test_questions_asked_at_once_on_a_branch_are_versions_of_one_turn(talk: Talk) -> None:
    await talk.asks("a", "b")
    await talk.asks("a2", history_index=0)
    for question in ("x", "y"):
        await talk.asks(question, history_index=1, parent_variant=1)
        assert talk.seen() == ["a2", question]
    assert [place[1:] for place in await talk.places()][-2:] == [(1, 1, 1), (1, 2, 1)]


async def test_each_branch_has_summaries_of_its_own(client: httpx2.AsyncClient, platform: Platform) -> None:
    async with scripted_model(platform, context_window=4_000, max_output_tokens=500) as model:
        talk = Talk(client, model, await make_assistant(client, llm_model_type=model.name), new_conversation())
        long = "word " * 800
        await talk.asks("zero", *(f"{name} {long}" for name in ("Bello", "Minka", "Elsa", "Karl")))
        model.will(Answer(tokens=("Summary of the old branch.",)))
        await talk.asks(f"Berta {long}")
        assert "Summary of the old branch." in json.dumps(model.last)
        await talk.asks("zero again", history_index=0)
        model_requests = len(model.requests)
        await talk.asks("short")
        assert len(model.requests) == model_requests + 1
        assert "Summary of the old branch." not in json.dumps(model.last)
        await talk.asks("What was the dog called?", history_index=6, parent_variant=0)
        assert len(model.requests) == model_requests + 2
        assert "Summary of the old branch." in json.dumps(model.last)
        assert "short" not in json.dumps(model.last)
