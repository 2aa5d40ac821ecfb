"""What people say about the repository of the GitHub fake: issues, pull requests, comments.

After https://docs.github.com/en/rest/issues and https://docs.github.com/en/rest/pulls.
"""

from typing import Any

from aiohttp import web

from tests.fakes.git_store import diff, lines_of
from tests.fakes.github_repository import BASE, NAME, Repository
from tests.fakes.github_wire import MOMENT, Json, Refused, invalid, listed, reply, sent


class Talk:
    """Issues and pull requests."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository

    def routes(self) -> list[tuple[str, str, Any]]:
        """What it serves."""
        issue, pull = f"{BASE}/issues/{{number:\\d+}}", f"{BASE}/pulls/{{number:\\d+}}"
        return [
            ("GET", f"{BASE}/issues", self._issues),
            ("POST", f"{BASE}/issues", self._create_issue),
            ("GET", issue, self._issue),
            ("PATCH", issue, self._change_issue),
            ("GET", f"{issue}/comments", self._comments),
            ("POST", f"{issue}/comments", self._comment),
            ("GET", f"{BASE}/pulls", self._pulls),
            ("POST", f"{BASE}/pulls", self._create_pull),
            ("GET", pull, self._pull),
            ("PATCH", pull, self._change_pull),
            ("GET", f"{pull}/files", self._files),
            ("GET", f"{pull}/comments", self._reviews),
            ("POST", f"{pull}/comments", self._review),
        ]

    async def _issues(self, request: web.Request) -> web.Response:
        """Every pull request is an issue, too."""
        state = request.query.get("state", "open")
        found = {**self.repository.issues, **{number: self._shown(number) for number in self.repository.pulls}}
        shown = [found[number] for number in sorted(found, reverse=True)]
        return listed([item for item in shown if state in ("all", item["state"])], request)

    async def _create_issue(self, request: web.Request) -> web.Response:
        body = await sent(request)
        if not body.get("title"):
            raise invalid("Issue", "title is missing", "title", "missing_field")
        return reply(self.repository.open_issue(body["title"], body.get("body") or "", body.get("labels")), 201)

    def _found(self, request: web.Request) -> Json:
        issue = self.repository.issues.get(int(request.match_info["number"]))
        if issue is None:
            raise Refused(404, "Not Found")
        return issue

    async def _issue(self, request: web.Request) -> web.Response:
        return reply(self._found(request))

    async def _change_issue(self, request: web.Request) -> web.Response:
        issue, body = self._found(request), await sent(request)
        if body.get("state") not in (None, "open", "closed"):
            raise invalid("Issue", "state is not included in the list", "state", "invalid")
        issue.update({name: body[name] for name in ("title", "body", "state") if name in body})
        return reply(issue)

    def _talked_about(self, request: web.Request) -> int:
        number = int(request.match_info["number"])
        if number not in self.repository.issues and number not in self.repository.pulls:
            raise Refused(404, "Not Found")
        return number

    async def _comments(self, request: web.Request) -> web.Response:
        return listed(self.repository.comments.get(self._talked_about(request), []), request)

    async def _comment(self, request: web.Request) -> web.Response:
        number, body = self._talked_about(request), await sent(request)
        if not body.get("body"):
            raise invalid("IssueComment", "body is missing", "body", "missing_field")
        kept = self.repository.comments.setdefault(number, [])
        kept.append({"id": len(kept) + 1, "body": body["body"], "user": {"login": "bot"}, "created_at": MOMENT})
        return reply(kept[-1], 201)

    async def _pulls(self, request: web.Request) -> web.Response:
        state = request.query.get("state", "open")
        shown = [self._shown(number) for number in sorted(self.repository.pulls, reverse=True)]
        return listed([item for item in shown if state in ("all", item["state"])], request)

    def _shown(self, number: int) -> Json:
        pull = self.repository.pulls.get(number)
        if pull is None:
            raise Refused(404, "Not Found")
        ends = {side: {**pull[side], "sha": self.repository.branches[pull[side]["ref"]]} for side in ("head", "base")}
        return {**pull, **ends, "pull_request": {"html_url": pull["html_url"]}}

    async def _create_pull(self, request: web.Request) -> web.Response:
        body = await sent(request)
        head, base = (str(body.get(side) or "").removeprefix("team:") for side in ("head", "base"))
        for side, branch in (("head", head), ("base", base)):
            if branch not in self.repository.branches:
                raise invalid("PullRequest", f"{side} is invalid", side, "invalid")
        if not self.repository.changed(base, head):
            raise invalid("PullRequest", f"No commits between {base} and {head}")
        for other in self.repository.pulls.values():
            if other["state"] == "open" and (other["head"]["ref"], other["base"]["ref"]) == (head, base):
                raise invalid("PullRequest", f"A pull request already exists for team:{head}.")
        number = self.repository.number()
        self.repository.pulls[number] = {
            "id": 1000 + number,
            "number": number,
            "title": body.get("title"),
            "body": body.get("body"),
            "state": "open",
            "draft": bool(body.get("draft")),
            "head": {"ref": head, "label": f"team:{head}"},
            "base": {"ref": base, "label": f"team:{base}"},
            "user": {"login": "bot"},
            "created_at": MOMENT,
            "html_url": f"https://github.example.com/{NAME}/pull/{number}",
        }
        return reply(self._shown(number), 201)

    async def _pull(self, request: web.Request) -> web.Response:
        return reply(self._shown(int(request.match_info["number"])))

    async def _change_pull(self, request: web.Request) -> web.Response:
        number, body = int(request.match_info["number"]), await sent(request)
        self._shown(number)
        self.repository.pulls[number].update({name: body[name] for name in ("title", "body", "state") if name in body})
        return reply(self._shown(number))

    def _changes(self, number: int) -> list[Json]:
        pull = self._shown(number)
        changed = self.repository.changed(pull["base"]["ref"], pull["head"]["ref"])
        return [_change(path, before, after) for path, before, after in changed]

    async def _files(self, request: web.Request) -> web.Response:
        return listed(self._changes(int(request.match_info["number"])), request)

    async def _reviews(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        self._shown(number)
        return listed(self.repository.reviews.get(number, []), request)

    async def _review(self, request: web.Request) -> web.Response:
        number, body = int(request.match_info["number"]), await sent(request)
        pull = self._shown(number)
        if body.get("commit_id") != pull["head"]["sha"]:
            raise invalid("PullRequestReviewComment", "commit_id is not part of the pull request", "commit_id")
        patch = next((item["patch"] for item in self._changes(number) if item["filename"] == body.get("path")), "")
        old_side = body.get("side") == "LEFT"
        if body.get("line") not in {old if old_side else new for old, new in lines_of(patch)} - {None}:
            raise invalid("PullRequestReviewComment", "could not be resolved", "pull_request_review_thread.line")
        kept = self.repository.reviews.setdefault(number, [])
        named = {name: body[name] for name in ("body", "path", "line", "commit_id")}
        kept.append({**named, "id": len(kept) + 1, "side": body.get("side", "RIGHT"), "user": {"login": "bot"}})
        return reply(kept[-1], 201)


def _change(path: str, before: str | None, after: str | None) -> Json:
    patch = diff(before or "", after or "")
    signs = [line[:1] for line in patch.splitlines()]
    return {
        "filename": path,
        "status": "added" if before is None else "removed" if after is None else "modified",
        "additions": signs.count("+"),
        "deletions": signs.count("-"),
        "changes": signs.count("+") + signs.count("-"),
        "patch": patch,
    }
