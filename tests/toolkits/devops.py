"""Calling tools of Azure DevOps as a member of a project that has an integration for it."""

from dataclasses import dataclass
from typing import Any

import httpx2

from tests.fakes.azure_devops.server import ORGANIZATION, AzureDevOps
from tests.integrations.credentials import People, create
from tests.toolkits import invoking
from tests.toolkits.azure_devops import organization

PREFIX = "Error calling tool: "


@dataclass
class Worker:
    """Who calls, and the server that answers."""

    people: People
    server: AzureDevOps
    url: str

    @property
    def organization(self) -> str:
        """Address of the organization."""
        return f"{self.url}/{ORGANIZATION}"

    @property
    def client(self) -> httpx2.AsyncClient:
        """Who calls."""
        return self.people.member

    async def integrate(self, **values: Any) -> None:
        """Store an integration with other values than the right ones."""
        await create(self.client, "user", organization(self.people.project, self.url, **values))

    async def text(self, tool: str, /, **arguments: Any) -> str:
        """What the tool says."""
        return await invoking.text(self.client, self.people, tool, **arguments)

    async def json(self, tool: str, /, **arguments: Any) -> Any:
        """The same, read as JSON."""
        return await invoking.output(self.client, self.people, tool, **arguments)

    async def fails(self, tool: str, /, **arguments: Any) -> str:
        """What it says when it fails."""
        told = await invoking.error(self.client, self.people, tool, **arguments)
        assert told.startswith(PREFIX), told
        return told
