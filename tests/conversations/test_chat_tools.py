"""Chats that use tools: data sources with citations, attached files, pictures."""

from typing import Any

import httpx2

from codemie.kernel.database import Database
from tests.conftest import MakeUser
from tests.conversations.chatting import ask, make_assistant, new_conversation, stream
from tests.conversations.rows import ledger, messages
from tests.conversations.scripted import scripted_model
from tests.conversations.test_equipment import call
from tests.fakes.openai_server import Answer
from tests.knowledge.sources import fresh_name, indexed, own_project, team
from tests.knowledge.sources import upload as add_source
from tests.support import Platform

GUIDE = ("guide.md", b"# Turbine\n\nThe turbine spins at 3000 rpm.\n\n## Valve\n\nThe valve closes in 40 ms.")
HARBOUR = ("harbour.txt", b"Ships enter the harbour through the northern lock.")
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
ANSWER = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}


async def attach(client: httpx2.AsyncClient, name: str, content: bytes) -> str:
    answer = await client.post("/v1/files/", files={"file": (name, content)})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["file_url"])


async def knowing_assistant(client: httpx2.AsyncClient, *files: tuple[str, bytes], **fields: Any) -> tuple[str, str]:
    """An assistant over a fresh data source; gives its id and the source's."""
    name = fresh_name()
    added = await add_source(client, list(files), name=name)
    assert added.status_code == 200, added.text
    source = await indexed(client, name)
    context = [{"context_type": "knowledge_base", "name": name}]
    project = await own_project(client)
    return await make_assistant(client, context=context, project=project, **fields), str(source["id"])


async def test_an_answer_cites_where_it_comes_from(client: httpx2.AsyncClient, database: Database) -> None:
    assistant, source = await knowing_assistant(client, GUIDE, HARBOUR)
    conversation = new_conversation()
    answer = await ask(client, assistant, "How fast does the turbine spin?", conversation_id=conversation)
    assert "3000 rpm" in answer["generated"]
    assert "[1]" in answer["generated"]
    (citation,) = [citation for citation in answer["citations"] if citation["number"] == 1]
    assert citation["source"] == "guide.md"
    assert citation["index_id"] == source
    assert citation["start_line"]
    assert {"chunk_id", "index_name", "title", "end_line", "page", "quote"} <= citation.keys()
    passage = await client.get(f"/v1/index/{source}/passages/{citation['chunk_id']}")
    assert "3000 rpm" in passage.json()["text"]
    _, reply = await messages(database, conversation)
    assert reply.citations == answer["citations"]


async def test_thoughts_name_the_search(client: httpx2.AsyncClient) -> None:
    assistant, _ = await knowing_assistant(client, GUIDE)
    (thought,) = (await ask(client, assistant, "How fast does the turbine spin?"))["thoughts"]
    assert thought["author_name"].startswith("Search Kb ")
    assert thought["metadata"]["replay_type"] == "tool"
    assert thought["metadata"]["status"] == "completed"
    assert "turbine" in thought["input_text"].lower()
    assert "3000 rpm" in thought["message"]
    assert (thought["error"], thought["in_progress"], thought["children"]) == (False, False, [])


async def test_a_stream_shows_the_search_start_and_end_and_cites_at_the_end(client: httpx2.AsyncClient) -> None:
    assistant, _ = await knowing_assistant(client, GUIDE)
    chunks = await stream(client, assistant, "How fast does the turbine spin?")
    search = [
        chunk["thought"]
        for chunk in chunks
        if chunk["thought"] and chunk["thought"]["author_name"] != "Codemie Thoughts"
    ]
    assert [thought["in_progress"] for thought in search] == [True, False]
    assert len({thought["id"] for thought in search}) == 1
    assert search[0]["message"] == ""
    assert search[0]["input_text"] == search[1]["input_text"]
    assert [citation["source"] for citation in chunks[-1]["context"]["citations"]] == ["guide.md"]


