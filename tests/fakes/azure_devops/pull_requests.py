"""Pull requests of the repositories: iterations, changes, threads, commits, work items."""

from typing import cast

from aiohttp import web

from tests.fakes.azure_devops.git import Commit, Git, Repository
from tests.fakes.azure_devops.refusing import Refused, answering
from tests.fakes.azure_devops.server import MOMENT, PERSON, PROJECT, Json, listed

_MOST_DESCRIBED = 4000


class PullRequests:
    """The pull requests of every repository.

    Args:
        git: the repositories.
    """

    def __init__(self, git: Git) -> None:
        self.git = git
        self.requests: dict[int, Json] = {}
        self.threads: dict[int, list[Json]] = {}

    def routes(self) -> list[web.RouteDef]:
        """See ``Area``; the service does not care about the case of paths, as clients know."""
        every = "/{project}/_apis/git/repositories/{repository}/{pulls:(?i:pullrequests)}"
        one = f"{every}/{{number}}"
        return [
            web.get(every, answering(self._list)),
            web.post(every, answering(self._create)),
            web.get(one, answering(self._show)),
            web.patch(one, answering(self._change)),
            web.get(f"{one}/commits", answering(self._commits)),
            web.get(f"{one}/iterations", answering(self._iterations)),
            web.get(f"{one}/iterations/{{iteration}}/changes", answering(self._changes)),
            web.get(f"{one}/threads", answering(self._threads)),
            web.post(f"{one}/threads", answering(self._discuss)),
            web.get(f"{one}/workitems", answering(self._work_items)),
        ]

    def _of(self, request: web.Request) -> tuple[Repository, Json]:
        repository = self.git.of(request)
        found = self.requests.get(int(request.match_info["number"]))
        if found is None or found["repository"]["id"] != repository.id:
            raise Refused(404, "TF401180: The requested pull request was not found.", "GitPullRequestNotFoundException")
        return repository, found

    async def _list(self, request: web.Request) -> web.Response:
        repository, query = self.git.of(request), request.query
        status = query.get("searchCriteria.status", "active")
        found = [
            item
            for _, item in sorted(self.requests.items(), reverse=True)
            if item["repository"]["id"] == repository.id and status in ("all", item["status"])
        ]
        skipped = int(query.get("$skip", 0))
        return listed([_shown(item) for item in found[skipped : skipped + int(query.get("$top", 101))]])

    async def _create(self, request: web.Request) -> web.Response:
        repository, sent = self.git.of(request), cast("Json", await request.json())
        refs = [sent["sourceRefName"], sent["targetRefName"]]
        if any(ref.removeprefix("refs/heads/") not in repository.branches for ref in refs):
            raise Refused(
                400,
                "TF401398: The pull request cannot be activated because the source and/or the target branch no longer "
                "exists, or the requested refs are not branches.",
                "GitPullRequestCannotBeActivated",
            )
        if len(sent.get("description", "")) > _MOST_DESCRIBED:
            raise Refused(
                400,
                "Invalid argument value.\r\nParameter name: A description for a pull request must not be longer than "
                "4000 characters.",
                "InvalidArgumentValueException",
            )
        for other in self.requests.values():
            same = other["repository"]["id"] == repository.id and other["status"] == "active"
            if same and [other["sourceRefName"], other["targetRefName"]] == refs:
                raise Refused(
                    409,
                    "TF401179: An active pull request for the source and target branch already exists.",
                    "GitPullRequestExistsException",
                )
        number = len(self.requests) + 1
        self.requests[number] = {
            "repository": repository.shown(),
            "pullRequestId": number,
            "codeReviewId": number,
            "status": "active",
            "createdBy": PERSON,
            "creationDate": MOMENT,
            "title": sent["title"],
            "description": sent.get("description", ""),
            "sourceRefName": refs[0],
            "targetRefName": refs[1],
            "mergeStatus": "succeeded",
            "isDraft": False,
            "reviewers": [],
            "url": f"https://dev.azure.com/contoso/{PROJECT}/_apis/git/repositories/{repository.id}/pullRequests/{number}",
            "workItemRefs": sent.get("workItemRefs", []),
        }
        return web.json_response(_shown(self.requests[number]), status=201)

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(_shown(self._of(request)[1]))

    async def _change(self, request: web.Request) -> web.Response:
        _, found = self._of(request)
        found.update(cast("Json", await request.json()))
        return web.json_response(_shown(found))

    async def _commits(self, request: web.Request) -> web.Response:
        repository, found = self._of(request)
        source, _, common = _ends(repository, found)
        new = [commit for commit in repository.history(source.id) if commit not in repository.history(common.id)]
        start, size = int(request.query.get("continuationToken", 0)), int(request.query.get("$top", 100))
        more = {"x-ms-continuationtoken": str(start + size)} if start + size < len(new) else {}
        return listed([commit.shown() for commit in new[start : start + size]], **more)

    async def _iterations(self, request: web.Request) -> web.Response:
        source, target, common = _ends(*self._of(request))
        iteration = {
            "id": 1,
            "author": PERSON,
            "createdDate": MOMENT,
            "sourceRefCommit": {"commitId": source.id},
            "targetRefCommit": {"commitId": target.id},
            "commonRefCommit": {"commitId": common.id},
            "reason": "create",
        }
        return listed([iteration])

    async def _changes(self, request: web.Request) -> web.Response:
        repository, found = self._of(request)
        if request.match_info["iteration"] != "1":
            raise Refused(404, "TF401181: The requested iteration was not found.", "GitPullRequestNotFoundException")
        source, _, common = _ends(repository, found)
        entries = _entries(common.files, source.files)
        skipped, size = int(request.query.get("$skip", 0)), int(request.query.get("$top", 100))
        rest = max(0, len(entries) - skipped - size)
        following = {"nextSkip": skipped + size if rest else 0, "nextTop": min(rest, size)}
        return web.json_response({"changeEntries": entries[skipped : skipped + size], **following})

    async def _threads(self, request: web.Request) -> web.Response:
        return listed(self.threads.get(self._of(request)[1]["pullRequestId"], []))

    async def _discuss(self, request: web.Request) -> web.Response:
        _, found = self._of(request)
        sent = cast("Json", await request.json())
        threads = self.threads.setdefault(found["pullRequestId"], [])
        comments = [
            {"parentCommentId": 0, "commentType": "text", **comment, "id": index, "author": PERSON}
            | {"publishedDate": MOMENT, "lastUpdatedDate": MOMENT}
            for index, comment in enumerate(sent["comments"], 1)
        ]
        thread = {"threadContext": None, **sent, "id": len(threads) + 1, "comments": comments, "publishedDate": MOMENT}
        threads.append(thread)
        return web.json_response(thread)

    async def _work_items(self, request: web.Request) -> web.Response:
        return listed(self._of(request)[1]["workItemRefs"])


