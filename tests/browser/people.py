"""A person who uses the web UI, and quick ways to give them something to look at."""

from dataclasses import dataclass
from typing import Any

import httpx2

from tests.support import until

HANDBOOK = """# Travel

The travel budget is 4200 EUR a year. Trains come before planes.

# Equipment

Every engineer chooses a laptop. It is replaced after three years.
"""


@dataclass(frozen=True)
class Person:
    """Somebody signed in: `client` speaks to the API in their name."""

    client: httpx2.AsyncClient
    email: str
    token: str

    @property
    def tag(self) -> str:
        """The part of the address that is this person's alone."""
        return self.email.partition("@")[0].rpartition("-")[2]

    async def id(self) -> str:
        """The id of their account."""
        return str((await self.client.get("/v1/user")).json()["user_id"])

    async def add_handbook(self, name: str = "handbook") -> str:
        """Make a small data source; return its id when it is searchable."""
        answer = await self.client.post(
            "/v1/index/knowledge_base/file",
            params={"name": name, "project_name": self.email, "description": "Rules of the company"},
            files={"files": ("handbook.md", HANDBOOK.encode(), "text/markdown")},
        )
        assert answer.status_code == 200, answer.text

        async def indexed() -> dict[str, Any] | None:
            row = await self.find_source(name)
            return row if row and row["completed"] else None

        row = await until(indexed, seconds=90, what="the indexing of the handbook")
        return str(row["id"])

    async def find_source(self, name: str) -> dict[str, Any] | None:
        """The row of a data source by its name."""
        answer = await self.client.get("/v1/index", params={"per_page": 100})
        return next((row for row in answer.json()["data"] if row["repo_name"] == name), None)

    async def add_assistant(self, name: str = "Guide", *, knowledge: tuple[str, ...] = (), **fields: Any) -> str:
        """Make an assistant on the mock model; return its id."""
        body = {
            "name": name,
            "description": "Knows the rules.",
            "system_prompt": "Search before you answer and cite.",
            "project": self.email,
            "llm_model_type": "mock-chat",
            "context": [{"context_type": "knowledge_base", "name": source} for source in knowledge],
            "conversation_starters": ["How large is the travel budget?"],
            "skip_integration_validation": True,
            **fields,
        }
        answer = await self.client.post("/v1/assistants", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["assistantId"])

    async def find_assistant(self, name: str) -> dict[str, Any]:
        """The full object of one of this person's assistants."""
        answer = await self.client.get(
            "/v1/assistants", params={"scope": "created_by_user", "minimal_response": True, "per_page": 100}
        )
        found = next(row for row in answer.json()["data"] if row["name"] == name)
        detail: dict[str, Any] = (await self.client.get(f"/v1/assistants/id/{found['id']}")).json()
        return detail

    async def add_skill(self, name: str = "short-words", **fields: Any) -> str:
        """Make a skill; return its id."""
        body = {
            "name": name,
            "description": "Says things in short words.",
            "content": "# Short words\n\nUse words of one syllable where you can. Cut what does not help.\n" * 3,
            "project": self.email,
            **fields,
        }
        answer = await self.client.post("/v1/skills", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])
