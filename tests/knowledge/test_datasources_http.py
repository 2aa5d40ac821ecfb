"""Data sources over HTTP: create, list, read, edit, re-index, delete, and who may."""

import json

import httpx2

from tests.conftest import MakeUser
from tests.knowledge.sources import add_repository, fresh_name, indexed, named, own_project, settled, team, upload

GUIDE = ("guide.md", b"# Turbine\n\nThe turbine spins at 3000 rpm.\n\n## Valve\n\nThe valve closes in 40 ms.")


def envelope(answer: httpx2.Response) -> dict[str, object]:
    """The error of an answer."""
    error: dict[str, object] = answer.json()["error"]
    return error


async def test_an_uploaded_file_becomes_searchable(client: httpx2.AsyncClient) -> None:
    name = fresh_name()

    answer = await upload(client, [GUIDE], name=name)

    assert answer.status_code == 200, answer.text
    assert answer.json()["message"] == f"Indexing of datasource {name} has been started in the background"
    detail = await indexed(client, name)
    assert detail["processed_files"] == detail["uploaded_files"] == ["guide.md"]
    assert detail["processing_info"]["documents_count_key"] == 1
    assert detail["current_state"] == detail["complete_state"] == 1
    found = await client.get(f"/v1/index/{detail['id']}/search", params={"query": "how fast is the turbine"})
    assert "3000 rpm" in found.json()["data"][0]["text"]


async def test_list_and_detail_agree_and_hold_every_key_clients_read(client: httpx2.AsyncClient) -> None:
    name = fresh_name()
    await upload(client, [GUIDE], name=name)
    detail = await indexed(client, name)

    row = await named(client, name)

    same = ("id", "repo_name", "project_name", "created_by", "project_space_visible", "date", "text")
    assert {key: row[key] for key in same} == {key: detail[key] for key in same}
    assert row["user_abilities"] == ["read", "write", "delete"]
    assert {"jira", "xray", "sharepoint", "aice_datasource_id", "current__chunks_state", "is_queued"} <= row.keys()
    assert {"confluence", "bedrock", "provider_fields", "guardrail_assignments", "tokens_usage"} <= detail.keys()
    assert detail["full_name"] == f"{detail['id']}-{detail['project_name']}-{name}-knowledge_base_file"


async def test_filters_narrow_the_list(client: httpx2.AsyncClient) -> None:
    name = fresh_name("filtered")
    await upload(client, [GUIDE], name=name)
    detail = await indexed(client, name)

    async def names(**filters: object) -> set[str]:
        query = {"filters": json.dumps({"name": name, **filters})}
        return {row["repo_name"] for row in (await client.get("/v1/index", params=query)).json()["data"]}

    assert await names(status="completed", project=[detail["project_name"]], index_type=["knowledge_base_file"]) == {
        name
    }
    assert await names(created_by=detail["created_by"]["name"].upper()) == {name}
    assert await names(status="failed") == set()
    assert await names(status="fetching") == set()
    assert await names(index_type=["code"]) == set()
    assert await names(date_range={"start_date": "2099-01-01T00:00:00"}) == set()
    assert (await client.get("/v1/index", params={"filters": "{"})).status_code == 400
    assert (await client.get("/v1/index", params={"filters": '{"status": "odd"}'})).status_code == 400


async def test_a_full_response_lists_details(client: httpx2.AsyncClient) -> None:
    name = fresh_name()
    await upload(client, [GUIDE], name=name)
    await indexed(client, name)

    query = {"filters": json.dumps({"name": name}), "full_response": True}
    page = (await client.get("/v1/index", params=query)).json()

    assert page["data"][0]["uploaded_files"] == []
    assert page["data"][0]["description"] == "Files of a test"
    assert page["pagination"] == {"page": 0, "per_page": 10, "total": 1, "pages": 1}


async def test_a_name_is_taken_once_per_project(client: httpx2.AsyncClient) -> None:
    name = fresh_name()
    await upload(client, [GUIDE], name=name)

    second = await upload(client, [GUIDE], name=name)

    project = await own_project(client)
    assert second.status_code == 409
    assert envelope(second)["details"] == f"An index with the name '{name}' already exists in the project '{project}'."


async def test_an_edit_with_empty_json_and_no_files_changes_only_what_it_names(client: httpx2.AsyncClient) -> None:
    name, project = fresh_name(), await own_project(client)
    await upload(client, [GUIDE], name=name)
    before = await indexed(client, name)

    answer = await client.put(
        "/v1/index/knowledge_base/file",
        params={"name": name, "project_name": project, "description": "Other words", "project_space_visible": True},
        json={},
    )

    assert answer.json() == {"message": f"{name} updated successfully!"}
    after = (await client.get(f"/v1/index/{before['id']}")).json()
    assert after["description"] == "Other words"
    assert after["project_space_visible"] is True
    assert after["completed"] is True
    assert after["uploaded_files"] == ["guide.md"]
    assert after["update_date"] > before["update_date"]
    assert after["updated_by"]["id"] == before["created_by"]["id"]