async def test_a_schema_and_tools_go_together(client: httpx2.AsyncClient) -> None:
    assistant, _ = await knowing_assistant(client, GUIDE)
    answer = await ask(client, assistant, "How fast does the turbine spin?", output_schema=ANSWER)
    assert answer["success"], answer
    assert "3000 rpm" in answer["generated"]["answer"]
    assert answer["thoughts"][0]["author_name"].startswith("Search Kb ")


async def test_numbers_go_on_over_several_data_sources(client: httpx2.AsyncClient) -> None:
    names = [fresh_name(), fresh_name()]
    for name, file in zip(names, (GUIDE, HARBOUR), strict=True):
        await add_source(client, [file], name=name)
        await indexed(client, name)
    context = [{"context_type": "knowledge_base", "name": name} for name in names]
    assistant = await make_assistant(client, context=context, project=await own_project(client))
    answer = await ask(client, assistant, "Through which lock do ships enter the harbour?")
    cited = {citation["number"]: citation["source"] for citation in answer["citations"]}
    assert "northern lock" in answer["generated"]
    assert "harbour.txt" in cited.values()
    assert len(answer["thoughts"]) == 2
    assert all(f"[{number}]" in answer["generated"] for number in cited)


async def test_a_deleted_data_source_breaks_the_assistant_by_name(
    client: httpx2.AsyncClient, database: Database
) -> None:
    assistant, source = await knowing_assistant(client, GUIDE)
    assert (await client.delete(f"/v1/index/{source}")).status_code == 200
    conversation = new_conversation()
    body = {"text": "Hi", "conversation_id": conversation}
    answer = await client.post(f"/v1/assistants/{assistant}/model", json=body)
    assert answer.status_code == 500
    assert answer.json()["error"]["message"] == "Assistant Error"
    assert "does not exist" in answer.json()["error"]["details"]
    question, reply = (await client.get(f"/v1/conversations/{conversation}")).json()["history"]
    assert (question["message"], reply["status"]) == ("Hi", "failed")
    assert "does not exist" in reply["message"]
    (row,) = await ledger(database, conversation)
    assert (row.cost, row.error_code) == (0, "agent_configuration_error")


async def test_an_inline_definition_reaches_no_data_source_of_others(
    client: httpx2.AsyncClient, make_user: MakeUser
) -> None:
    name = fresh_name()
    await add_source(client, [GUIDE], name=name)
    await indexed(client, name)
    stranger = await make_user()
    body = {"text": "turbine", "context": [{"context_type": "knowledge_base", "name": name}]}
    assert (await stranger.post("/v1/assistants/virtual/model", json=body)).status_code == 404


async def test_who_left_a_project_searches_its_shared_sources_through_no_assistant_of_their_own(
    make_user: MakeUser,
) -> None:
    owner, member = await make_user("owner"), await make_user("member")
    project, member_id = await team(owner, member)
    name = fresh_name()
    await add_source(owner, [GUIDE], name=name, project_name=project, project_space_visible=True)
    await indexed(owner, name)
    context = [{"context_type": "knowledge_base", "name": name}]
    assistant = await make_assistant(member, context=context, project=project)
    question = {"text": "How fast does the turbine spin?"}
    assert "3000 rpm" in (await ask(member, assistant, question["text"]))["generated"]

    left = await owner.delete(f"/v1/projects/{project}/assignment/{member_id}")
    assert left.status_code == 200, left.text

    answer = await member.post(f"/v1/assistants/{assistant}/model", json=question)
    assert answer.status_code == 500
    assert "no longer shared" in answer.json()["error"]["details"]
    assert "3000 rpm" not in answer.text
    row = (await member.get(f"/v1/assistants/id/{assistant}")).json()
    publishing = row | {"is_global": True, "categories": ["engineering"]}
    refused = await member.put(f"/v1/assistants/{assistant}", json=publishing)
    assert refused.status_code == 403, refused.text


