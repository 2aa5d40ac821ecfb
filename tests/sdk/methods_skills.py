"""One call per public method of the SDK's skill and category services, run by the SDK's own Python.

Usage: methods_skills.py URL EMAIL PASSWORD
"""

import base64
import uuid
from typing import Any

from codemie_sdk.models.categories import CategoryCreateRequest, CategoryUpdateRequest
from codemie_sdk.models.skill import (
    SkillCreateRequest,
    SkillEventRequest,
    SkillImportRequest,
    SkillUpdateRequest,
    SkillVisibility,
)
from codemie_sdk.services.categories import CategoryService
from codemie_sdk.services.skill import SkillService
from methods import Bench, run

CONTENT = "# Steps\n\n" + "Look at it, then say what is wrong and why. " * 4
FILE = {"path": "references/guide.md", "content": "Guide"}


def skill(bench: Bench, **fields: Any) -> Any:
    """A new skill."""
    body = {
        "name": f"skill-{uuid.uuid4().hex[:8]}",
        "description": "Made by the SDK",
        "content": CONTENT,
        "project": bench.project,
        "visibility": SkillVisibility.PROJECT,
    }
    return bench.client.skills.create(SkillCreateRequest(**{**body, **fields}))


def listed(bench: Bench) -> Any:
    name = skill(bench).name
    page = bench.client.skills.list(filters={"search": name})
    return {"names": [row.name == name for row in page.skills], "per_page": page.per_page, "total": page.total}


def updated(bench: Bench) -> Any:
    made = skill(bench)
    return bench.client.skills.update(made.id, SkillUpdateRequest(description="Another description"))


def deleted(bench: Bench) -> Any:
    made = skill(bench)
    answer = bench.client.skills.delete(made.id)
    return {"answer": answer, "left": bench.client.skills.list(filters={"search": made.name}).total}


def imported(bench: Bench) -> Any:
    text = f"---\nname: imported-{uuid.uuid4().hex[:6]}\ndescription: Made by the SDK\n---\n{CONTENT}"
    encoded = base64.b64encode(text.encode()).decode()
    return bench.client.skills.import_skill(
        SkillImportRequest(file_content=encoded, filename="a.md", project=bench.project)
    )


def attached(bench: Bench) -> tuple[str, str, Any]:
    assistant_id, made = bench.assistant(), skill(bench)
    return assistant_id, made.id, bench.client.skills.attach_to_assistant(assistant_id, made.id)


def detached(bench: Bench) -> Any:
    assistant_id, skill_id, _ = attached(bench)
    return bench.client.skills.detach_from_assistant(assistant_id, skill_id)


def of_assistant(bench: Bench) -> Any:
    assistant_id, skill_id, _ = attached(bench)
    return [row.id == skill_id for row in bench.client.skills.get_assistant_skills(assistant_id)]


def with_skill(bench: Bench) -> Any:
    assistant_id, skill_id, _ = attached(bench)
    return [row["id"] == assistant_id for row in bench.client.skills.get_skill_assistants(skill_id)]


def published(bench: Bench) -> Any:
    made = skill(bench)
    answer = bench.client.skills.publish(made.id, categories=["devops"])
    return {"answer": answer, "visibility": bench.client.skills.get(made.id).visibility.value}


def unpublished(bench: Bench) -> Any:
    made = skill(bench)
    bench.client.skills.publish(made.id)
    answer = bench.client.skills.unpublish(made.id)
    return {"answer": answer, "visibility": bench.client.skills.get(made.id).visibility.value}


def event(bench: Bench) -> Any:
    request = SkillEventRequest(
        session_id="s", command="add", status="completed", skill_slug=f"slug-{bench.mark}", target_agents=["claude"]
    )
    return bench.client.skills.record_event(request)


def events(bench: Bench) -> Any:
    event(bench)
    return [row.command for row in bench.client.skills.get_events(limit=1000) if row.skill_slug == f"slug-{bench.mark}"]


def event_stats(bench: Bench) -> Any:
    event(bench)
    rows = bench.client.skills.get_events_stats(limit=1000)
    return [row.installs > 0 for row in rows if row.skill_slug == f"slug-{bench.mark}"]


def skill_stats(bench: Bench) -> Any:
    event(bench)
    return bench.client.skills.get_skill_stats(f"slug-{bench.mark}")


def category(bench: Bench) -> Any:
    return bench.client.categories.create_category(CategoryCreateRequest(name=f"Sdk {uuid.uuid4().hex[:8]}"))


def renamed(bench: Bench) -> Any:
    made = category(bench)
    return bench.client.categories.update_category(made.id, CategoryUpdateRequest(name=f"{made.name} II"))


def dropped(bench: Bench) -> Any:
    made = category(bench)
    answer = bench.client.categories.delete_category(made.id)
    return {"answer": answer, "left": [row.id for row in bench.client.categories.get_categories() if row.id == made.id]}


CALLS = {
    "skills.list": listed,
    "skills.get": lambda bench: bench.client.skills.get(skill(bench).id),
    "skills.create": lambda bench: skill(bench, enabled_builtin_subagents=["GENERAL_PURPOSE_SUBAGENT"]),
    "skills.update": updated,
    "skills.delete": deleted,
    "skills.list_companion_files": lambda bench: bench.client.skills.list_companion_files(
        skill(bench, companion_files=[FILE]).id
    ),
    "skills.get_companion_file": lambda bench: bench.client.skills.get_companion_file(
        skill(bench, companion_files=[FILE]).id, FILE["path"]
    ),
    "skills.import_skill": imported,
    "skills.export": lambda bench: bench.client.skills.export(skill(bench).id),
    "skills.attach_to_assistant": lambda bench: attached(bench)[2],
    "skills.detach_from_assistant": detached,
    "skills.get_assistant_skills": of_assistant,
    "skills.bulk_attach_to_assistants": lambda bench: bench.client.skills.bulk_attach_to_assistants(
        skill(bench).id, [bench.assistant(), bench.assistant()]
    ),
    "skills.get_skill_assistants": with_skill,
    "skills.publish": published,
    "skills.unpublish": unpublished,
    "skills.list_categories": lambda bench: bench.client.skills.list_categories(),
    "skills.get_users": lambda bench: [skill(bench).id, *bench.client.skills.get_users()][1:],
    "skills.react": lambda bench: bench.client.skills.react(skill(bench).id, "like"),
    "skills.remove_reactions": lambda bench: bench.client.skills.remove_reactions(skill(bench).id),
    "skills.record_event": event,
    "skills.get_events": events,
    "skills.get_events_stats": event_stats,
    "skills.get_skill_stats": skill_stats,
    "skills.get_config": lambda bench: bench.client.skills.get_config(),
    "skills.generate_instructions": lambda bench: bench.client.skills.generate_instructions("Review SQL migrations"),
    "categories.get_categories": lambda bench: len(bench.client.categories.get_categories()),
    "categories.list_categories": lambda bench: bench.client.categories.list_categories(page=0, per_page=3),
    "categories.get_category": lambda bench: bench.client.categories.get_category("devops"),
    "categories.create_category": category,
    "categories.update_category": renamed,
    "categories.delete_category": dropped,
}

if __name__ == "__main__":
    run(CALLS, skills=SkillService, categories=CategoryService)
