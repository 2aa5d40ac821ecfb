"""One user's day with the official SDK, run by the SDK's own Python; prints one JSON object.

Usage: journey.py URL EMAIL PASSWORD PDF
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from codemie_sdk import CodeMieClient
from codemie_sdk.models.assistant import (
    AssistantChatRequest,
    AssistantCreateRequest,
    AssistantUpdateRequest,
    Context,
    ContextType,
)
from codemie_sdk.models.datasource import DataSourceStatus, FileDataSourceRequest
from pydantic import BaseModel

NAME = "handbook"


class Verdict(BaseModel):
    """What the structured reply must hold."""

    answer: str
    confidence: float


def main(url: str, email: str, password: str, pdf: Path) -> dict[str, Any]:
    """Data source, assistant, four kinds of chat, conversation, and everything gone again."""
    client = CodeMieClient(
        auth_server_url=url, auth_realm_name="", codemie_api_domain=url, username=email, password=password
    )
    seen: dict[str, Any] = {}
    me = client.users.about_me()
    seen["user"] = {"username": me.username, "name": me.name}
    project = me.email if getattr(me, "email", None) else email
    model = next(row for row in client.llms.list() if row.default)

    client.datasources.create_file_datasource(
        FileDataSourceRequest(name=NAME, project_name=project, description="The handbook"), [str(pdf)]
    )
    source = wait_for_source(client, project)
    seen["source"] = {"status": source.status.value, "type": source.type.value}

    created = client.assistants.create(
        AssistantCreateRequest(
            name="Handbook reader",
            description="Answers from the handbook",
            system_prompt="Answer from the handbook.",
            project=project,
            llm_model_type=model.base_name,
            toolkits=[],
            context=[Context(context_type=ContextType.KNOWLEDGE_BASE, name=NAME)],
        )
    )
    assistant_id = created.assistant_id
    seen["listed"] = [row.name for row in client.assistants.list(filters={"search": "Handbook reader"})]
    client.assistants.update(
        assistant_id,
        AssistantUpdateRequest(
            name="Handbook reader",
            description="Answers from the handbook, with sources",
            system_prompt="Answer from the handbook.",
            project=project,
            llm_model_type=model.base_name,
            toolkits=[],
            context=[Context(context_type=ContextType.KNOWLEDGE_BASE, name=NAME)],
        ),
    )
    seen["description"] = client.assistants.get(assistant_id).description

    question = "How many days of leave do new engineers get?"
    sync = client.assistants.chat(assistant_id, AssistantChatRequest(text=question, conversation_id="sdk-journey"))
    seen["sync"] = {"generated": sync.generated, "tools": tools_of(sync.thoughts or [])}
    seen["stream"] = read_stream(
        client.assistants.chat(
            assistant_id, AssistantChatRequest(text=question, conversation_id="sdk-journey", stream=True)
        )
    )
    structured = client.assistants.chat(
        assistant_id, AssistantChatRequest(text="Is the sky blue?", output_schema=Verdict)
    )
    seen["structured"] = structured.generated.model_dump()

    conversation = client.conversations.get_conversation("sdk-journey")
    seen["history"] = [item.role for item in conversation.history]
    seen["conversations"] = [row.id for row in client.conversations.list()]

    client.conversations.delete("sdk-journey")
    client.assistants.delete(assistant_id)
    client.datasources.delete(source.id)
    seen["left"] = {
        "conversations": [row.id for row in client.conversations.list() if row.id == "sdk-journey"],
        "assistants": [row.name for row in client.assistants.list(filters={"search": "Handbook reader"})],
        "sources": [row.name for row in client.datasources.list(projects=[project]) if row.name == NAME],
    }
    return seen


def wait_for_source(client: CodeMieClient, project: str) -> Any:
    """The data source once it is indexed; fails after a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = [row for row in client.datasources.list(projects=[project]) if row.name == NAME]
        if found and found[0].status in (DataSourceStatus.COMPLETED, DataSourceStatus.FAILED):
            return client.datasources.get(found[0].id)
        time.sleep(0.2)
    raise SystemExit("the data source was not indexed within a minute")


def read_stream(response: Any) -> dict[str, Any]:
    """Decode back-to-back JSON objects as official clients do."""
    text, decoder, chunks = response.content.decode(), json.JSONDecoder(), []
    at = 0
    while at < len(text):
        while at < len(text) and text[at].isspace():
            at += 1
        if at < len(text):
            chunk, at = decoder.raw_decode(text, at)
            chunks.append(chunk)
    return {
        "content_type": response.headers["Content-Type"],
        "chunks": len(chunks),
        "thoughts": sum(1 for chunk in chunks if chunk.get("thought")),
        "generated": next(chunk["generated"] for chunk in chunks if chunk.get("last") and chunk.get("generated")),
    }


def tools_of(thoughts: list[dict[str, Any]]) -> list[str]:
    """Names of the tools a reply used."""
    return [thought["author_name"] for thought in thoughts if thought["author_name"] != "Codemie Thoughts"]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]))) + "\n")
