"""Skills drafted and reviewed by a model, here the mock."""

from tests.assistants.conftest import Team
from tests.skills.writing import CONTENT


async def test_instructions_are_written(team: Team) -> None:
    body = {"description": "Review SQL migrations", "existing_instructions": CONTENT, "skill_name": "review-sql",
            "llm_model": None}  # fmt: skip
    answer = await team.owner.post("/v1/skills/instructions/generate", json=body)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["instructions"]) >= 100
    assert answer.json()["metadata"] == {}


async def test_a_whole_skill_is_drafted(team: Team) -> None:
    draft = (await team.owner.post("/v1/skills/generate", json={"text": "Review SQL migrations"})).json()
    assert set(draft) == {"name", "description", "instructions", "categories", "toolkits"}
    assert draft["name"] == draft["name"].lower()


async def test_a_skill_is_reviewed(team: Team) -> None:
    body = {"name": "review-sql", "description": "Reviews SQL", "instructions": CONTENT}
    advice = (await team.owner.post("/v1/skills/refine", json=body)).json()
    assert set(advice) == {"fields", "toolkits", "context"}
    for field in advice["fields"]:
        assert field["action"] in {"change", "delete", "keep"}
        assert field["severity"] in {"critical", "optional"}


async def test_an_unknown_model_is_refused(team: Team) -> None:
    answer = await team.owner.post("/v1/skills/generate", json={"text": "x", "llm_model": "no-such-model"})
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Unknown model")