async def test_attached_files_are_read_by_a_tool_also_one_turn_later(
    client: httpx2.AsyncClient, database: Database
) -> None:
    conversation = new_conversation()
    assistant = await make_assistant(client)
    token = await attach(client, "plan.txt", b"The picnic is on the ninth of May.")
    first = await ask(client, assistant, "When is it?", conversation_id=conversation, file_names=[token])
    assert [thought["author_name"] for thought in first["thoughts"]] == ["File Analysis"]
    assert "ninth of May" in first["generated"]
    second = await ask(client, assistant, "And once more?", conversation_id=conversation)
    assert [thought["author_name"] for thought in second["thoughts"]] == ["File Analysis"]
    user, *_ = await messages(database, conversation)
    assert user.file_names == [token]
    assert user.message == "When is it?"


async def test_each_kind_of_file_has_its_tool(client: httpx2.AsyncClient) -> None:
    token = await attach(client, "prices.csv", b"fruit,price\napple,3\npear,4\n")
    answer = await ask(client, await make_assistant(client), "What costs what?", file_names=[token])
    assert [thought["author_name"] for thought in answer["thoughts"]] == ["Csv Tool"]
    assert "apple" in answer["generated"]


async def test_a_broken_file_is_told_and_ends_nothing(client: httpx2.AsyncClient) -> None:
    token = await attach(client, "report.pdf", b"%PDF-1.7 this is none")
    answer = await ask(client, await make_assistant(client), "Summarise it", file_names=[token])
    assert answer["success"] is True
    assert "Cannot be read" in answer["thoughts"][0]["message"]


async def test_pictures_are_shown_to_models_that_see(client: httpx2.AsyncClient) -> None:
    token = await attach(client, "dot.png", PIXEL)
    answer = await ask(client, await make_assistant(client), "Look at this", file_names=[token])
    assert "1 image" in answer["generated"]


async def test_a_model_that_does_not_see_asks_one_that_does(
    client: httpx2.AsyncClient, platform: Platform, database: Database
) -> None:
    token = await attach(client, "dot.png", PIXEL)
    conversation = new_conversation()
    async with scripted_model(platform) as blind:
        assistant = await make_assistant(client, llm_model_type=blind.name)
        blind.will(call("look_at_pictures", task="What is on it?"), Answer(tokens=("One dot.",)))
        answer = await ask(client, assistant, "Describe it", file_names=[token], conversation_id=conversation)
        assert "look at it with the tool look_at_pictures" in str(blind.requests[0][-1]["content"])
        assert "base64" not in str(blind.requests)
    assert answer["generated"] == "One dot."
    (looked,) = [thought for thought in answer["thoughts"] if thought["author_type"] == "Agent"]
    assert (looked["author_name"], looked["error"]) == ("Look At Pictures", False)
    assert "1 image" in looked["message"]
    models = {row.model for row in await ledger(database, conversation)}
    assert blind.name in models
    assert len(models) == 2


async def test_files_of_somebody_else_are_not_found(client: httpx2.AsyncClient, make_user: MakeUser) -> None:
    token = await attach(client, "secret.txt", b"secret")
    stranger = await make_user()
    url = f"/v1/assistants/{await make_assistant(stranger)}/model"
    answer = await stranger.post(url, json={"text": "Read it", "file_names": [token]})
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "File not found"


async def test_a_data_source_that_is_left_out_is_not_searched(client: httpx2.AsyncClient) -> None:
    assistant, _ = await knowing_assistant(client, GUIDE)
    detail = (await client.get(f"/v1/assistants/id/{assistant}")).json()
    names = [source["name"] for source in detail["context"]]
    answer = await ask(client, assistant, "How fast does the turbine spin?", leave_out={"context": names})
    assert (answer["thoughts"], answer["citations"]) == ([], [])
