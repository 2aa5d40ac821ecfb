"""Assistants whose model calls tools with exactly these arguments."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.conversations.scripted import ScriptedModel, scripted_model
from tests.fakes.openai_server import Answer
from tests.integrations.credentials import People
from tests.support import Platform


class CallingAssistant:
    """Lets its model call one tool, and tells what came of it."""

    def __init__(self, people: People, model: ScriptedModel, assistant: str) -> None:
        self._people, self._model, self._assistant = people, model, assistant

    async def call(self, tool: str, arguments: dict[str, Any], **fields: Any) -> str:
        """What the model read as the tool's result; empty if it waits for a person."""
        before = len(self._model.requests)
        self._model.will(Answer(calls=((tool, json.dumps(arguments)),)), Answer(tokens=("Done.",)))
        await ask(self._people.member, self._assistant, "Do it.", conversation_id=new_conversation(), **fields)
        results = [message for message in self._model.last if message["role"] == "tool"]
        return str(results[-1]["content"]) if len(self._model.requests) > before + 1 else ""

    def offered(self) -> dict[str, Any]:
        """The tools that the model was told of, by name."""
        return {tool["function"]["name"]: tool["function"] for tool in self._model.endpoint.received[-1].body["tools"]}


@asynccontextmanager
async def calling_assistant(
    platform: Platform, people: People, toolkit: str, *tools: str, **fields: Any
) -> AsyncGenerator[CallingAssistant]:
    """An assistant of the project with tools of one toolkit; destructive calls wait for a person."""
    async with scripted_model(platform) as model:
        assistant = await make_assistant(
            people.manager,
            project=people.project,
            shared=True,
            llm_model_type=model.name,
            skip_integration_validation=True,
            **{"toolkits": [{"toolkit": toolkit, "tools": [{"name": name} for name in tools]}], **fields},
        )
        yield CallingAssistant(people, model, assistant)
