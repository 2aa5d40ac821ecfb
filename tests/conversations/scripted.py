"""A model whose every answer a test writes, and whose every request it can read."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import yaml

from codemie.models.starter import DEFAULT_FILE
from tests.fakes.openai_server import Answer, FakeEndpoint, fake_endpoint
from tests.support import Platform


@dataclass
class ScriptedModel:
    """The model's name in the catalogue, and the endpoint behind it."""

    name: str
    endpoint: FakeEndpoint

    def will(self, *answers: Answer) -> None:
        """Answer the next requests so."""
        self.endpoint.will(*answers)

    @property
    def requests(self) -> list[list[dict[str, Any]]]:
        """The messages of each request."""
        return [received.body["messages"] for received in self.endpoint.received]

    @property
    def last(self) -> list[dict[str, Any]]:
        """The messages of the last request."""
        return self.requests[-1]


@asynccontextmanager
async def scripted_model(platform: Platform, **fields: Any) -> AsyncGenerator[ScriptedModel]:
    """One more model in the platform's catalogue while the block lasts."""
    file = platform.home / "models.yaml"
    before = file.read_text() if file.exists() else None
    async with fake_endpoint() as endpoint:
        name = f"scripted-{uuid.uuid4().hex[:8]}"
        row = {
            "base_name": name,
            "provider": "openai",
            "cost": {"input": 0.001, "output": 0.01},
            **fields,
            "endpoint": {"max_retries": 0, **fields.get("endpoint", {}), "base_url": endpoint.url},
        }
        document = yaml.safe_load(before or DEFAULT_FILE.read_text())
        document["llm_models"].append(row)
        file.write_text(yaml.safe_dump(document))
        try:
            yield ScriptedModel(name, endpoint)
        finally:
            if before is None:
                file.unlink()
                platform.resources.models.catalogue._file._from_path = False  # back to the packaged models
            else:
                file.write_text(before)
