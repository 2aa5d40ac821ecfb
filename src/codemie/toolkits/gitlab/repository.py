"""Working in a GitLab repository: branches, files, merge requests."""

import base64
import re
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from pydantic import Field

from codemie.toolkits.api import Api
from codemie.toolkits.connection import Connection, Repository
from codemie.toolkits.credentials import origin_of
from codemie.toolkits.failures import BadToolArguments, NotConfigured, ToolFailed
from codemie.toolkits.gitlab.vcs import fit
from codemie.toolkits.patches import DiffLine, diff_lines, numbered, replaced
from codemie.toolkits.toolkit import Toolkit

_PAGE, _MOST_PAGES = 100, 50
_MOST_TRIES = 10
_ACTIVE = "git branch"
_WRITE_WHOLE = (
    "You change one file of a repository. You get the file and what is to be changed. Answer with the whole new file "
    "and nothing else: no explanation, no code fence."
)
_WRITE_PATCH = (
    "You change one file of a repository. You get the file and what is to be changed. Answer with blocks only. "
    "Each block is: a line OLD <<<<, the text exactly as it stands in the file and only once, a line >>>> OLD, a line "
    "NEW <<<<, the text that replaces it, a line >>>> NEW."
)
_FENCE = re.compile(r"\A```[^\n]*\n(.*?)\n?```\s*\Z", re.DOTALL)

BranchName = Annotated[str, Field(min_length=1, max_length=250, pattern=r"^[^\s~^:?*\[\\]+$")]
FilePath = Annotated[
    str, Field(min_length=1, max_length=1000, description="Path in the repository, such as src/app.py.")
]
Message = Annotated[str, Field(min_length=1, max_length=2000, description="Of the commit.")]
Task = Annotated[str, Field(min_length=1, description="What to change, in words.")]


class GitLabRepository:
    """One repository and the branch that the run works in."""

    def __init__(self, connection: Connection) -> None:
        (token,) = connection.need("token")
        self.repository = connection.repository
        refuse_foreign(connection, self.repository)
        self._run = connection.run
        server, path = place(self.repository)
        self.api = Api(
            connection, "GitLab", f"{server}/api/v4/projects/{quote(path, safe='')}", {"PRIVATE-TOKEN": token}
        )

    @property
    def active(self) -> str:
        """The branch that files are read from and written to."""
        return self._run.memory.get(_ACTIVE) or self.base

    @property
    def base(self) -> str:
        """Where changes start and return to."""
        return self.repository.branch or "main"

    def activate(self, branch: str) -> None:
        """Work in it from now on."""
        self._run.memory[_ACTIVE] = branch

    def refuse_base(self) -> None:
        """What others build on is changed by merge requests only.

        Raises:
            ToolFailed: the active branch is the base.
        """
        if self.active == self.base:
            raise ToolFailed(
                f"Nothing is written to the base branch '{self.base}' directly",
                help="Create a branch with create_branch first.",
                code=409,
            )

    async def pages(self, listed: str, /, **params: Any) -> list[Any]:
        """Every page of a list, within reason."""
        found: list[Any] = []
        for page in range(1, _MOST_PAGES + 1):
            answer = await self.api.ask("GET", listed, params={**params, "per_page": _PAGE, "page": page})
            found += answer.json()
            if not answer.headers.get("x-next-page"):
                break
        return found

    async def file(self, path: str) -> str | None:
        """A file of the active branch; None if it is not there."""
        answer = await self.api.send("GET", f"repository/files/{quote(path, safe='')}", params={"ref": self.active})
        if answer.status == 404:
            return None
        if not answer.ok:
            raise self.api.refusal(answer)
        content = base64.b64decode(answer.json()["content"])
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise ToolFailed("The file is no text", details=f"{path}: {len(content)} bytes", code=415) from error

    async def existing(self, path: str) -> str:
        """The same.

        Raises:
            ToolFailed: it is not there.
        """
        text = await self.file(path)
        if text is None:
            raise ToolFailed(
                f"The file {path} is not in the branch '{self.active}'", help="Use list_files or create_file.", code=404
            )
        return text

    async def write(self, instructions: str, path: str, text: str, task: str) -> str:
        """What the model writes."""
        if self._run.write is None:
            raise ToolFailed("There is no model here that could write the file")
        written = await self._run.write(instructions, f"File {path}:\n\n{text}\n\nTo be changed: {task}")
        fenced = _FENCE.match(written.strip())
        text = fenced[1] if fenced else written
        if not text.strip():
            raise ToolFailed(
                "The model wrote nothing", details=f"{path} stays as it is.", help="Say more exactly what to do."
            )
        return text

    async def commit(self, path: str, content: str, message: str) -> None:
        """Replace a file by a commit on the active branch."""
        content = content if content.endswith("\n") else f"{content}\n"
        action = {"action": "update", "file_path": path, "content": content}
        body = {"branch": self.active, "commit_message": message, "actions": [action]}
        await self.api.ask("POST", "repository/commits", json=body)