def _shown(request: Json) -> Json:
    return {name: value for name, value in request.items() if name != "workItemRefs"}


def _ends(repository: Repository, request: Json) -> tuple[Commit, Commit, Commit]:
    """The commits of the source, of the target, and the last that both have."""
    source, target = (
        repository.commits[repository.branches[request[name].removeprefix("refs/heads/")]]
        for name in ("sourceRefName", "targetRefName")
    )
    known = {commit.id for commit in repository.history(target.id)}
    common = next(commit for commit in repository.history(source.id) if commit.id in known)
    return source, target, common


def _entries(before: dict[str, bytes], after: dict[str, bytes]) -> list[Json]:
    """What changed; a file that moved with its content is renamed."""
    gone = {content: path for path, content in before.items() if path not in after}
    entries: list[Json] = []
    for path in sorted(before.keys() | after.keys()):
        kind = "add" if path not in before else "delete" if path not in after else "edit"
        if before.get(path) == after.get(path) or (kind == "delete" and before[path] in after.values()):
            continue
        entry: Json = {"changeTrackingId": len(entries) + 1, "changeId": len(entries) + 1}
        entry |= {"item": {"path": f"/{path}", "gitObjectType": "blob"}, "changeType": kind}
        if kind == "add" and after[path] in gone:
            entry |= {"changeType": "rename", "originalPath": f"/{gone[after[path]]}"}
        entries.append(entry)
    return entries
