"""Repositories: branches, pushes, files. https://learn.microsoft.com/rest/api/azure/devops/git/."""

import base64
import mimetypes
import secrets
from dataclasses import dataclass, field
from typing import Any, cast

from aiohttp import web

from tests.fakes.azure_devops.refusing import Refused, answering
from tests.fakes.azure_devops.server import MOMENT, PERSON, PROJECT, Json, listed

NOBODY = "0" * 40
CODE = "a = 1\nb = 2\nc = 3\n"


@dataclass
class Commit:
    """One commit: its files are complete."""

    id: str
    comment: str
    files: dict[str, bytes]
    parent: str | None

    def shown(self) -> Json:
        """As the service writes it."""
        author = {"name": PERSON["displayName"], "email": PERSON["uniqueName"], "date": MOMENT}
        return {"commitId": self.id, "comment": self.comment, "author": author, "committer": author}


@dataclass
class Repository:
    """One repository.

    Args:
        id: of the service.
        name: unique in the project.
        commits: by id.
        branches: the commit that each is at.
        protected: branches that only pull requests change.
        stale: commits that branches are told to be at once more, although somebody pushed since.
    """

    id: str
    name: str
    commits: dict[str, Commit] = field(default_factory=dict[str, Commit])
    branches: dict[str, str] = field(default_factory=dict[str, str])
    protected: set[str] = field(default_factory=set[str])
    stale: dict[str, str] = field(default_factory=dict[str, str])

    def commit(self, branch: str, comment: str, files: dict[str, bytes]) -> Commit:
        """Put a commit on a branch."""
        made = Commit(secrets.token_hex(20), comment, files, self.branches.get(branch))
        self.commits[made.id] = made
        self.branches[branch] = made.id
        return made

    def text(self, branch: str, path: str) -> str | None:
        """A file of a branch."""
        content = self.commits[self.branches[branch]].files.get(path)
        return None if content is None else content.decode()

    def history(self, commit: str | None) -> list[Commit]:
        """A commit and those it came from, newest first."""
        found: list[Commit] = []
        while commit:
            found.append(self.commits[commit])
            commit = found[-1].parent
        return found

    def shown(self) -> Json:
        """As the service writes it."""
        project = {"id": "22222222-2222-2222-2222-222222222222", "name": PROJECT, "state": "wellFormed"}
        url = f"https://dev.azure.com/contoso/{PROJECT}/_git/{self.name}"
        return {
            "id": self.id,
            "name": self.name,
            "project": project,
            "defaultBranch": "refs/heads/main",
            "size": 728,
            "remoteUrl": url,
            "webUrl": url,
            "isDisabled": False,
        }


