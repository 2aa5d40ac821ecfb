"""Guardrails over data sources: what goes in, what is found, and what a chat quotes of it."""

import json

import httpx2

from tests.conftest import MakeUser
from tests.conversations.chatting import ask, make_assistant
from tests.guardrails.conftest import assign, make, over, rules
from tests.knowledge.sources import fresh_name, indexed, named, own_project, settled, upload

GUIDE = ("guide.md", b"# Turbine\n\nThe turbine is looked after by ann@example.org, and spins at 3000 rpm.")
MASK = [{"type": "detector", "detector": "email", "action": "mask"}]
BOTH = {"mode": "all", "source": "both"}


async def found(client: httpx2.AsyncClient, source: str) -> str:
    """What the searches and the passages of a source tell of the turbine."""
    query = {"query": "who looks after the turbine"}
    searched = await client.get(f"/v1/index/{source}/search", params=query)
    assert searched.status_code == 200, searched.text
    asked = await client.post(f"/v1/index/{source}/search", json=query)
    chunk = searched.json()["data"][0]["chunk_id"]
    passage = await client.get(f"/v1/index/{source}/passages/{chunk}")
    assert passage.status_code == 200, passage.text
    return searched.text + asked.text + passage.text


async def test_what_was_indexed_before_is_masked_when_it_is_found(make_user: MakeUser) -> None:
    client = await make_user("keeper", is_admin=True)
    project, name = await own_project(client), fresh_name()
    assert (await upload(client, [GUIDE], name=name)).status_code == 200
    source = (await indexed(client, name))["id"]
    assert "ann@example.org" in await found(client, source)
    guardrail = await make(client, project, rules=MASK)

    await assign(client, guardrail, datasources=over(source, source="output"))

    told = await found(client, source)
    assert "ann@example.org" not in told
    assert "[e-mail address], and spins at 3000 rpm" in told
    assistant = await make_assistant(client, context=[{"context_type": "knowledge_base", "name": name}])
    answer = await ask(client, assistant, "Search: who looks after the turbine?")
    assert answer["citations"]
    assert "ann@example.org" not in json.dumps(answer)


async def test_a_blocked_passage_is_withheld_in_words_that_say_by_whom(make_user: MakeUser) -> None:
    client = await make_user("keeper", is_admin=True)
    project, name = await own_project(client), fresh_name()
    assert (await upload(client, [GUIDE], name=name)).status_code == 200
    source = (await indexed(client, name))["id"]
    guardrail = await make(client, project, rules=rules("3000 rpm"))

    await assign(client, guardrail, project={"settings": [{"mode": "filtered", "source": "output"}]})

    told = await found(client, source)
    assert "3000" not in told
    assert "[Withheld. Blocked by the guardrail 'Guard " in told


async def test_a_document_that_is_blocked_fails_its_data_source_with_the_guardrails_words(make_user: MakeUser) -> None:
    client = await make_user("keeper", is_admin=True)
    project, name = await own_project(client), fresh_name()
    guardrail = await make(client, project, rules=rules("turbine", message="Not for machines."))
    wanted = json.dumps([{"guardrail_id": guardrail, "mode": "all", "source": "INPUT"}])

    answer = await upload(client, [GUIDE], name=name, guardrail_assignments=wanted)

    assert answer.status_code == 200, answer.text
    detail = await settled(client, (await named(client, name))["id"])
    assert (detail["error"], detail["completed"]) == (True, False)
    assert "Not for machines." in detail["text"]
    assert [(row["guardrail_id"], row["source"], row["editable"]) for row in detail["guardrail_assignments"]] == [
        (guardrail, "input", True)
    ]


async def test_what_is_masked_on_the_way_in_is_not_stored(make_user: MakeUser) -> None:
    client = await make_user("keeper", is_admin=True)
    project, name = await own_project(client), fresh_name()
    guardrail = await make(client, project, rules=MASK)
    wanted = json.dumps([{"guardrail_id": guardrail, **BOTH}])
    assert (await upload(client, [GUIDE], name=name, guardrail_assignments=wanted)).status_code == 200
    source = (await indexed(client, name))["id"]

    assert (await client.delete(f"/v1/guardrails/{guardrail}")).status_code == 200

    assert "ann@example.org" not in await found(client, source)


async def test_assignments_that_make_no_sense_are_refused(make_user: MakeUser) -> None:
    client = await make_user("keeper", is_admin=True)

    unknown = [{"guardrail_id": "none", "mode": "all", "source": "both"}]
    for wanted, status in ((unknown, 400), ([{"mode": 1}], 422)):
        answer = await upload(client, [GUIDE], guardrail_assignments=json.dumps(wanted))
        assert answer.status_code == status, answer.text
