"""The tools of the Git toolkit: branches, files, merge requests, at the server of any vendor."""

from collections.abc import Callable, Mapping
from typing import Annotated

from pydantic import Field

from codemie.integrations.git_servers import GitServer, kind_of
from codemie.toolkits.connection import Connection, Repository
from codemie.toolkits.failures import NotConfigured, ToolFailed
from codemie.toolkits.git.arguments import BranchName, FilePath, Message, Task
from codemie.toolkits.git.editing import patched, rewritten
from codemie.toolkits.git.working_copy import WorkingCopy
from codemie.toolkits.github.repository import GitHubRepository
from codemie.toolkits.gitlab.repository import GitLabRepository
from codemie.toolkits.toolkit import Toolkit

_MOST_TRIES = 10

Number = Annotated[int, Field(ge=1, description="Number of the merge or pull request.")]


def connect(connection: Connection) -> WorkingCopy:
    """The repository at its server, whose kind the integration says; a server that nobody knows counts as a GitLab.

    Raises:
        NotConfigured: the tools do not know this kind of server.
    """
    url = connection.value("url") or connection.repository.url
    kind = kind_of({**(connection.credential.values if connection.credential else {}), "url": url})
    vendor = _VENDORS.get(kind)
    if vendor is None:
        raise NotConfigured(
            details=f"The Git tools cannot work at {url}: it is a server of kind '{kind}'.",
            help="They work at GitLab and GitHub.",
        )
    return vendor(connection)


def works_in(repository: Repository) -> bool:
    """Whether it may be at a server that the tools know."""
    return repository.url.startswith(("http://", "https://")) and kind_of({"url": repository.url}) in _VENDORS


_VENDORS: Mapping[GitServer | None, Callable[[Connection], WorkingCopy]] = {
    None: GitLabRepository,
    "gitlab": GitLabRepository,
    "github": GitHubRepository,
}
git = Toolkit("Git", "GitLab and GitHub", connect, credential="Git", works_in=works_in)


@git.tool("writes", about="Creates a branch and works in it from then on.")
async def create_branch(repository: WorkingCopy, branch_name: BranchName) -> str:
    """Create a branch from the base branch and make it the active one. A name that is taken gets a number."""
    for attempt in range(_MOST_TRIES):
        name = branch_name if not attempt else f"{branch_name}_v{attempt}"
        if await repository.create_branch(name):
            repository.activate(name)
            return f"Branch '{name}' was created from '{repository.base}' and is the active branch now."
    raise ToolFailed(f"The branch '{branch_name}' and {_MOST_TRIES - 1} like it exist", code=409)


@git.tool("reads", about="Works in an existing branch from then on.")
async def set_active_branch(repository: WorkingCopy, branch_name: BranchName) -> str:
    """Make an existing branch the active one: files are read from and written to it."""
    await repository.activate_known(branch_name)
    return f"The active branch is '{branch_name}' now."


@git.tool("reads", about="Lists the branches.")
async def list_branches_in_repo(
    repository: WorkingCopy,
    query: Annotated[str | None, Field(description="Only branches whose name contains this.")] = None,
) -> str:
    """List the branches of the repository."""
    names = await repository.branches()
    shown = [name for name in names if not query or query.lower() in name.lower()]
    return "\n".join((f"Found {len(shown)} branches in the repository:", *shown))


@git.tool("reads", about="Lists the files of a folder.")
async def list_files(
    repository: WorkingCopy,
    directory_path: Annotated[str, Field(description="Folder; empty for all files.")] = "",
) -> str:
    """List the files of the active branch below a folder."""
    paths = await repository.paths(directory_path.strip("/"))
    return "\n".join((f"{len(paths)} files in the branch '{repository.active}':", *paths))


@git.tool("reads", about="Reads a file.")
async def read_file(repository: WorkingCopy, file_path: FilePath) -> str:
    """Read a file of the active branch."""
    return await repository.existing(file_path)


@git.tool("writes", about="Adds a file by a commit.")
async def create_file(repository: WorkingCopy, file_path: FilePath, file_contents: str, commit_message: Message) -> str:
    """Add a file to the active branch. For a file that is there already use update_file."""
    repository.refuse_base()
    if await repository.file(file_path) is not None:
        raise ToolFailed(f"The file {file_path} exists already", help="Change it with update_file.", code=409)
    await repository.add(file_path, file_contents, commit_message)
    return f"Created file {file_path} in the branch '{repository.active}': {commit_message}"


@git.tool("writes", about="Has the model write a file anew.", seconds=180)
async def update_file(repository: WorkingCopy, file_path: FilePath, task_details: Task, commit_message: Message) -> str:
    """Change a file of the active branch. Say in words what to change: the file is written anew by the model."""
    repository.refuse_base()
    text = await repository.existing(file_path)
    await repository.replace(file_path, await rewritten(repository, file_path, text, task_details), commit_message)
    return f"Updated file {file_path}"


@git.tool("writes", about="Has the model change parts of a file.", seconds=180)
async def update_file_diff(
    repository: WorkingCopy, file_path: FilePath, task_details: Task, commit_message: Message
) -> str:
    """Change a few places of a file of the active branch. Better than update_file for long files."""
    repository.refuse_base()
    text = await repository.existing(file_path)
    await repository.replace(file_path, await patched(repository, file_path, text, task_details), commit_message)
    return f"Updated file {file_path}"


@git.tool("destroys", about="Deletes a file by a commit.")
async def delete_file(repository: WorkingCopy, file_path: FilePath, commit_message: Message) -> str:
    """Delete a file from the active branch."""
    repository.refuse_base()
    await repository.delete(file_path, commit_message)
    return f"Deleted file {file_path}"


@git.tool("writes", about="Opens a merge or pull request of the active branch.")
async def create_pull_request(
    repository: WorkingCopy,
    pr_title: Annotated[str, Field(min_length=1, max_length=255)],
    pr_body: Annotated[str, Field(description="What it changes and why, in Markdown.")],
    base_branch: Annotated[str, Field(description="Into which branch; empty for the one changes start from.")] = "",
) -> str:
    """Open a merge request (pull request) from the active branch to the base branch."""
    repository.refuse_base()
    return await repository.propose(pr_title, pr_body, base_branch or repository.base)


@git.tool("reads", about="Shows what a merge or pull request changes.")
async def get_pr_changes(repository: WorkingCopy, pr_number: Number) -> str:
    """Show a merge or pull request: title, description and the diff. Each line has its index in front, for comments."""
    return (await repository.proposal(pr_number)).shown()


@git.tool("writes", about="Comments on a line of a merge or pull request.")
async def create_pr_change_comment(
    repository: WorkingCopy,
    pr_number: Number,
    file_path: FilePath,
    line_number: Annotated[int, Field(ge=0, description="Index of the line in the file's diff, from get_pr_changes.")],
    comment: Annotated[str, Field(min_length=1)],
) -> str:
    """Comment on a line of a merge or pull request's diff."""
    await repository.comment(pr_number, file_path, line_number, comment)
    return "Comment added"