class Git:
    """The repositories of the project: `app`, in which something is going on already, and `other`."""

    def __init__(self) -> None:
        self.repositories = [
            Repository("33333333-3333-3333-3333-333333333333", "app"),
            Repository("44444444-4444-4444-4444-444444444444", "other repository"),
        ]
        first = {"README.md": b"# App\n", "src/app.py": CODE.encode(), "logo.png": bytes(range(256))}
        self.app.commit("main", "First", first)
        self.app.branches["work"] = self.app.branches["main"]
        self.repositories[1].commit("main", "First", {"README.md": b"# Other\n"})

    @property
    def app(self) -> Repository:
        """The repository of the tests."""
        return self.repositories[0]

    def routes(self) -> list[web.RouteDef]:
        """See ``Area``."""
        one = "/{project}/_apis/git/repositories/{repository}"
        return [
            web.get("/{project}/_git/{repository}/info/refs", answering(self._advertise)),
            web.get("/_apis/git/repositories", answering(self._repositories)),
            web.get("/{project}/_apis/git/repositories", answering(self._repositories)),
            web.get(one, answering(self._repository)),
            web.get(f"{one}/stats/branches", answering(self._statistics)),
            web.get(f"{one}/refs", answering(self._refs)),
            web.post(f"{one}/refs", answering(self._update_refs)),
            web.post(f"{one}/pushes", answering(self._push)),
            web.get(f"{one}/items", answering(self._items)),
        ]

    def of(self, request: web.Request) -> Repository:
        """The repository that the path names."""
        wanted = request.match_info["repository"]
        for repository in self.repositories:
            if wanted.lower() in (repository.id, repository.name):
                return repository
        raise Refused(
            404,
            f"TF401019: The Git repository with name or identifier {wanted} does not exist or you do not have "
            "permissions for the operation you are attempting.",
            "GitRepositoryNotFoundException",
        )

    async def _repositories(self, _: web.Request) -> web.Response:
        return listed([repository.shown() for repository in self.repositories])

    async def _repository(self, request: web.Request) -> web.Response:
        return web.json_response(self.of(request).shown())

    async def _advertise(self, request: web.Request) -> web.Response:
        """The beginning of a fetch over smart HTTP."""
        self.of(request)
        kind = "application/x-git-upload-pack-advertisement"
        return web.Response(body=b"001e# service=git-upload-pack\n0000", content_type=kind)

    async def _statistics(self, request: web.Request) -> web.Response:
        repository = self.of(request)
        name = request.query.get("name")
        if name is None:
            return listed([_statistics(repository, branch) for branch in sorted(repository.branches)])
        if name not in repository.branches:
            raise _unresolvable(repository, "branch", name)
        return web.json_response(_statistics(repository, name))

    async def _refs(self, request: web.Request) -> web.Response:
        repository, prefix = self.of(request), request.query.get("filter", "")
        found = [
            {"name": f"refs/heads/{branch}", "objectId": commit, "creator": PERSON}
            for branch, commit in sorted(repository.branches.items())
            if f"heads/{branch}".startswith(prefix)
        ]
        start, size = int(request.query.get("continuationToken", 0)), int(request.query.get("$top", 1000))
        more = {"x-ms-continuationtoken": str(start + size)} if start + size < len(found) else {}
        return listed(found[start : start + size], **more)

    async def _update_refs(self, request: web.Request) -> web.Response:
        """Each update has its own success; the status of HTTP is 200 whatever became of them."""
        repository = self.of(request)
        return listed([_updated(repository, update) for update in cast("list[Json]", await request.json())])

    async def _push(self, request: web.Request) -> web.Response:
        repository, sent = self.of(request), cast("Json", await request.json())
        update = sent["refUpdates"][0]
        branch = _branch(update["name"])
        if branch in repository.protected:
            raise Refused(
                403,
                "TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.",
                "GitRefUpdateRejectedByPolicyException",
            )
        if update["oldObjectId"] != repository.branches.get(branch, NOBODY):
            raise Refused(
                409,
                f"TF401028: The reference '{update['name']}' has already been updated by another client, so you cannot "
                "update it. Please try again.",
                "GitReferenceStaleException",
            )
        before = repository.branches.get(branch)
        for commit in sent["commits"]:
            files = dict(repository.commits[repository.branches[branch]].files) if branch in repository.branches else {}
            for change in commit["changes"]:
                _apply(repository, files, change)
            repository.commit(branch, commit["comment"], files)
        made = repository.history(repository.branches[branch])[: len(sent["commits"])]
        updated = {"name": update["name"], "oldObjectId": before or NOBODY, "newObjectId": repository.branches[branch]}
        told = {"commits": [commit.shown() for commit in made], "refUpdates": [updated], "pushId": len(made)}
        return web.json_response({**told, "date": MOMENT, "pushedBy": PERSON}, status=201)

    async def _items(self, request: web.Request) -> web.Response:
        repository, query = self.of(request), request.query
        commit, version = self._version(repository, query)
        path = (query.get("path") or query.get("scopePath") or "/").strip("/")
        inside = {name for name in commit.files if not path or name == path or name.startswith(f"{path}/")}
        if not inside:
            raise Refused(
                404,
                f"TF401174: The item '{path}' could not be found in the repository '{repository.name}' at the version "
                f"specified by '{version}' (resolved to commit '{commit.id}')",
                "GitItemNotFoundException",
            )
        if "path" in query:
            return _one(commit, path, request)
        full = query.get("recursionLevel", "none").lower() == "full"
        folders = {name.rsplit("/", up)[0] for name in inside for up in range(1, name.count("/") + 1) if full} | {path}
        entries = [_folder(commit, name) for name in sorted(folders - inside)]
        entries += [_item(commit, name) for name in sorted(inside) if full or name == path]
        return listed(entries)

    def _version(self, repository: Repository, query: Any) -> tuple[Commit, str]:
        wanted = query.get("versionDescriptor.version", "main")
        kind = query.get("versionDescriptor.versionType", "branch").lower()
        found = repository.branches.get(wanted) if kind == "branch" else wanted
        if found not in repository.commits:
            raise _unresolvable(repository, kind, wanted)
        return repository.commits[cast("str", found)], f"<{kind.title()}: {wanted} >"


