"""Working in a repository of Azure DevOps: branches and files.

Source: https://learn.microsoft.com/rest/api/azure/devops/git/.
"""

from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field

from codemie.toolkits.api import Answer, Method
from codemie.toolkits.azure_devops.addresses import address_of, fit, fits, place_of, works_in
from codemie.toolkits.azure_devops.client import AzureDevOps
from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import ToolFailed
from codemie.toolkits.git.arguments import BranchName, FilePath
from codemie.toolkits.git.checkout import Checkout, absent
from codemie.toolkits.git.editing import patched
from codemie.toolkits.git.working_copy import as_text
from codemie.toolkits.toolkit import Toolkit

_NO_OBJECT = "0" * 40
_NOT_THERE = "GitItemNotFoundException"


class AzureRepository(Checkout):
    """One repository and the branch that the run works in.

    Args:
        connection: of the call; its credential is of type Git or AzureDevOps.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, fits)
        named = bool(connection.value("organization"))
        organization = address_of(connection.credential.values) if connection.credential and named else ""
        place = place_of(self.repository.url, organization)
        self.server = AzureDevOps(connection, place.organization_url)
        self._root = f"/{quote(place.project, safe='')}/_apis/git/repositories/{quote(place.name, safe='')}"

    async def json(self, method: Method, path: str, **sent: Any) -> Any:
        """The JSON of an answer about the repository; see ``Api.json``."""
        return await self.server.json(method, f"{self._root}/{path}", **sent)

    async def branches(self) -> list[str]:
        """The names of all branches; the service gives them at once."""
        return [branch["name"] for branch in (await self.json("GET", "stats/branches"))["value"]]

    async def head(self, branch: str) -> str:
        """The id of the last commit of a branch.

        Raises:
            ToolFailed: there is no such branch.
        """
        return str((await self.json("GET", "stats/branches", params={"name": branch}))["commit"]["commitId"])

    async def paths(self, folder: str, branch: str) -> list[str]:
        """The files of a branch below a folder."""
        params = {
            "scopePath": f"/{folder.strip('/')}",
            "recursionLevel": "Full",
            "includeContentMetadata": "true",
            **_version(branch, "branch"),
        }
        items = (await self.json("GET", "items", params=params))["value"]
        return [item["path"].lstrip("/") for item in items if not item.get("isFolder")]

    async def file(self, path: str, branch: str | None = None) -> str | None:
        content = await self._content(path, _version(branch or self.active, "branch"))
        return None if content is None else as_text(path, content)

    async def content_at(self, commit: str, path: str) -> bytes | None:
        """A file as it was at a commit; None if it was not there."""
        return await self._content(path, _version(commit, "commit"))

    async def _content(self, path: str, version: dict[str, str]) -> bytes | None:
        answer = await self.server.send(
            "GET",
            f"{self._root}/items",
            params={"path": f"/{path}", **version},
            headers={"Accept": "application/octet-stream"},
        )
        if answer.status == 404 and _NOT_THERE in answer.text:
            return None
        if not answer.ok:
            raise self.server.refusal(answer)
        return answer.body

    async def push(self, branch: str, head: str, comment: str, change: dict[str, Any]) -> None:
        """Put one commit on a branch.

        Args:
            branch: whose last commit is `head`; nothing is pushed over what somebody else pushed since.
            head: that the change was made from.
            comment: of the commit.
            change: of one file.

        Raises:
            ToolFailed: the branch has moved on, or may not be pushed to.
        """
        body = {
            "refUpdates": [{"name": f"refs/heads/{branch}", "oldObjectId": head}],
            "commits": [{"comment": comment, "changes": [change]}],
        }
        answer = await self.server.send("POST", f"{self._root}/pushes", json=body)
        if answer.status == 409:
            raise self._moved_on(answer, branch)
        if not answer.ok:
            raise self.server.refusal(answer)

    def _moved_on(self, answer: Answer, branch: str) -> ToolFailed:
        return ToolFailed(
            f"Somebody else pushed to the branch '{branch}' meanwhile",
            details=self.server.refusal(answer).details,
            help="Read the file again, and repeat the change.",
            code=409,
        )


def _version(name: str, kind: str) -> dict[str, str]:
    return {"versionDescriptor.version": name, "versionDescriptor.versionType": kind}


def _text(path: str, kind: str, content: str) -> dict[str, Any]:
    new = {"content": content, "contentType": "rawtext"}
    return {"changeType": kind, "item": {"path": f"/{path}"}, "newContent": new}


git = Toolkit(
    "Git",
    "Azure DevOps",
    AzureRepository,
    credential="Git",
    also=("AzureDevOps",),
    fit=fit,
    works_in=works_in,
    fits_repository=fits,
)


@git.tool("reads", about="Lists the branches.")
async def list_branches_in_repo(repository: AzureRepository) -> str:
    """List the branches of the repository."""
    names = await repository.branches()
    return "\n".join((f"Found {len(names)} branches in the repository:", *names))


@git.tool("reads", about="Works in an existing branch from then on.")
async def set_active_branch(repository: AzureRepository, branch_name: BranchName) -> str:
    """Make an existing branch the active one: files are read from it, and pull requests start from it."""
    await repository.activate_known(branch_name)
    return f"The active branch is '{branch_name}' now."


@git.tool("writes", about="Creates a branch and works in it from then on.")
async def create_branch(repository: AzureRepository, branch_name: BranchName) -> str:
    """Create a branch from the active branch and make it the active one."""
    start = repository.active
    head = await repository.head(start)
    update = {"name": f"refs/heads/{branch_name}", "oldObjectId": _NO_OBJECT, "newObjectId": head}
    # The service answers 200 whatever becomes of an update.
    made = (await repository.json("POST", "refs", json=[update]))["value"][0]
    if not made["success"]:
        raise ToolFailed(
            f"The branch '{branch_name}' was not created",
            details=f"Azure DevOps says: {made.get('customMessage') or made['updateStatus']}.",
            help="If it exists already, use set_active_branch, or choose another name.",
            code=409,
        )
    repository.activate(branch_name)
    return f"Branch '{branch_name}' was created from '{start}' and is the active branch now."


@git.tool("reads", about="Lists the files of a folder.")
async def list_files(
    repository: AzureRepository,
    directory_path: Annotated[str, Field(description="Folder; empty for all files.")] = "",
    branch_name: Annotated[BranchName | None, Field(description="The active branch if not given.")] = None,
) -> str:
    """List the files of a branch below a folder."""
    branch = branch_name or repository.active
    paths = await repository.paths(directory_path, branch)
    return "\n".join((f"{len(paths)} files in the branch '{branch}':", *paths))


@git.tool("reads", about="Reads a file.")
async def read_file(repository: AzureRepository, file_path: FilePath) -> str:
    """Read a file of the active branch."""
    return await repository.existing(file_path)


@git.tool("writes", about="Adds a file by a commit.")
async def create_file(
    repository: AzureRepository,
    file_path: FilePath,
    file_contents: str,
    branch_name: Annotated[BranchName | None, Field(description="The active branch if not given.")] = None,
) -> str:
    """Add a file to a branch. For a file that is there already use update_file."""
    branch = branch_name or repository.active
    repository.refuse_base(branch)
    head = await repository.head(branch)
    if await repository.content_at(head, file_path) is not None:
        raise ToolFailed(f"The file {file_path} exists already", help="Change it with update_file.", code=409)
    await repository.push(branch, head, f"Add {file_path}", _text(file_path, "add", file_contents))
    return f"Created file {file_path} in the branch '{branch}'"


@git.tool("writes", about="Changes parts of a file by a commit.", seconds=180)
async def update_file(
    repository: AzureRepository,
    branch_name: BranchName,
    file_path: FilePath,
    update_query: Annotated[
        str,
        Field(
            min_length=1,
            description="Blocks that are replaced literally: a line OLD <<<<, the text as it stands in the file and "
            "only once, a line >>>> OLD, a line NEW <<<<, the new text, a line >>>> NEW. Or in words what to change.",
        ),
    ],
) -> str:
    """Change a file of a branch. Read it first, and say exactly which text becomes which."""
    repository.refuse_base(branch_name)
    head = await repository.head(branch_name)
    content = await repository.content_at(head, file_path)
    if content is None:
        raise absent(file_path, branch_name)
    changed = await patched(repository, file_path, as_text(file_path, content), update_query)
    await repository.push(branch_name, head, f"Update {file_path}", _text(file_path, "edit", changed))
    return f"Updated file {file_path} in the branch '{branch_name}'"


@git.tool("destroys", about="Deletes a file by a commit.")
async def delete_file(repository: AzureRepository, branch_name: BranchName, file_path: FilePath) -> str:
    """Delete a file from a branch."""
    repository.refuse_base(branch_name)
    head = await repository.head(branch_name)
    if await repository.content_at(head, file_path) is None:
        raise absent(file_path, branch_name)
    change = {"changeType": "delete", "item": {"path": f"/{file_path}"}}
    await repository.push(branch_name, head, f"Delete {file_path}", change)
    return f"Deleted file {file_path} from the branch '{branch_name}'"
