"""Work items as the service keeps them: fields, revisions, links with two ends, comments, attachments."""

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.azure_devops.refusing import Refused
from tests.fakes.azure_devops.server import MOMENT, PERSON, PROJECT, Json

TYPES = ("Bug", "Epic", "Feature", "Issue", "Task", "Test Case", "User Story")
STATES = ("New", "Active", "Resolved", "Closed", "Removed")
PARENT, CHILD = "System.LinkTypes.Hierarchy-Reverse", "System.LinkTypes.Hierarchy-Forward"
RELATED = "System.LinkTypes.Related"
FIELDS = (
    *("System.Id", "System.Rev", "System.WorkItemType", "System.TeamProject", "System.Title", "System.State"),
    *("System.Reason", "System.AssignedTo", "System.CreatedDate", "System.CreatedBy", "System.ChangedDate"),
    *("System.ChangedBy", "System.Description", "System.Tags", "System.AreaPath", "System.IterationPath"),
    *("System.History", "System.Parent", "System.CommentCount", "System.Links.LinkType"),
    *("Microsoft.VSTS.Common.Priority", "Microsoft.VSTS.Scheduling.StoryPoints", "Microsoft.VSTS.TCM.ReproSteps"),
)
OPPOSITE = {
    PARENT: CHILD,
    CHILD: PARENT,
    RELATED: RELATED,
    "System.LinkTypes.Dependency-Forward": "System.LinkTypes.Dependency-Reverse",
    "System.LinkTypes.Dependency-Reverse": "System.LinkTypes.Dependency-Forward",
}
NAMES = {
    PARENT: "Parent",
    CHILD: "Child",
    RELATED: "Related",
    "System.LinkTypes.Dependency-Forward": "Successor",
    "System.LinkTypes.Dependency-Reverse": "Predecessor",
    "AttachedFile": "Attached File",
    "Hyperlink": "Hyperlink",
    "ArtifactLink": "Artifact Link",
}


@dataclass
class WorkItem:
    """One, as it is now and as it was."""

    id: int
    fields: Json
    rev: int = 1
    relations: list[Json] = field(default_factory=list[Json])
    revisions: list[tuple[str, Json]] = field(default_factory=list[tuple[str, Json]])
    comments: list[Json] = field(default_factory=list[Json])


