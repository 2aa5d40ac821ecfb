"""An assistant whose tools find no credentials is not saved, unless its author says that this is all right."""

from typing import Any

import httpx2

from tests.conversations.chatting import make_assistant
from tests.integrations.credentials import People, create
from tests.toolkits.azure_devops import organization
from tests.toolkits.test_calls import git
from tests.toolkits.test_in_assistants import vcs

URL = "https://gitlab.example.com"


def body(people: People, **fields: Any) -> dict[str, Any]:
    return {
        "name": "Reader",
        "description": "Reads merge requests.",
        "system_prompt": "",
        "llm_model_type": "mock-chat",
        "project": people.project,
        "toolkits": vcs(),
        **fields,
    }


async def post(client: httpx2.AsyncClient, sent: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/v1/assistants", json=sent)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def count(client: httpx2.AsyncClient, project: str) -> int:
    answer = await client.get("/v1/assistants", params={"filters": f'{{"project": ["{project}"]}}'})
    return int(answer.json()["pagination"]["total"])


async def test_what_is_missing_is_told_and_nothing_is_saved(people: People) -> None:
    told = await post(people.manager, body(people))
    assert told["assistantId"] is None
    assert "skip_integration_validation=True" in told["message"]
    assert told["validation"] == {
        "has_missing_integrations": True,
        "missing_by_credential_type": [
            {
                "credential_type": "Git",
                "missing_tools": [
                    {
                        "toolkit": "VCS",
                        "tool": "gitlab",
                        "label": "GitLab",
                        "credential_type": "Git",
                        "settings_config_level": "tool",
                    }
                ],
                "assistant_id": None,
                "assistant_name": None,
                "icon_url": None,
            }
        ],
        "sub_assistants_missing": [],
        "message": "1 tool(s) have no integration to work with.",
    }
    assert await count(people.manager, people.project) == 0


async def test_with_an_integration_or_by_the_authors_word_it_is_saved(people: People) -> None:
    assert (await post(people.manager, body(people, skip_integration_validation=True)))["assistantId"]
    await create(people.manager, "project", git(people.project, URL))
    told = await post(people.manager, body(people, name="Another reader"))
    assert told["assistantId"]
    assert (told["message"], told["validation"]) == ("Specified assistant saved", None)


async def test_tools_of_repositories_are_content_with_what_serves_for_any(people: People) -> None:
    toolkits = [{"toolkit": "Git", "tools": [{"name": "create_branch"}]}]
    told = await post(people.manager, body(people, toolkits=toolkits))
    (missing,) = told["validation"]["missing_by_credential_type"]
    assert (missing["credential_type"], missing["missing_tools"][0]["tool"]) == ("Git", "create_branch")
    await create(people.manager, "project", organization(people.project, "https://dev.azure.com"))
    assert (await post(people.manager, body(people, toolkits=toolkits)))["assistantId"]


async def test_an_integration_that_is_gone_counts_as_missing(people: People) -> None:
    made = await create(people.manager, "project", git(people.project, URL))
    await create(people.manager, "user", git(people.project, URL))
    await people.manager.delete(f"/v1/settings/project/{made['id']}")
    assert (await post(people.manager, body(people, toolkits=vcs(made))))["assistantId"] is None


async def test_a_change_is_checked_only_for_what_it_changes(people: People) -> None:
    assistant = (await post(people.manager, body(people, skip_integration_validation=True)))["assistantId"]
    url = f"/v1/assistants/{assistant}"
    renamed = await people.manager.put(url, json={"name": "Renamed", "project": people.project})
    assert renamed.json() == {"message": "Specified assistant updated", "validation": None}
    changed = await people.manager.put(url, json={"name": "Again", "project": people.project, "toolkits": vcs()})
    assert changed.json()["validation"]["has_missing_integrations"] is True
    assert (await people.manager.get(f"/v1/assistants/id/{assistant}")).json()["name"] == "Renamed"


async def test_tools_of_sub_assistants_are_told_with_their_assistant(people: People) -> None:
    sub = await make_assistant(
        people.manager, project=people.project, name="Sub", toolkits=vcs(), skip_integration_validation=True
    )
    told = await post(people.manager, body(people, toolkits=[], assistant_ids=[sub]))
    (missing,) = told["validation"]["sub_assistants_missing"]
    assert (missing["assistant_id"], missing["assistant_name"]) == (sub, "Sub")
    assert told["validation"]["missing_by_credential_type"] == []


async def test_who_may_not_work_in_the_project_learns_nothing_of_it(people: People) -> None:
    assert (await people.stranger.post("/v1/assistants", json=body(people))).status_code == 403
