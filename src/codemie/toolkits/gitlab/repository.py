"""A repository at GitLab: https://docs.gitlab.com/api/repositories/."""

import base64
from typing import Any
from urllib.parse import quote

from codemie.toolkits.api import Api
from codemie.toolkits.connection import Connection
from codemie.toolkits.git.changes import FileChange, Proposal
from codemie.toolkits.git.working_copy import WorkingCopy, as_text, place

_PAGE, _MOST_PAGES = 100, 50


class GitLabRepository(WorkingCopy):
    """One project of GitLab."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        (token,) = connection.need("token")
        server, path = place(self.repository)
        self._api = Api(
            connection, "GitLab", f"{server}/api/v4/projects/{quote(path, safe='')}", {"PRIVATE-TOKEN": token}
        )

    async def branches(self) -> list[str]:
        return [branch["name"] for branch in await self._pages("repository/branches")]

    async def create_branch(self, name: str) -> bool:
        answer = await self._api.send("POST", "repository/branches", json={"branch": name, "ref": self.base})
        if not answer.ok and (answer.status != 400 or "already exists" not in answer.text):
            raise self._api.refusal(answer)
        return answer.ok

    async def paths(self, folder: str) -> list[str]:
        entries = await self._pages("repository/tree", path=folder, ref=self.active, recursive="true")
        return [entry["path"] for entry in entries if entry["type"] == "blob"]

    async def file(self, path: str, branch: str | None = None) -> str | None:
        answer = await self._api.send("GET", _file(path), params={"ref": branch or self.active})
        if answer.status == 404:
            return None
        if not answer.ok:
            raise self._api.refusal(answer)
        return as_text(path, base64.b64decode(answer.json()["content"]))

    async def add(self, path: str, content: str, message: str) -> None:
        body = {"branch": self.active, "commit_message": message, "content": content}
        await self._api.ask("POST", _file(path), json=body)

    async def replace(self, path: str, content: str, message: str) -> None:
        action = {"action": "update", "file_path": path, "content": content}
        body = {"branch": self.active, "commit_message": message, "actions": [action]}
        await self._api.ask("POST", "repository/commits", json=body)

    async def delete(self, path: str, message: str) -> None:
        await self._api.ask("DELETE", _file(path), params={"branch": self.active, "commit_message": message})

    async def propose(self, title: str, description: str, target: str) -> str:
        body = {"source_branch": self.active, "target_branch": target, "title": title, "description": description}
        made = await self._api.json("POST", "merge_requests", json=body)
        return f"Successfully created MR number {made['iid']}: {made['web_url']}"

    async def proposal(self, number: int) -> Proposal:
        request = await self._api.json("GET", f"merge_requests/{number}/changes")
        files = [FileChange(item["old_path"], item["new_path"], item["diff"]) for item in request["changes"]]
        return Proposal(request["title"], request.get("description") or "", files)

    async def comment(self, number: int, path: str, index: int, comment: str) -> None:
        request = await self._api.json("GET", f"merge_requests/{number}")
        file, line = (await self.proposal(number)).line(path, index)
        # A line is named by its numbers on the sides on which it exists.
        position: dict[str, Any] = {"position_type": "text"}
        position |= {name: request["diff_refs"][name] for name in ("base_sha", "head_sha", "start_sha")}
        if line.new is not None:
            position |= {"new_path": file.new_path, "new_line": line.new}
        if line.old is not None:
            position |= {"old_path": file.old_path, "old_line": line.old}
        body = {"body": comment, "position": position}
        await self._api.ask("POST", f"merge_requests/{number}/discussions", json=body)

    async def _pages(self, listed: str, /, **params: Any) -> list[Any]:
        """Every page of a list, within reason."""
        found: list[Any] = []
        for page in range(1, _MOST_PAGES + 1):
            answer = await self._api.ask("GET", listed, params={**params, "per_page": _PAGE, "page": page})
            found += answer.json()
            if not answer.headers.get("x-next-page"):
                break
        return found


def _file(path: str) -> str:
    return f"repository/files/{quote(path, safe='')}"