class Tracker:
    """The work items of the project.

    Args:
        address: of the organization, for the links in answers; known only once the server runs.
    """

    def __init__(self, address: str = "") -> None:
        self.address = address
        self.items: dict[int, WorkItem] = {}
        self.attachments: dict[str, tuple[str, bytes]] = {}
        self.clock = 0

    def add(self, title: str, kind: str = "Task", **fields: Any) -> WorkItem:
        """Put a work item there; names of fields with ``_`` for ``.`` are of the System."""
        item = self.new(kind)
        item.fields |= {"System.Title": title} | {f"System.{name}": value for name, value in fields.items()}
        return self._save(item)

    def new(self, kind: str) -> WorkItem:
        number = max(self.items, default=0) + 1
        return WorkItem(
            number,
            {
                "System.TeamProject": PROJECT,
                "System.AreaPath": PROJECT,
                "System.IterationPath": PROJECT,
                "System.WorkItemType": kind,
                "System.State": "New",
                "System.Reason": "New",
                "System.CreatedDate": self._tick(),
                "System.CreatedBy": PERSON,
            },
            rev=0,
        )

    def _tick(self) -> str:
        """The next second."""
        self.clock += 1
        return f"{MOMENT[:14]}{self.clock // 60:02}:{self.clock % 60:02}.000Z"

    def _save(self, item: WorkItem) -> WorkItem:
        item.rev += 1
        item.fields |= {"System.Rev": item.rev, "System.ChangedDate": self._tick(), "System.ChangedBy": PERSON}
        item.revisions.append((item.fields["System.ChangedDate"], copy.deepcopy(item.fields)))
        self.items[item.id] = item
        return item

    def url(self, number: int) -> str:
        """Of a work item, as relations name it."""
        return f"{self.address}/_apis/wit/workItems/{number}"

    def existing(self, number: int) -> WorkItem:
        if number not in self.items:
            raise missing(number)
        return self.items[number]

    def patch(self, item: WorkItem, steps: Iterable[Json]) -> None:
        """Change it; all of it or nothing."""
        changed = copy.deepcopy(item)
        for step in steps:
            self._apply(changed, step)
        if not changed.fields.get("System.Title"):
            said = "TF401320: Rule Error for field Title. Error code: Required, HasValues, InvalidEmpty."
            raise Refused(400, said, "RuleValidationException")
        if (state := changed.fields["System.State"]) not in STATES:
            said = f"The field 'State' contains the value '{state}' that is not in the list of supported values"
            raise Refused(400, said, "RuleValidationException")
        parents = [self.number(relation) for relation in changed.relations if relation["rel"] == PARENT]
        if len(parents) > 1:
            raise Refused(
                400,
                f"TF201036: You cannot add a Parent link between work items {item.id} and {parents[-1]} because a "
                "work item can have only one Parent link.",
                "WorkItemLinkInvalidException",
            )
        before = item.relations
        item.fields, item.relations, item.comments = changed.fields, changed.relations, changed.comments
        self._mirror(item, before)
        self._save(item)

    def _apply(self, item: WorkItem, step: Json) -> None:
        path, op = str(step["path"]), step["op"]
        if op == "test" and path == "/rev":
            if step["value"] != item.rev:
                said = "VS403351: Test Operation for path /rev failed."
                raise Refused(412, said, "TestPatchOperationFailedException")
        elif path.startswith("/fields/"):
            self._set(item, path.removeprefix("/fields/"), None if op == "remove" else step["value"])
        elif path == "/relations/-" and op == "add":
            self._link(item, step["value"])
        elif path.startswith("/relations/") and op == "remove":
            if int(path.rpartition("/")[2]) >= len(item.relations):
                said = f"Index out of range for path: {path}."
                raise Refused(400, said, "VssPropertyValidationException")
            del item.relations[int(path.rpartition("/")[2])]
        else:
            said = f"You must pass a valid patch document in the body of the request: {op} {path}."
            raise Refused(400, said, "VssPropertyValidationException")

    def _set(self, item: WorkItem, name: str, value: Any) -> None:
        known([name])
        if name == "System.AssignedTo" and value:
            value = PERSON if PERSON["uniqueName"] in value else {"displayName": value, "uniqueName": value}
        if name == "System.History":
            self.say(item, value)
        elif value in (None, ""):
            item.fields.pop(name, None)
        else:
            item.fields[name] = value

    def _link(self, item: WorkItem, value: Json) -> None:
        if value["rel"] not in NAMES:
            said = f"Unrecognized work item relation type: {value['rel']}."
            raise Refused(400, said, "WorkItemRelationTypeNotFoundException")
        if any((old["rel"], old["url"].lower()) == (value["rel"], value["url"].lower()) for old in item.relations):
            raise Refused(400, "Relation already exists.", "WorkItemLinkAddExistingException")
        if number := self.number(value):
            self.existing(number)
        attributes = {"name": NAMES[value["rel"]], "isLocked": False} | (value.get("attributes") or {})
        if value["rel"] == "AttachedFile":
            attributes["resourceSize"] = len(self.attachment(value["url"])[1])
        url = self.url(number) if number else value["url"]
        item.relations.append({"rel": value["rel"], "url": url, "attributes": attributes})

    def number(self, relation: Json) -> int:
        """The work item at the other end; 0 if it is none."""
        return int(relation["url"].rpartition("/")[2]) if relation["rel"] in OPPOSITE else 0

    def _mirror(self, item: WorkItem, before: list[Json]) -> None:
        """The other ends of links are links, too."""
        ours = self.url(item.id)
        for old in before:
            other = self.items.get(self.number(old))
            if old not in item.relations and other:
                end = OPPOSITE[old["rel"]]
                other.relations = [r for r in other.relations if (r["rel"], r["url"]) != (end, ours)]
        for new in item.relations:
            other = self.items.get(self.number(new))
            if new not in before and other:
                end = OPPOSITE[new["rel"]]
                attributes = {"name": NAMES[end], "isLocked": False}
                other.relations.append({"rel": end, "url": ours, "attributes": attributes})

    def say(self, item: WorkItem, text: str) -> Json:
        number = sum(len(other.comments) for other in self.items.values()) + 1
        made = {
            "workItemId": item.id,
            "id": number,
            "version": 1,
            "text": text,
            "createdBy": PERSON,
            "createdDate": self._tick(),
            "modifiedBy": PERSON,
            "modifiedDate": MOMENT,
            "url": f"{self.url(item.id)}/comments/{number}",
        }
        item.comments.append(made)
        item.fields["System.CommentCount"] = len(item.comments)
        return made

    def attachment(self, url: str) -> tuple[str, bytes]:
        number = url.partition("?")[0].rpartition("/")[2]
        if number not in self.attachments:
            said = f"VS403403: The attachment {number} does not exist, or you do not have permissions to read it."
            raise Refused(404, said, "AttachmentNotFoundException")
        return self.attachments[number]


def missing(number: int) -> Refused:
    return Refused(
        404,
        f"TF401232: Work item {number} does not exist, or you do not have permissions to read it.",
        "WorkItemUnauthorizedAccessException",
    )


def known(names: Any) -> None:
    for name in names:
        if name not in FIELDS:
            raise Refused(
                400, f"TF51535: Cannot find field {name}.", "WorkItemTrackingFieldDefinitionNotFoundException"
            )