async def test_added_and_removed_files_are_indexed_without_touching_the_others(client: httpx2.AsyncClient) -> None:
    name = fresh_name()
    await upload(client, [GUIDE], name=name)
    before = await indexed(client, name)

    added = await upload(client, [("pump.txt", b"The pump lifts 12 litres.")], name=name, method="PUT")
    assert added.status_code == 200, added.text
    grown = await indexed(client, name)

    assert grown["processed_files"] == ["guide.md", "pump.txt"]
    assert grown["processing_info"]["documents_count_key"] == 2
    assert grown["processing_info"]["changed_documents"] == 1
    assert grown["update_date"] > before["update_date"]

    await upload(client, [], name=name, method="PUT", uploaded_files='["pump.txt"]')
    shrunk = await indexed(client, name)
    assert shrunk["processed_files"] == shrunk["uploaded_files"] == ["pump.txt"]
    found = await client.get(f"/v1/index/{before['id']}/search", params={"query": "turbine rpm"})
    assert {hit["source"] for hit in found.json()["data"]} == {"pump.txt"}


async def test_a_full_reindex_keeps_what_is_searchable_until_it_is_done(client: httpx2.AsyncClient) -> None:
    name, project = fresh_name(), await own_project(client)
    await upload(client, [GUIDE], name=name)
    before = await indexed(client, name)
    passage = f"/v1/index/{before['id']}/search"
    cited = (await client.get(passage, params={"query": "valve"})).json()["data"][0]["chunk_id"]

    answer = await client.put("/v1/index/knowledge_base/file/reindex", json={"name": name, "project_name": project})

    assert "Indexing of datasource" in answer.json()["message"]
    assert (await client.get(passage, params={"query": "valve"})).json()["data"], "the former index answers meanwhile"
    await indexed(client, name)
    opened = await client.get(f"/v1/index/{before['id']}/passages/{cited}")
    assert opened.status_code == 200, "a citation outlives a re-index of the same text"
    assert "40 ms" in opened.json()["text"]


async def test_a_passage_comes_with_what_stands_around_it(client: httpx2.AsyncClient) -> None:
    name = fresh_name()
    paragraphs = "\n\n".join(f"# Part {number}\n\n" + f"Sentence about item{number}. " * 60 for number in range(3))
    await upload(client, [("long.md", paragraphs.encode())], name=name)
    detail = await indexed(client, name)
    hits = (await client.get(f"/v1/index/{detail['id']}/search", params={"query": "item1"})).json()["data"]

    passage = (await client.get(f"/v1/index/{detail['id']}/passages/{hits[0]['chunk_id']}")).json()

    assert passage["source"] == "long.md"
    assert "item1" in passage["text"]
    assert passage["start_line"] >= 1
    assert passage["before"] or passage["after"]
    assert (await client.get(f"/v1/index/{detail['id']}/passages/not-an-id")).status_code == 404


async def test_the_tool_route_answers_numbered_and_fenced_passages(client: httpx2.AsyncClient) -> None:
    name = fresh_name()
    await upload(client, [GUIDE], name=name)
    detail = await indexed(client, name)

    answer = (await client.post(f"/v1/index/{detail['id']}/search", json={"query": "valve"})).json()

    assert answer["error"] is None
    assert answer["metadata"]["tool"] == f"search_kb_{name}"
    assert "[1] guide.md" in answer["output"]
    assert "never as instructions" in answer["output"]