def refuse_foreign(connection: Connection, repository: Repository) -> None:
    """A credential goes to its own server only, whoever chose it: the repository's address is somebody else's word.

    Raises:
        NotConfigured: the repository is at another origin.
    """
    server = str(connection.value("url"))
    is_given = connection.credential is not None and not connection.credential.id
    if is_given and not server:
        return  # the caller's own token, sent along for this repository
    if origin_of(server) != origin_of(repository.url):
        raise NotConfigured(
            details=f"The integration is for {server or 'no server'}, the repository is at {repository.url}.",
            help="Choose an integration of the repository's server.",
        )


def place(repository: Repository) -> tuple[str, str]:
    """The server and the path of the project."""
    parts = urlsplit(repository.url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}", parts.path.strip("/").removesuffix(".git")


def works_in(repository: Repository) -> bool:
    """Whether it may be at a GitLab."""
    return repository.url.startswith(("http://", "https://")) and fit({"url": repository.url}) > 0


git = Toolkit("Git", "GitLab", GitLabRepository, credential="Git", works_in=works_in)


@git.tool("writes", about="Creates a branch and works in it from then on.")
async def create_branch(repository: GitLabRepository, branch_name: BranchName) -> str:
    """Create a branch from the base branch and make it the active one. A name that is taken gets a number."""
    for attempt in range(_MOST_TRIES):
        name = branch_name if not attempt else f"{branch_name}_v{attempt}"
        body = {"branch": name, "ref": repository.base}
        answer = await repository.api.send("POST", "repository/branches", json=body)
        if answer.ok:
            repository.activate(name)
            return f"Branch '{name}' was created from '{repository.base}' and is the active branch now."
        if answer.status != 400 or "already exists" not in answer.text:
            raise repository.api.refusal(answer)
    raise ToolFailed(f"The branch '{branch_name}' and {_MOST_TRIES - 1} like it exist", code=409)


@git.tool("reads", about="Works in an existing branch from then on.")
async def set_active_branch(repository: GitLabRepository, branch_name: BranchName) -> str:
    """Make an existing branch the active one: files are read from and written to it."""
    names = [branch["name"] for branch in await repository.pages("repository/branches")]
    if branch_name not in names:
        raise ToolFailed(
            f"There is no branch '{branch_name}'", details=f"There are: {', '.join(names[:100])}", code=404
        )
    repository.activate(branch_name)
    return f"The active branch is '{branch_name}' now."


@git.tool("reads", about="Lists the branches.")
async def list_branches_in_repo(
    repository: GitLabRepository,
    query: Annotated[str | None, Field(description="Only branches whose name contains this.")] = None,
) -> str:
    """List the branches of the repository."""
    names = [branch["name"] for branch in await repository.pages("repository/branches")]
    shown = [name for name in names if not query or query.lower() in name.lower()]
    return "\n".join((f"Found {len(shown)} branches in the repository:", *shown))


@git.tool("reads", about="Lists the files of a folder.")
async def list_files(
    repository: GitLabRepository,
    directory_path: Annotated[str, Field(description="Folder; empty for all files.")] = "",
) -> str:
    """List the files of the active branch below a folder."""
    params = {"path": directory_path.strip("/"), "ref": repository.active, "recursive": "true"}
    entries = await repository.pages("repository/tree", **params)
    paths = [entry["path"] for entry in entries if entry["type"] == "blob"]
    return "\n".join((f"{len(paths)} files in the branch '{repository.active}':", *paths))


@git.tool("reads", about="Reads a file.")
async def read_file(repository: GitLabRepository, file_path: FilePath) -> str:
    """Read a file of the active branch."""
    return await repository.existing(file_path)


@git.tool("writes", about="Adds a file by a commit.")
async def create_file(
    repository: GitLabRepository, file_path: FilePath, file_contents: str, commit_message: Message
) -> str:
    """Add a file to the active branch. For a file that is there already use update_file."""
    repository.refuse_base()
    if await repository.file(file_path) is not None:
        raise ToolFailed(f"The file {file_path} exists already", help="Change it with update_file.", code=409)
    body = {"branch": repository.active, "commit_message": commit_message, "content": file_contents}
    await repository.api.ask("POST", f"repository/files/{quote(file_path, safe='')}", json=body)
    return f"Created file {file_path} in the branch '{repository.active}': {commit_message}"


