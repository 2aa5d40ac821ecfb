"""What chat tests share: make an assistant, ask it, read a stream the way clients do."""

import json
import uuid
from typing import Any

import httpx2


async def personal_project(client: httpx2.AsyncClient) -> str:
    """A project the caller may use."""
    user = (await client.get("/v1/user")).json()
    names: list[str] = user.get("applications") or [user["email"]]
    return names[0]


async def make_assistant(client: httpx2.AsyncClient, **fields: Any) -> str:
    """A fresh assistant of the caller; gives its id."""
    body = {
        "name": f"Chat {uuid.uuid4().hex[:8]}",
        "description": "made by a test",
        "system_prompt": "You are helpful.",
        "project": await personal_project(client),
        "llm_model_type": "mock-chat",
        "toolkits": [],
        "shared": False,
        "skip_integration_validation": True,
        **fields,
    }
    answer = await client.post("/v1/assistants", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["assistantId"])


async def ask(client: httpx2.AsyncClient, assistant: str, text: str, **fields: Any) -> dict[str, Any]:
    """The whole answer."""
    answer = await client.post(f"/v1/assistants/{assistant}/model", json={"text": text, **fields})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def stream(client: httpx2.AsyncClient, assistant: str, text: str, **fields: Any) -> list[dict[str, Any]]:
    """The chunks of a streamed answer."""
    answer = await client.post(f"/v1/assistants/{assistant}/model", json={"text": text, "stream": True, **fields})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return chunks_of(answer.text)


def chunks_of(text: str) -> list[dict[str, Any]]:
    """Objects back to back, as the acceptance contract reads them."""
    decoder = json.JSONDecoder()
    chunks: list[dict[str, Any]] = []
    position = 0
    while position < len(text):
        chunk, position = decoder.raw_decode(text, position)
        chunks.append(chunk)
        while position < len(text) and text[position].isspace():
            position += 1
    return chunks


def text_of(chunks: list[dict[str, Any]]) -> str:
    """What the model's thoughts add up to."""
    return "".join(
        chunk["thought"]["message"]
        for chunk in chunks
        if chunk.get("thought") and chunk["thought"]["author_name"] == "Codemie Thoughts"
    )


def new_conversation() -> str:
    """An id of a client's own making."""
    return f"test_conv_{uuid.uuid4().hex}"
