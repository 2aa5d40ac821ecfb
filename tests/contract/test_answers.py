"""What chats, conversations, files, models and workspaces answer over HTTP, held against the published shapes.

``answers.json`` holds the schema of each route's answer, with all it refers to, from the protocol's published API
description. One conversation is lived through once; every answer on the way must have the published status, types and
nullability at every depth, and no published field may be missing. Where ours differs, ``DELIBERATE`` says why.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx2
from jsonschema import Draft202012Validator

from codemie.kernel.database import new_id
from tests.conftest import MakeUser
from tests.conversations.chatting import make_assistant, new_conversation
from tests.support import until

FACTS: dict[str, Any] = json.loads(Path(__file__).with_name("answers.json").read_text())
ROUTES: dict[str, dict[str, Any]] = FACTS["routes"]
COMPONENTS = {"components": FACTS["components"]}
_MOST_DEPTH = 8

# Route and field, or route alone → why ours is another one.
_MODELS = (
    *(
        ("GET /v1/llm_models", "$[]"),
        ("GET /v1/llm_models/image_generation", "$[]"),
        ("GET /v1/embeddings_models", "$[]"),
    ),
    ("GET /v1/default_models/{}", "$"),
)
_EMPTY = "empty fields are left out, as the protocol has it for this route"
DELIBERATE = {
    **{
        (route, f"{place}.{name}"): _EMPTY
        for route, place in _MODELS
        for name in (
            *("provider", "react_agent", "max_output_tokens"),
            *(f"cost.cache_{kind}_input_token_cost" for kind in ("creation", "read")),
            *(f"cost.{kind}_cost_per_token_batches" for kind in ("input", "output")),
        )
    },
    **{
        (route, f"{place}.{name}"): "how a provider is reached is told to nobody"
        for route, place in _MODELS
        for name in ("api_version", "configuration")
    },
    **{
        ("GET /v1/assistants/metrics/{}", f"$.{name}"): _EMPTY
        for name in (
            *("id", "date", "update_date", "avg_operator_rating", "avg_user_rating"),
            *("final_operator_rating", "final_user_rating"),
        )
    },
}
# Routes that are not called here → who tries them.
ELSEWHERE = {
    "POST /v1/admin/llm/retire": "tests/assistants/test_retirement.py: it changes every assistant",
    "POST /v1/admin/llm/retire/bulk": "the same",
    "POST /v1/admin/marketplace/reindex": "tests/assistants/test_reindexing.py",
    "POST /v1/speech-recognition": "tests/speech: it needs a service that hears",
    "GET /v1/speech/config": "the same",
}


class Recorder:
    """Calls routes, and keeps what each answered."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client
        self.answers: dict[str, list[httpx2.Response]] = {}

    async def __call__(self, method: str, path: str, *places: str, **sent: Any) -> Any:
        """Call a route by its path with ``{}`` in it; returns the JSON of its answer."""
        answer = await self.client.request(method, path.format(*places), **sent)
        self.answers.setdefault(f"{method} {path}", []).append(answer)
        assert answer.status_code < 400, (method, path, answer.text)
        return answer.json() if "json" in answer.headers.get("content-type", "") else answer.content


async def test_every_answer_of_a_conversation_lived_through_is_as_published(make_user: MakeUser) -> None:
    client = await make_user("lived", is_admin=True, is_maintainer=True)  # whose files count against nobody's quota
    call = Recorder(client)
    assistant = await make_assistant(client)
    slug = (await client.get(f"/v1/assistants/id/{assistant}")).json()["slug"]
    conversation = new_conversation()
    await _chat(call, assistant, slug, conversation)
    await _files(call, assistant)
    await _organise(call, assistant, conversation)
    await _workspace(call, conversation)
    await _share_and_judge(call, assistant, conversation)
    await _models(call)
    await _editors(call, assistant)
    await _tidy(call, conversation)
    assert set(ROUTES) - set(call.answers) == set(ELSEWHERE)
    problems = {route: list(_problems(route, answer)) for route in ROUTES for answer in call.answers.get(route, ())}
    assert {route: found for route, found in problems.items() if found} == {}


