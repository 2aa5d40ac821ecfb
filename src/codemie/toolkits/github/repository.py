"""A repository at GitHub: https://docs.github.com/en/rest/repos/contents, https://docs.github.com/en/rest/pulls."""

import base64
from typing import Any
from urllib.parse import quote

from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import ToolFailed
from codemie.toolkits.git.changes import FileChange, Proposal
from codemie.toolkits.git.working_copy import WorkingCopy, as_text, place
from codemie.toolkits.github.client import GitHub

_MOST_PAGES = 50
_MOST_FILE_PAGES = 30
"""GitHub shows the first 3000 files of a pull request."""
_RAW = {"accept": "application/vnd.github.raw+json"}


class GitHubRepository(WorkingCopy):
    """One repository of GitHub."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        server, path = place(self.repository)
        owner, _, name = path.partition("/")
        self._of = f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}"
        self._seen: dict[str, str] = {}
        """The contents that were read, by path: whoever changes a file says which one they saw."""
        self._api = GitHub(connection, server, owner)

    async def branches(self) -> list[str]:
        return [branch["name"] for branch in await self._api.pages(f"{self._of}/branches", _MOST_PAGES)]

    async def create_branch(self, name: str) -> bool:
        start = await self._api.json("GET", f"{self._of}/git/ref/heads/{quote(self.base, safe='')}")
        body = {"ref": f"refs/heads/{name}", "sha": start["object"]["sha"]}
        answer = await self._api.send("POST", f"{self._of}/git/refs", json=body)
        if not answer.ok and (answer.status != 422 or "already exists" not in answer.text):
            raise self._api.refusal(answer)
        return answer.ok

    async def paths(self, folder: str) -> list[str]:
        path = f"{self._of}/git/trees/{quote(self.active, safe='')}"
        tree = await self._api.json("GET", path, params={"recursive": "1"})
        if tree.get("truncated"):
            raise ToolFailed(
                "The repository has more files than GitHub lists at once",
                help="Read a file whose path you know, or list a folder with the tool github: …/contents/folder.",
                code=413,
            )
        files = (entry["path"] for entry in tree["tree"] if entry["type"] == "blob")
        return [file for file in files if not folder or file.startswith(f"{folder}/")]

    async def file(self, path: str, branch: str | None = None) -> str | None:
        ref = {"ref": branch or self.active}
        answer = await self._api.send("GET", self._content(path), params=ref)
        if answer.status == 404:
            return None
        if not answer.ok:
            raise self._api.refusal(answer)
        found = answer.json()
        if not isinstance(found, dict) or found.get("type") != "file":
            raise ToolFailed(f"{path} is no file", help="List it with list_files.", code=422)
        self._seen[path] = found["sha"]
        if found.get("encoding") == "base64":
            return as_text(path, base64.b64decode(found["content"]))
        # What is longer than a megabyte comes in raw form only.
        raw = await self._api.ask("GET", self._content(path), params=ref, headers=_RAW)
        return as_text(path, raw.body)

    async def add(self, path: str, content: str, message: str) -> None:
        await self._put(path, content, message, {})

    async def replace(self, path: str, content: str, message: str) -> None:
        await self._put(path, content, message, {"sha": self._seen[path]})

    async def _put(self, path: str, content: str, message: str, seen: dict[str, str]) -> None:
        encoded = base64.b64encode(content.encode()).decode()
        body = {"message": message, "content": encoded, "branch": self.active, **seen}
        await self._api.ask("PUT", self._content(path), json=body)

    async def delete(self, path: str, message: str) -> None:
        await self.existing(path)
        body = {"message": message, "branch": self.active, "sha": self._seen[path]}
        await self._api.ask("DELETE", self._content(path), json=body)

    async def propose(self, title: str, description: str, target: str) -> str:
        body = {"title": title, "body": description, "head": self.active, "base": target}
        made = await self._api.json("POST", f"{self._of}/pulls", json=body)
        return f"Successfully created PR number {made['number']}: {made['html_url']}"

    async def proposal(self, number: int) -> Proposal:
        request = await self._request(number)
        files = await self._api.pages(f"{self._of}/pulls/{number}/files", _MOST_FILE_PAGES)
        changes = [
            FileChange(file.get("previous_filename") or file["filename"], file["filename"], file.get("patch") or "")
            for file in files
        ]
        return Proposal(request["title"], request.get("body") or "", changes)

    async def comment(self, number: int, path: str, index: int, comment: str) -> None:
        request = await self._request(number)
        file, line = (await self.proposal(number)).line(path, index)
        # Deleted lines are on the left side, all others on the right one.
        side, named = ("LEFT", line.old) if line.new is None else ("RIGHT", line.new)
        body = {
            "body": comment,
            "commit_id": request["head"]["sha"],
            "path": file.new_path,
            "line": named,
            "side": side,
        }
        await self._api.ask("POST", f"{self._of}/pulls/{number}/comments", json=body)

    async def _request(self, number: int) -> Any:
        return await self._api.json("GET", f"{self._of}/pulls/{number}")

    def _content(self, path: str) -> str:
        return f"{self._of}/contents/{quote(path, safe='')}"
