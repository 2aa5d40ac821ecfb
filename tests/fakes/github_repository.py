"""The repository of the GitHub fake: refs, branches, trees, contents.

After https://docs.github.com/en/rest/repos/contents and https://docs.github.com/en/rest/git.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.git_store import GitStore
from tests.fakes.github_wire import MOMENT, Json, Refused, invalid, listed, reply, sent

NAME = "team/app"
BASE = f"/repos/{NAME}"
LARGE = 2**20
"""Contents beyond this size come in raw form only."""


@dataclass(kw_only=True)
class Repository(GitStore):
    """One repository and what is said about it; issues and pull requests share their numbers."""

    issues: dict[int, Json] = field(default_factory=dict[int, Json])
    pulls: dict[int, Json] = field(default_factory=dict[int, Json])
    comments: dict[int, list[Json]] = field(default_factory=dict[int, list[Json]])
    """Of issues and pull requests, below them."""
    reviews: dict[int, list[Json]] = field(default_factory=dict[int, list[Json]])
    """Of pull requests, on lines."""

    def number(self) -> int:
        """The next one."""
        return max([0, *self.issues, *self.pulls]) + 1

    def open_issue(self, title: str, body: str, labels: list[str] | None = None) -> Json:
        """Write one down."""
        number = self.number()
        self.issues[number] = {
            "id": 500 + number,
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "labels": [{"name": label} for label in labels or ()],
            "user": {"login": "bot"},
            "comments": 0,
            "created_at": MOMENT,
            "html_url": f"https://github.example.com/{NAME}/issues/{number}",
        }
        return self.issues[number]


class Contents:
    """Refs, branches, trees and files."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository

    def routes(self) -> list[tuple[str, str, Any]]:
        """What it serves."""
        return [
            ("GET", BASE, self._show),
            ("GET", f"{BASE}/branches", self._branches),
            ("GET", f"{BASE}/branches/{{branch}}", self._branch),
            ("GET", f"{BASE}/git/ref/{{ref:.+}}", self._ref),
            ("POST", f"{BASE}/git/refs", self._create_ref),
            ("DELETE", f"{BASE}/git/refs/{{ref:.+}}", self._delete_ref),
            ("GET", f"{BASE}/git/trees/{{ref}}", self._tree),
            ("GET", f"{BASE}/contents/{{path:.*}}", self._content),
            ("PUT", f"{BASE}/contents/{{path:.*}}", self._put),
            ("DELETE", f"{BASE}/contents/{{path:.*}}", self._delete),
        ]

    async def _show(self, _: web.Request) -> web.Response:
        owner = {"login": "team", "type": "Organization"}
        rights = {"admin": False, "push": True, "pull": True}
        told = {"id": 7, "name": "app", "full_name": NAME, "private": True, "default_branch": "main"}
        return reply({**told, "owner": owner, "permissions": rights})

    async def _branches(self, request: web.Request) -> web.Response:
        return listed([self._shown(name) for name in sorted(self.repository.branches)], request)

    async def _branch(self, request: web.Request) -> web.Response:
        name = request.match_info["branch"]
        if name not in self.repository.branches:
            raise Refused(404, "Branch not found")
        return reply(self._shown(name))

    def _shown(self, name: str) -> Json:
        return {"name": name, "commit": {"sha": self.repository.branches[name]}, "protected": name == "main"}

    async def _ref(self, request: web.Request) -> web.Response:
        return reply(self._reference(request.match_info["ref"].removeprefix("heads/")))

    def _reference(self, branch: str) -> Json:
        if branch not in self.repository.branches:
            raise Refused(404, "Not Found")
        target = {"type": "commit", "sha": self.repository.branches[branch]}
        return {"ref": f"refs/heads/{branch}", "object": target}

    async def _create_ref(self, request: web.Request) -> web.Response:
        body = await sent(request)
        name, sha = str(body.get("ref") or ""), str(body.get("sha") or "")
        if not name.startswith("refs/heads/"):
            raise Refused(422, "Reference name must start with 'refs/' and contain at least two slashes.")
        branch = name.removeprefix("refs/heads/")
        if branch in self.repository.branches:
            raise Refused(422, "Reference already exists")
        if sha not in self.repository.commits:
            raise Refused(422, "Object does not exist")
        self.repository.branches[branch] = sha
        return reply(self._reference(branch), 201)

    async def _delete_ref(self, request: web.Request) -> web.Response:
        if self.repository.branches.pop(request.match_info["ref"].removeprefix("heads/"), None) is None:
            raise Refused(422, "Reference does not exist")
        return web.Response(status=204)

    async def _tree(self, request: web.Request) -> web.Response:
        files = self.repository.files(request.match_info["ref"])
        if files is None:
            raise Refused(404, "Not Found")
        folders = {path.rpartition("/")[0] for path in files} - {""}
        entries: list[Json] = [{"path": path, "type": "tree", "mode": "040000"} for path in folders]
        entries += [
            {"path": path, "type": "blob", "mode": "100644", "sha": blob(text), "size": len(text.encode())}
            for path, text in files.items()
        ]
        if not request.query.get("recursive"):
            entries = [entry for entry in entries if "/" not in entry["path"]]
        tree = sorted(entries, key=lambda entry: str(entry["path"]))
        return reply({"sha": blob(request.match_info["ref"]), "tree": tree, "truncated": False})

    def _files(self, ref: str) -> dict[str, str]:
        files = self.repository.files(ref)
        if files is None:
            raise Refused(404, f"No commit found for the ref {ref}")
        return files

    async def _content(self, request: web.Request) -> web.Response:
        path, files = request.match_info["path"].strip("/"), self._files(request.query.get("ref", "main"))
        if path in files:
            if "raw" in request.headers.get("accept", ""):
                return web.Response(text=files[path], content_type="application/vnd.github.raw+json")
            return reply(_file(path, files[path]))
        below = [name for name in files if not path or name.startswith(f"{path}/")]
        if not below:
            raise Refused(404, "Not Found")
        direct = [name for name in below if "/" not in name.removeprefix(f"{path}/" if path else "")]
        return reply([{"type": "file", "path": name, "name": name.rpartition("/")[2]} for name in sorted(direct)])

    async def _put(self, request: web.Request) -> web.Response:
        path, body = request.match_info["path"], await sent(request)
        branch = self._branch_of(body)
        files = self._files(branch)
        if not body.get("message") or "content" not in body:
            raise Refused(422, 'Invalid request.\n\n"message", "content" weren\'t supplied.')
        if path in files:
            _check(path, files[path], body)
        try:
            text = base64.b64decode(body["content"], validate=True).decode()
        except ValueError as error:
            raise invalid("Content", "content is not valid Base64", "content") from error
        made = self.repository.commit(branch, body["message"], {**files, path: text})
        told = {"content": _file(path, text), "commit": {"sha": made.id, "message": made.message}}
        return reply(told, 200 if path in files else 201)

    async def _delete(self, request: web.Request) -> web.Response:
        path, body = request.match_info["path"], {**request.query, **await sent(request)}
        branch = self._branch_of(body)
        files = self._files(branch)
        if path not in files:
            raise Refused(404, "Not Found")
        _check(path, files[path], body)
        made = self.repository.commit(branch, body["message"], {name: files[name] for name in files if name != path})
        return reply({"content": None, "commit": {"sha": made.id, "message": made.message}})

    def _branch_of(self, body: Json) -> str:
        branch = str(body.get("branch") or "main")
        if branch not in self.repository.branches:
            raise Refused(404, f"Branch {branch} not found")
        return branch


def blob(text: str) -> str:
    """The name that Git gives to a content."""
    content = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _check(path: str, text: str, body: Json) -> None:
    """Whoever changes a file says which one they saw."""
    if not body.get("sha"):
        raise Refused(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if body["sha"] != blob(text):
        raise Refused(409, f"{path} does not match {body['sha']}")


def _file(path: str, text: str) -> Json:
    content = text.encode()
    told: Json = {"type": "file", "path": path, "name": path.rpartition("/")[2], "size": len(content)}
    told["sha"] = blob(text)
    if len(content) > LARGE:
        return {**told, "encoding": "none", "content": ""}
    return {**told, "encoding": "base64", "content": base64.encodebytes(content).decode()}