async def _chat(call: Recorder, assistant: str, slug: str, conversation: str) -> None:
    for text in ('Say "one"', 'Say "two"'):
        await call("POST", "/v1/assistants/{}/model", assistant, json={"text": text, "conversation_id": conversation})
    await call("POST", "/v1/assistants/slug/{}/model", slug, json={"text": "Hi", "conversation_id": new_conversation()})
    await call("POST", "/v1/assistants/virtual/model", json={"text": "Hi"})
    begun = await call(
        "POST",
        "/v1/assistants/{}/model",
        assistant,
        json={"text": "Hi", "background_task": True, "conversation_id": new_id()},
    )

    async def done() -> bool:
        told = await call("GET", "/v1/tasks/{}", begun["taskId"])
        return told["status"] == "COMPLETED"

    await until(done, what="the task")


async def _files(call: Recorder, assistant: str) -> None:
    sent = await call("POST", "/v1/files/", files={"file": ("note.txt", b"A note.", "text/plain")})
    await call("POST", "/v1/files/bulk", files=[("files", ("a.txt", b"A", "text/plain"))])
    await call("POST", "/v1/files/diagram/mermaid", json={"code": "graph TD; A-->B", "content_type": "svg"})
    await call("GET", "/v1/files/{}", sent["file_url"])
    body = {"text": "Read it", "file_names": [sent["file_url"]], "conversation_id": new_conversation()}
    await call("POST", "/v1/assistants/{}/model", assistant, json=body)
    await call("GET", "/v1/conversations/{}/files", body["conversation_id"])


async def _organise(call: Recorder, assistant: str, conversation: str) -> None:
    await call("GET", "/v1/conversations", params={"per_page": 5, "page": 0})
    await call("GET", "/v1/conversations/{}", conversation)
    await call("GET", "/v1/conversations/search", params={"query": "one"})
    await call("GET", "/v1/conversations/new", params={"initial_assistant_id": assistant})
    made = await call("POST", "/v1/conversations", json={"initial_assistant_id": assistant})
    folder = f"folder {new_id()[:8]}"
    await call("POST", "/v1/conversations/folder", json={"folder": folder})
    await call("PUT", "/v1/conversations/folder/{}", folder, json={"folder": f"{folder} b"})
    await call("PUT", "/v1/conversations/{}", conversation, json={"name": "Named", "folder": f"{folder} b"})
    await call("GET", "/v1/conversations/folders/list")
    await call(
        "PUT", "/v1/conversations/{}/history/{}", conversation, "0", json={"messageIndex": 0, "message": "Better"}
    )
    history = [{"role": "User", "message": "Q", "historyIndex": 0}]
    await call("PUT", "/v1/conversations/{}/history", made["id"], json={"history": history, "assistant_id": assistant})
    await call("GET", "/v1/conversations/{}/export", conversation, params={"export_format": "json"})
    await call(
        "GET", "/v1/conversations/{}/history/{}/{}/export", conversation, "0", "0", params={"export_format": "docx"}
    )
    await call("DELETE", "/v1/conversations/{}/history/{}", conversation, "1")
    await call("DELETE", "/v1/conversations/folder/{}", f"{folder} b")
    await call("GET", "/v1/assistants/metrics/{}", conversation)


async def _workspace(call: Recorder, conversation: str) -> None:
    place = (await call("POST", "/v1/workspaces", json={"conversation_id": conversation}))["id"]
    path = {"file_path": "print.py"}
    await call("PUT", "/v1/workspaces/{}/files", place, json={**path, "content": "print(1)"})
    edit = {**path, "old_string": "1", "new_string": "2"}
    await call("POST", "/v1/workspaces/{}/files/edit", place, json=edit)
    await call("POST", "/v1/workspaces/{}/execute", place, json={"script_path": "print.py"})
    await call("GET", "/v1/workspaces")
    await call("GET", "/v1/workspaces/conversations/{}", conversation)
    await call("GET", "/v1/workspaces/{}/files", place)
    await call("GET", "/v1/workspaces/{}/files/content", place, params=path)
    await call("GET", "/v1/workspaces/{}/files/download", place, params=path)
    await call("GET", "/v1/workspaces/{}/files/grep", place, params={"query": "print"})
    await call("DELETE", "/v1/workspaces/{}/files", place, params=path)


