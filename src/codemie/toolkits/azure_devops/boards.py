"""Azure Boards: https://learn.microsoft.com/rest/api/azure/devops/wit/."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from codemie.toolkits.azure_devops.client import AzureDevOps
from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import ToolFailed
from codemie.toolkits.toolkit import Toolkit

PARENT = "System.LinkTypes.Hierarchy-Reverse"
Step = dict[str, Any]
"""One change of a JSON Patch (RFC 6902)."""
_BATCH = 200
_MOST_TRIES = 3

WorkItemId = Annotated[int, Field(ge=1, description="Number of the work item.")]


class Boards(AzureDevOps):
    """The work items of a project."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.run = connection.run

    def page(self, number: int) -> str:
        """Where people see a work item."""
        return f"{self.organization_url}/_workitems/edit/{number}"

    async def item(self, number: int, **params: Any) -> dict[str, Any]:
        """A work item."""
        return await self.json("GET", f"{self.within()}/_apis/wit/workitems/{number}", params=params)

    async def relations(self, number: int) -> tuple[int, list[dict[str, Any]]]:
        """The revision of a work item, and what it is linked to."""
        item = await self.item(number, **{"$expand": "Relations"})
        return item["rev"], item.get("relations") or []

    async def several(self, numbers: Sequence[int], fields: Sequence[str]) -> list[dict[str, Any]]:
        """Fields of work items, in the order of the numbers; those that are gone meanwhile are left out."""
        found: list[dict[str, Any]] = []
        for start in range(0, len(numbers), _BATCH):
            body = {"ids": list(numbers[start : start + _BATCH]), "fields": list(fields), "errorPolicy": "omit"}
            answer = await self.json("POST", f"{self.within()}/_apis/wit/workitemsbatch", json=body)
            found += [item for item in answer["value"] if item]
        return found

    async def patch(self, place: int | str, steps: Sequence[Step]) -> dict[str, Any]:
        """Change a work item, or create one where the place is ``$`` and an escaped type.

        Raises:
            ToolFailed: the change is against a rule.
        """
        answer = await self.send(
            "PATCH" if isinstance(place, int) else "POST",
            f"{self.within()}/_apis/wit/workitems/{place}",
            content=json.dumps(list(steps)).encode(),
            headers={"Content-Type": "application/json-patch+json"},
        )
        if not answer.ok and "TF201036" in answer.text:
            raise ToolFailed(
                "A work item has one parent at most, and this one has one",
                details=answer.text[:500],
                help="Give it another parent with move_work_item.",
                code=answer.status,
            )
        if not answer.ok:
            raise self.refusal(answer)
        return answer.json()

    async def relink(self, number: int, remove: dict[str, str], add: Sequence[Step] = ()) -> bool:
        """Take away one link of a work item, and add others in the same change.

        Links are removed by their place in a list that others may change meanwhile: the revision is tested with it.

        Args:
            number: of the work item.
            remove: its ``rel``, and the number of its other ``end`` unless any will do.
            add: further steps.

        Returns:
            Whether there was such a link.
        """
        for attempt in range(_MOST_TRIES):
            revision, relations = await self.relations(number)
            place = _place(relations, remove)
            steps: list[Step] = [{"op": "test", "path": "/rev", "value": revision}]
            steps += [] if place is None else [{"op": "remove", "path": f"/relations/{place}"}]
            steps += add
            if len(steps) == 1:
                return False
            try:
                await self.patch(number, steps)
            except ToolFailed as error:
                if error.code not in (409, 412) or attempt == _MOST_TRIES - 1:
                    raise
            else:
                return place is not None
        raise AssertionError("the last attempt returns or raises")

    def link(self, rel: str, number: int, attributes: dict[str, Any] | None = None) -> Step:
        """The step that links to another work item."""
        value: dict[str, Any] = {"rel": rel, "url": f"{self.organization_url}/_apis/wit/workItems/{number}"}
        return {
            "op": "add",
            "path": "/relations/-",
            "value": value | ({"attributes": attributes} if attributes else {}),
        }


def _place(relations: Sequence[dict[str, Any]], wanted: dict[str, str]) -> int | None:
    for place, relation in enumerate(relations):
        if relation["rel"] == wanted["rel"] and wanted.get("end", end_of(relation)) == end_of(relation):
            return place
    return None


def end_of(relation: dict[str, Any]) -> str:
    """The last part of where a relation leads to: of a link, the number of the other work item."""
    return str(relation["url"]).partition("?")[0].rpartition("/")[2]


toolkit = Toolkit("Azure DevOps Work Item", "Azure DevOps work items", Boards, credential="AzureDevOps")