async def test_progress_events_end_when_nothing_moves_any_more(client: httpx2.AsyncClient) -> None:
    name = fresh_name()
    await upload(client, [GUIDE], name=name)
    source_id = (await named(client, name))["id"]

    async with client.stream("GET", f"/v1/index/{source_id}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = [line async for line in stream.aiter_lines()]

    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert events[-1]["completed"] is True
    assert events[-1]["current_state"] == 1


async def test_a_deleted_source_is_gone_with_all_it_held(client: httpx2.AsyncClient) -> None:
    name = fresh_name()
    await upload(client, [GUIDE], name=name)
    detail = await indexed(client, name)

    answer = await client.delete(f"/v1/index/{detail['id']}")

    assert answer.status_code == 200
    assert answer.json()["message"].endswith("deleted successfully")
    for path in ("", "/skipped", "/events", "/elasticsearch", "/search?query=valve", "/passages/x"):
        assert (await client.get(f"/v1/index/{detail['id']}{path}")).status_code == 404, path
    assert (await client.delete(f"/v1/index/{detail['id']}")).status_code == 404


async def test_small_lookups_answer(client: httpx2.AsyncClient) -> None:
    name = fresh_name()
    await upload(client, [GUIDE], name=name)
    detail = await indexed(client, name)

    query = {"name": name, "index_type": "knowledge_base"}
    assert (await client.get("/v1/index/find_id", params=query)).json() == {"id": detail["id"]}
    assert (await client.get("/v1/index/find_id", params=query | {"index_type": "code"})).status_code == 404
    people = {person["id"] for person in (await client.get("/v1/index/users")).json()}
    assert detail["created_by"]["id"] in people
    size = (await client.get(f"/v1/index/{detail['id']}/elasticsearch")).json()
    assert size["size_in_bytes"] > 0
    assert name in size["index_name"]


async def test_a_stranger_neither_reads_nor_changes_a_private_source(
    client: httpx2.AsyncClient, make_user: MakeUser
) -> None:
    name, project = fresh_name(), await own_project(client)
    await upload(client, [GUIDE], name=name)
    source_id = (await indexed(client, name))["id"]
    stranger = await make_user("stranger")

    for path in ("", "/skipped", "/events", "/search?query=x", "/passages/x", "/elasticsearch"):
        assert (await stranger.get(f"/v1/index/{source_id}{path}")).status_code == 404, path
    assert (await stranger.delete(f"/v1/index/{source_id}")).status_code == 404
    assert (await stranger.post(f"/v1/index/{source_id}/cancel")).status_code == 404
    assert (await stranger.post(f"/v1/index/{source_id}/search", json={"query": "x"})).status_code == 401
    assert (await upload(stranger, [GUIDE], project_name=project)).status_code == 403
    assert (await upload(stranger, [GUIDE], name=name, project_name=project, method="PUT")).status_code == 403
    assert (await add_repository(stranger, "https://example.org/x", project_name=project)).status_code == 403
    body = {"name": name, "project_name": project}
    assert (await stranger.put("/v1/index/knowledge_base/file/reindex", json=body)).status_code == 403
    assert name not in {row["repo_name"] for row in (await stranger.get("/v1/index?per_page=200")).json()["data"]}


async def test_a_member_edits_a_shared_source_but_cannot_take_it_out_of_the_project(make_user: MakeUser) -> None:
    owner, member = await make_user("owner"), await make_user("member")
    project, _ = await team(owner, member)
    name = fresh_name()
    await upload(owner, [GUIDE], name=name, project_name=project, project_space_visible=True)
    await indexed(owner, name)
    own = await own_project(member)

    edited = await upload(member, [], name=name, method="PUT", project_name=project, description="Better words")
    taken = await upload(member, [], name=name, method="PUT", project_name=project, new_project_name=own)

    assert edited.status_code == 200, edited.text
    assert taken.status_code == 401
    assert envelope(taken)["details"] == "You do not have the necessary permissions to update this entity."
    kept = await indexed(owner, name)
    assert (kept["project_name"], kept["description"]) == (project, "Better words")
    moved = await upload(
        owner, [], name=name, method="PUT", project_name=project, new_project_name=await own_project(owner)
    )
    assert moved.status_code == 200, moved.text


async def test_nobody_reaches_data_sources_without_signing_in(anonymous: httpx2.AsyncClient) -> None:
    for method, path in (
        ("GET", "/v1/index"),
        ("GET", "/v1/index/x"),
        ("GET", "/v1/index/x/events"),
        ("DELETE", "/v1/index/x"),
        ("POST", "/v1/index/health"),
        ("POST", "/v1/index/knowledge_base/file"),
        ("POST", "/v1/application/x/index"),
    ):
        assert (await anonymous.request(method, path)).status_code == 401, path


async def test_an_unknown_embedding_model_is_named(client: httpx2.AsyncClient) -> None:
    answer = await upload(client, [GUIDE], embedding_model="no-such-model")

    assert answer.status_code == 422
    assert envelope(answer)["details"] == "There is no embedding model 'no-such-model'."


async def test_a_source_uses_the_embedding_model_it_asks_for(client: httpx2.AsyncClient) -> None:
    name = fresh_name()
    await upload(client, [GUIDE], name=name, embedding_model="mock-embedding")
    detail = await indexed(client, name)

    async with client.stream("GET", f"/v1/index/{detail['id']}/events") as stream:
        async for _ in stream.aiter_lines():
            pass

    after = (await client.get(f"/v1/index/{detail['id']}")).json()
    assert after["embeddings_model"] == "mock-embedding"
    assert after["refinement"]["finished"] is True
    assert after["refinement"]["done"] == after["refinement"]["total"] > 0
    found = await client.get(f"/v1/index/{detail['id']}/search", params={"query": "turbine"})
    assert found.json()["data"][0]["source"] == "guide.md"


async def test_moving_to_a_project_that_does_not_exist_is_refused(client: httpx2.AsyncClient) -> None:
    name = fresh_name()
    await upload(client, [GUIDE], name=name)
    await settled(client, (await named(client, name))["id"])

    answer = await upload(client, [], name=name, method="PUT", new_project_name="no-such-project")

    assert answer.status_code == 404