async def _share_and_judge(call: Recorder, assistant: str, conversation: str) -> None:
    shared = await call("POST", "/v1/share/conversations", json={"chat_id": conversation})
    await call("GET", "/v1/share/conversations/{}", shared["token"])
    said = {"author": "user", "mark": "correct", "comments": "Good."}
    await call("POST", "/v1/conversations/{}/feedback", conversation, json=said)
    place = {"conversationId": conversation, "messageIndex": 1, "assistant_id": assistant}
    given = await call("POST", "/v1/feedback", json={**place, **said, "request": "q", "response": "a"})
    await call("GET", "/v1/feedback")
    await call("GET", "/v1/feedback/{}", given["id"])
    taken_back = {
        "feedbackId": given["id"],
        "assistant_id": assistant,
        "conversationId": conversation,
        "messageIndex": 1,
    }
    await call("DELETE", "/v1/feedback", json=taken_back)


async def _models(call: Recorder) -> None:
    for path in (
        "llm_models",
        "llm_models/image_generation",
        "embeddings_models",
        "default_models",
        "categories",
        "info",
    ):
        await call("GET", f"/v1/{path}")
    await call("GET", "/v1/default_models/{}", "global")
    await call("GET", "/v1/admin/llm/reload")
    await call("POST", "/v1/admin/spend-tracking/collect", json={})


async def _editors(call: Recorder, assistant: str) -> None:
    await call("POST", "/v1/ide/config", json={"installation_id": new_id(), "new_plugin_key": new_id()})
    virtual = new_id()
    await call("POST", "/v1/ide/virtual/conversations", json={"initialAssistantId": virtual})
    await call("GET", "/v1/ide/virtual/conversations/{}", virtual)
    await call("POST", "/v1/ide/inference/virtual", json={"text": "Hi", "stream": False})
    await call("POST", "/v1/ide/inference/{}", assistant, json={"text": "Hi", "stream": False})


async def _tidy(call: Recorder, conversation: str) -> None:
    await call("DELETE", "/v1/conversations/{}/history", conversation)
    await call("DELETE", "/v1/conversations/{}", conversation)
    await call("DELETE", "/v1/conversations")


def _problems(route: str, answer: httpx2.Response) -> Iterator[str]:
    if str(answer.status_code) not in ROUTES[route]:
        yield f"status {answer.status_code}"
    schema = ROUTES[route].get(str(answer.status_code))
    if schema:
        for error in Draft202012Validator({**schema, **COMPONENTS}).iter_errors(answer.json()):
            if (route, _plain(error.json_path)) not in DELIBERATE:
                yield f"{error.json_path}: {error.message[:120]}"
        for field in sorted(set(_absent(schema, answer.json(), "$", 0))):
            if (route, field) not in DELIBERATE:
                yield f"{field} is absent"


def _absent(schema: dict[str, Any], value: Any, place: str, depth: int) -> Iterator[str]:
    """Published fields that an answer has not."""
    if depth > _MOST_DEPTH or value is None:
        return
    while "$ref" in schema:
        schema = FACTS["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for part in schema.get("anyOf", ()):
        if part.get("type") != "null":
            yield from _absent(part, value, place, depth + 1)
    if isinstance(value, dict):
        for name, inner in schema.get("properties", {}).items():
            if name not in value:
                yield f"{place}.{name}"
            else:
                yield from _absent(inner, cast("dict[str, Any]", value)[name], f"{place}.{name}", depth + 1)
    if isinstance(value, list) and "items" in schema:
        for item in cast("list[Any]", value):
            yield from _absent(schema["items"], item, f"{place}[]", depth + 1)


def _plain(json_path: str) -> str:
    return re.sub(r"\[\d+]", "[]", json_path)