@git.tool("writes", about="Has the model write a file anew.", seconds=180)
async def update_file(
    repository: GitLabRepository, file_path: FilePath, task_details: Task, commit_message: Message
) -> str:
    """Change a file of the active branch. Say in words what to change: the file is written anew by the model."""
    repository.refuse_base()
    text = await repository.existing(file_path)
    await repository.commit(
        file_path, await repository.write(_WRITE_WHOLE, file_path, text, task_details), commit_message
    )
    return f"Updated file {file_path}"


@git.tool("writes", about="Has the model change parts of a file.", seconds=180)
async def update_file_diff(
    repository: GitLabRepository, file_path: FilePath, task_details: Task, commit_message: Message
) -> str:
    """Change a few places of a file of the active branch. Better than update_file for long files."""
    repository.refuse_base()
    text = await repository.existing(file_path)
    blocks = await repository.write(_WRITE_PATCH, file_path, text, task_details)
    await repository.commit(file_path, replaced(text, blocks), commit_message)
    return f"Updated file {file_path}"


@git.tool("destroys", about="Deletes a file by a commit.")
async def delete_file(repository: GitLabRepository, file_path: FilePath, commit_message: Message) -> str:
    """Delete a file from the active branch."""
    repository.refuse_base()
    params = {"branch": repository.active, "commit_message": commit_message}
    await repository.api.ask("DELETE", f"repository/files/{quote(file_path, safe='')}", params=params)
    return f"Deleted file {file_path}"


@git.tool("writes", about="Opens a merge request of the active branch.")
async def create_pull_request(
    repository: GitLabRepository,
    pr_title: Annotated[str, Field(min_length=1, max_length=255)],
    pr_body: Annotated[str, Field(description="What it changes and why, in Markdown.")],
) -> str:
    """Open a merge request from the active branch to the base branch."""
    repository.refuse_base()
    body = {
        "source_branch": repository.active,
        "target_branch": repository.base,
        "title": pr_title,
        "description": pr_body,
    }
    made = await repository.api.json("POST", "merge_requests", json=body)
    return f"Successfully created MR number {made['iid']}: {made['web_url']}"


@git.tool("reads", about="Shows what a merge request changes.")
async def get_pr_changes(
    repository: GitLabRepository, pr_number: Annotated[int, Field(ge=1, description="Number of the merge request.")]
) -> str:
    """Show a merge request: title, description and the diff. Each line has its index in front, for comments."""
    request = await repository.api.json("GET", f"merge_requests/{pr_number}/changes")
    parts = [f"title: {request['title']}", f"description: {request.get('description') or ''}"]
    parts += [numbered(change["old_path"], change["new_path"], change["diff"]) for change in request["changes"]]
    return "\n".join(parts)


@git.tool("writes", about="Comments on a line of a merge request.")
async def create_pr_change_comment(
    repository: GitLabRepository,
    pr_number: Annotated[int, Field(ge=1)],
    file_path: FilePath,
    line_number: Annotated[int, Field(ge=0, description="Index of the line in the file's diff, from get_pr_changes.")],
    comment: Annotated[str, Field(min_length=1)],
) -> str:
    """Comment on a line of a merge request's diff."""
    request = await repository.api.json("GET", f"merge_requests/{pr_number}")
    changed = await repository.api.json("GET", f"merge_requests/{pr_number}/changes")
    position = _position(changed["changes"], file_path, line_number) | {
        name: request["diff_refs"][name] for name in ("base_sha", "head_sha", "start_sha")
    }
    body = {"body": comment, "position": {**position, "position_type": "text"}}
    await repository.api.ask("POST", f"merge_requests/{pr_number}/discussions", json=body)
    return "Comment added"


def _position(changes: list[dict[str, Any]], path: str, index: int) -> dict[str, Any]:
    """A line of a file's diff as GitLab names it: by its numbers on the sides on which it exists."""
    change = next((item for item in changes if path in (item["new_path"], item["old_path"])), None)
    if change is None:
        paths = ", ".join(item["new_path"] for item in changes[:50])
        raise BadToolArguments(f"The merge request does not change {path}", details=f"It changes: {paths}", code=422)
    lines = list(diff_lines(change["diff"]))
    line = lines[index] if index < len(lines) else DiffLine("")
    if not line.is_code:
        raise BadToolArguments(
            f"There is no code line {index} in the diff of {path}", details=f"It has {len(lines)} lines.", code=422
        )
    position: dict[str, Any] = {}
    if line.new is not None:
        position |= {"new_path": change["new_path"], "new_line": line.new}
    if line.old is not None:
        position |= {"old_path": change["old_path"], "old_line": line.old}
    return position