def _unresolvable(repository: Repository, kind: str, version: str) -> Refused:
    return Refused(
        404,
        f"TF401175: The version descriptor <{kind.title()}: {version} > could not be resolved to a version in the "
        f"repository {repository.name}",
        "GitUnresolvableToCommitException",
    )


def _statistics(repository: Repository, branch: str) -> Json:
    commit = repository.commits[repository.stale.pop(branch, repository.branches[branch])]
    return {
        "commit": commit.shown(),
        "name": branch,
        "aheadCount": 0,
        "behindCount": 0,
        "isBaseVersion": branch == "main",
    }


def _branch(ref: str) -> str:
    return ref.removeprefix("refs/heads/")


def _updated(repository: Repository, update: Json) -> Json:
    branch, new = _branch(update["name"]), update["newObjectId"]
    status = "succeeded"
    if any(mark in branch for mark in " ~^:?*[\\"):
        status = "invalidRefName"
    elif update["oldObjectId"] != repository.branches.get(branch, NOBODY):
        status = "staleOldObjectId"
    elif new == NOBODY:
        repository.branches.pop(branch, None)
    elif new in repository.commits:
        repository.branches[branch] = new
    else:
        status = "unresolvableToCommit"
    told = {name: update[name] for name in ("name", "oldObjectId", "newObjectId")}
    return {**told, "repositoryId": repository.id, "updateStatus": status, "success": status == "succeeded"}


def _apply(repository: Repository, files: dict[str, bytes], change: Json) -> None:
    path = change["item"]["path"].strip("/")
    if change["changeType"] == "add" and path in files:
        raise Refused(
            400,
            f"The path '/{path}' specified in the add operation already exists. Please specify a new path.",
            "InvalidArgumentValueException",
        )
    if change["changeType"] != "add" and path not in files:
        raise Refused(
            404,
            f"TF401174: The item '/{path}' could not be found in the repository '{repository.name}'.",
            "GitItemNotFoundException",
        )
    if change["changeType"] == "delete":
        del files[path]
        return
    content = change["newContent"]
    is_text = content["contentType"] == "rawtext"
    files[path] = content["content"].encode() if is_text else base64.b64decode(content["content"])


def _one(commit: Commit, path: str, request: web.Request) -> web.Response:
    """An item as JSON where that is asked for, or else its content."""
    wanted = request.headers.get("Accept", "*/*")
    if request.query.get("$format") == "json" or "application/json" in wanted or path not in commit.files:
        shown = _item(commit, path) if path in commit.files else _folder(commit, path)
        if request.query.get("includeContent") == "true" and path in commit.files:
            shown["content"] = commit.files[path].decode(errors="replace")
        return web.json_response(shown)
    kind = "text/plain" if wanted.startswith("text/plain") else "application/octet-stream"
    return web.Response(body=commit.files[path], content_type=kind)


def _item(commit: Commit, path: str) -> Json:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    metadata = {"encoding": 65001, "contentType": kind, "fileName": path.rpartition("/")[2]}
    return {
        "objectId": secrets.token_hex(20),
        "gitObjectType": "blob",
        "commitId": commit.id,
        "path": f"/{path}",
        "contentMetadata": metadata,
    }


def _folder(commit: Commit, path: str) -> Json:
    shown = {"objectId": secrets.token_hex(20), "gitObjectType": "tree", "commitId": commit.id, "path": f"/{path}"}
    return {**shown, "isFolder": True}
