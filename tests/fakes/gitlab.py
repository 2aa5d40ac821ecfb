"""GitLab, as far as tools use it: projects, branches, files, commits, merge requests, discussions, issues, pipelines.

After https://docs.gitlab.com/api/rest/: what is created can be read back, lists have pages, refusals are GitLab's.
"""

import base64
import secrets
from dataclasses import dataclass, field
from typing import Any, cast

from aiohttp import web

from tests.fakes.git_http import Clonable
from tests.fakes.git_store import GitStore, diff, lines_of
from tests.fakes.vendor_server import Faults, page_of

TOKEN = "glpat-right"
READ_ONLY = "glpat-read-only"
MOMENT = "2026-01-01T10:00:00.000Z"
PROJECT = "team/app"

_NO_LINE = '400 Bad request - Note {:line_code=>["can\'t be blank", "must be a valid line code"]}'

Json = dict[str, Any]


@dataclass(kw_only=True)
class Project(GitStore):
    """One repository and what belongs to it."""

    id: int
    path: str
    merge_requests: dict[int, Json] = field(default_factory=dict[int, Json])
    discussions: dict[int, list[Json]] = field(default_factory=dict[int, list[Json]])
    issues: dict[int, Json] = field(default_factory=dict[int, Json])
    notes: dict[int, list[Json]] = field(default_factory=dict[int, list[Json]])
    pipelines: dict[int, Json] = field(default_factory=dict[int, Json])
    jobs: dict[int, Json] = field(default_factory=dict[int, Json])

    def changes(self, request: Json) -> list[Json]:
        """What a merge request changes, as unified diffs without file headers."""
        return [
            {
                "old_path": path,
                "new_path": path,
                "new_file": before is None,
                "deleted_file": after is None,
                "renamed_file": False,
                "diff": diff(before or "", after or "") + "\n",
            }
            for path, before, after in self.changed(request["target_branch"], request["source_branch"])
        ]


class GitLab:
    """A server with one project, `team/app`, in which something is going on already.

    Args:
        public: whether strangers may clone its repository.
    """

    def __init__(self, *, public: bool = False) -> None:
        self.public = public
        self.faults = Faults()
        self.scopes = {TOKEN: ["api"], READ_ONLY: ["read_api"]}
        self.expires_at = "2099-12-31"
        """The last day of every token."""
        self.projects = {7: Project(id=7, path=PROJECT)}
        project = self.projects[7]
        project.commit("main", "First", {"README.md": "# App\n", "src/app.py": "a = 1\nb = 2\nc = 3\n"})
        project.pipelines[100] = _pipeline(100, "main", "failed")
        project.jobs[1000] = {"id": 1000, "name": "test", "stage": "test", "status": "failed", "pipeline": 100}
        project.jobs[1000]["trace"] = "\n".join(
            [*(f"line {number}" for number in range(500)), "ERROR: assertion failed"]
        )
        project.issues[1] = _issue(1, "The first issue", "It is broken.")

    @property
    def project(self) -> Project:
        """The only project."""
        return self.projects[7]

    def app(self) -> web.Application:
        """Its API."""
        app = web.Application(middlewares=[self.faults.middleware, self._signed_in])
        base, repository, merges = "/api/v4/projects/{id}", "/repository", "/merge_requests"
        routes: list[tuple[str, str, Any]] = [
            ("GET", "/api/v4/user", self._user),
            ("GET", "/api/v4/personal_access_tokens/self", self._token),
            ("GET", "/api/v4/projects", self._projects),
            ("GET", base, self._show_project),
            ("GET", f"{base}{repository}/branches", self._branches),
            ("POST", f"{base}{repository}/branches", self._create_branch),
            ("GET", f"{base}{repository}/branches/{{branch}}", self._branch),
            ("DELETE", f"{base}{repository}/branches/{{branch}}", self._delete_branch),
            ("GET", f"{base}{repository}/tree", self._tree),
            ("GET", f"{base}{repository}/files/{{path}}", self._file),
            ("POST", f"{base}{repository}/files/{{path}}", self._create_file),
            ("PUT", f"{base}{repository}/files/{{path}}", self._update_file),
            ("DELETE", f"{base}{repository}/files/{{path}}", self._delete_file),
            ("POST", f"{base}{repository}/commits", self._commit),
            ("GET", f"{base}{merges}", self._merge_requests),
            ("POST", f"{base}{merges}", self._create_merge_request),
            ("GET", f"{base}{merges}/{{iid}}", self._merge_request),
            ("GET", f"{base}{merges}/{{iid}}/changes", self._changes),
            ("GET", f"{base}{merges}/{{iid}}/discussions", self._discussions),
            ("POST", f"{base}{merges}/{{iid}}/discussions", self._discuss),
            ("GET", f"{base}/issues", self._issues),
            ("POST", f"{base}/issues", self._create_issue),
            ("GET", f"{base}/issues/{{iid}}", self._issue),
            ("PUT", f"{base}/issues/{{iid}}", self._change_issue),
            ("GET", f"{base}/issues/{{iid}}/notes", self._notes),
            ("POST", f"{base}/issues/{{iid}}/notes", self._note),
            ("GET", f"{base}/pipelines", self._pipelines),
            ("GET", f"{base}/pipelines/{{number}}", self._pipeline),
            ("GET", f"{base}/pipelines/{{number}}/jobs", self._jobs),
            ("POST", f"{base}/pipelines/{{number}}/retry", self._retry),
            ("GET", f"{base}/jobs/{{number}}/trace", self._trace),
        ]
        app.add_routes([web.route(method, path, handler) for method, path, handler in routes])
        Clonable(self.project, "team/app", TOKEN, READ_ONLY, public=self.public).add_to(app)
        return app

    @web.middleware
    async def _signed_in(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if not request.path.startswith("/api/"):
            return await self._answered(request, handler)
        token = _sent(request)
        if token not in (TOKEN, READ_ONLY):
            return web.json_response({"message": "401 Unauthorized"}, status=401)
        if token == READ_ONLY and request.method != "GET":
            told = {"error": "insufficient_scope", "error_description": "The request requires higher privileges."}
            return web.json_response({**told, "scope": "api"}, status=403)
        return await self._answered(request, handler)

    async def _answered(self, request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            answer: web.StreamResponse = await handler(request)
        except _Refused as refusal:
            return web.json_response(refusal.body, status=refusal.status)
        return answer

    def _of(self, request: web.Request) -> Project:
        wanted = request.match_info["id"]
        for project in self.projects.values():
            if wanted in (str(project.id), project.path):
                return project
        raise _Refused(404, "404 Project Not Found")

    async def _user(self, _: web.Request) -> web.Response:
        return web.json_response({"id": 1, "username": "bot", "name": "Bot", "state": "active"})

    async def _token(self, request: web.Request) -> web.Response:
        told = {"id": 1, "name": "codemie", "revoked": False, "active": True, "expires_at": self.expires_at}
        return web.json_response({**told, "scopes": self.scopes[_sent(request)]})

    async def _projects(self, request: web.Request) -> web.Response:
        shown = [_project(project) for project in self.projects.values()]
        return _listed(
            [item for item in shown if request.query.get("search", "") in item["path_with_namespace"]], request
        )

    async def _show_project(self, request: web.Request) -> web.Response:
        return web.json_response(_project(self._of(request)))

    async def _branches(self, request: web.Request) -> web.Response:
        project = self._of(request)
        return _listed([_branch(project, name) for name in sorted(project.branches)], request)

    async def _branch(self, request: web.Request) -> web.Response:
        project, name = self._of(request), request.match_info["branch"]
        if name not in project.branches:
            raise _Refused(404, "404 Branch Not Found")
        return web.json_response(_branch(project, name))

    async def _create_branch(self, request: web.Request) -> web.Response:
        project = self._of(request)
        sent: Json = {**request.query, **await _body(request)}
        if sent["branch"] in project.branches:
            raise _Refused(400, "Branch already exists")
        if sent["ref"] not in project.branches and sent["ref"] not in project.commits:
            raise _Refused(400, f"Invalid reference name: {sent['ref']}")
        project.branches[str(sent["branch"])] = project.branches.get(sent["ref"]) or str(sent["ref"])
        return web.json_response(_branch(project, sent["branch"]), status=201)

    async def _delete_branch(self, request: web.Request) -> web.Response:
        project, name = self._of(request), request.match_info["branch"]
        if project.branches.pop(name, None) is None:
            raise _Refused(404, "404 Branch Not Found")
        return web.Response(status=204)

    async def _tree(self, request: web.Request) -> web.Response:
        project, prefix = self._of(request), request.query.get("path", "").strip("/")
        files = project.files(request.query.get("ref", "main"))
        if files is None:
            raise _Refused(404, "404 Tree Not Found")
        inside = sorted(path for path in files if not prefix or path.startswith(f"{prefix}/"))
        return _listed([{"path": path, "type": "blob", "name": path.rpartition("/")[2]} for path in inside], request)

    def _found(self, request: web.Request, ref: str | None) -> tuple[Project, str, dict[str, str]]:
        project, path = self._of(request), request.match_info["path"]
        files = project.files(ref or "main")
        if files is None:
            raise _Refused(404, "404 Commit Not Found")
        return project, path, files

    async def _file(self, request: web.Request) -> web.Response:
        project, path, files = self._found(request, request.query.get("ref"))
        if path not in files:
            raise _Refused(404, "404 File Not Found")
        content = base64.b64encode(files[path].encode()).decode()
        told = {"file_path": path, "file_name": path.rpartition("/")[2], "size": len(files[path]), "encoding": "base64"}
        last = project.branches.get(request.query["ref"], request.query["ref"])
        return web.json_response({**told, "content": content, "ref": request.query["ref"], "last_commit_id": last})

    async def _create_file(self, request: web.Request) -> web.Response:
        sent = await _body(request)
        project, path, files = self._found(request, sent["branch"])
        if path in files:
            raise _Refused(400, "A file with this name already exists")
        project.commit(sent["branch"], sent["commit_message"], {**files, path: _content(sent)})
        return web.json_response({"file_path": path, "branch": sent["branch"]}, status=201)

    async def _update_file(self, request: web.Request) -> web.Response:
        sent = await _body(request)
        project, path, files = self._found(request, sent["branch"])
        if path not in files:
            raise _Refused(400, "A file with this name doesn't exist")
        project.commit(sent["branch"], sent["commit_message"], {**files, path: _content(sent)})
        return web.json_response({"file_path": path, "branch": sent["branch"]})

    async def _delete_file(self, request: web.Request) -> web.Response:
        sent = {**request.query, **await _body(request)}
        project, path, files = self._found(request, sent["branch"])
        if path not in files:
            raise _Refused(400, "A file with this name doesn't exist")
        project.commit(sent["branch"], sent["commit_message"], {name: files[name] for name in files if name != path})
        return web.Response(status=204)

    async def _commit(self, request: web.Request) -> web.Response:
        project, sent = self._of(request), await _body(request)
        files = dict(project.files(sent["branch"]) or {})
        for action in sent["actions"]:
            if action["action"] == "update" and action["file_path"] not in files:
                raise _Refused(400, "A file with this name doesn't exist")
            if action["action"] == "delete":
                files.pop(action["file_path"], None)
            else:
                files[action["file_path"]] = action["content"]
        made = project.commit(sent["branch"], sent["commit_message"], files)
        return web.json_response({"id": made.id, "title": made.message, "message": made.message}, status=201)

    async def _merge_requests(self, request: web.Request) -> web.Response:
        project, query = self._of(request), request.query
        found = [self._merge(project, iid) for iid in sorted(project.merge_requests, reverse=True)]
        if query.get("state", "all") != "all":
            found = [item for item in found if item["state"] == query["state"]]
        return _listed([item for item in found if query.get("search", "") in item["title"]], request)

    def _merge(self, project: Project, iid: int) -> Json:
        request = project.merge_requests.get(iid)
        if request is None:
            raise _Refused(404, "404 Not found")
        base = project.branches.get(request["target_branch"], "")
        head = project.branches.get(request["source_branch"], "")
        return {**request, "sha": head, "diff_refs": {"base_sha": base, "start_sha": base, "head_sha": head}}

    async def _create_merge_request(self, request: web.Request) -> web.Response:
        project, sent = self._of(request), await _body(request)
        if sent["source_branch"] not in project.branches:
            raise _Refused(400, ["Source branch does not exist"])
        for other in project.merge_requests.values():
            if other["source_branch"] == sent["source_branch"] and other["state"] == "opened":
                told = f"Another open merge request already exists for this source branch: !{other['iid']}"
                raise _Refused(409, [told])
        iid = len(project.merge_requests) + 1
        project.merge_requests[iid] = {
            "id": 1000 + iid,
            "iid": iid,
            "project_id": project.id,
            "title": sent["title"],
            "description": sent.get("description") or "",
            "state": "opened",
            "source_branch": sent["source_branch"],
            "target_branch": sent["target_branch"],
            "author": {"id": 1, "username": "bot", "name": "Bot"},
            "web_url": f"https://gitlab.example.com/{project.path}/-/merge_requests/{iid}",
            "created_at": MOMENT,
        }
        return web.json_response(self._merge(project, iid), status=201)

    async def _merge_request(self, request: web.Request) -> web.Response:
        return web.json_response(self._merge(self._of(request), int(request.match_info["iid"])))

    async def _changes(self, request: web.Request) -> web.Response:
        project = self._of(request)
        merge = self._merge(project, int(request.match_info["iid"]))
        return web.json_response({**merge, "changes": project.changes(merge)})

    async def _discussions(self, request: web.Request) -> web.Response:
        return _listed(self._of(request).discussions.get(int(request.match_info["iid"]), []), request)

    async def _discuss(self, request: web.Request) -> web.Response:
        project, sent = self._of(request), await _body(request)
        merge = self._merge(project, int(request.match_info["iid"]))
        if position := sent.get("position"):
            self._check_position(project, merge, position)
        note = {"id": 1, "type": "DiffNote", "body": sent["body"], "position": sent.get("position")}
        made = {"id": secrets.token_hex(20), "individual_note": False, "notes": [note]}
        project.discussions.setdefault(merge["iid"], []).append(made)
        return web.json_response(made, status=201)

    def _check_position(self, project: Project, merge: Json, position: Json) -> None:
        """As GitLab does: a line of the diff, on the sides on which it exists."""
        refs = merge["diff_refs"]
        if any(position.get(name) != refs[name] for name in ("base_sha", "start_sha", "head_sha")):
            raise _Refused(400, _NO_LINE)
        path = position.get("new_path") or position.get("old_path")
        shown = next((change["diff"] for change in project.changes(merge) if change["new_path"] == path), "")
        if (position.get("old_line"), position.get("new_line")) not in lines_of(shown):
            raise _Refused(400, _NO_LINE)

    async def _issues(self, request: web.Request) -> web.Response:
        found = sorted(self._of(request).issues.values(), key=lambda item: -int(item["iid"]))
        if state := request.query.get("state"):
            found = [item for item in found if state in ("all", item["state"])]
        return _listed([item for item in found if request.query.get("search", "") in item["title"]], request)

    async def _create_issue(self, request: web.Request) -> web.Response:
        project, sent = self._of(request), {**request.query, **await _body(request)}
        if not sent.get("title"):
            raise _Refused(400, "title is missing", key="error")
        iid = max(project.issues, default=0) + 1
        project.issues[iid] = _issue(iid, sent["title"], sent.get("description") or "", sent.get("labels") or "")
        return web.json_response(project.issues[iid], status=201)

    def _an_issue(self, request: web.Request) -> Json:
        issue = self._of(request).issues.get(int(request.match_info["iid"]))
        if issue is None:
            raise _Refused(404, "404 Not found")
        return issue

    async def _issue(self, request: web.Request) -> web.Response:
        return web.json_response(self._an_issue(request))

    async def _change_issue(self, request: web.Request) -> web.Response:
        issue, sent = self._an_issue(request), await _body(request)
        if event := sent.pop("state_event", None):
            issue["state"] = {"close": "closed", "reopen": "opened"}[event]
        issue.update(sent)
        return web.json_response(issue)

    async def _notes(self, request: web.Request) -> web.Response:
        return _listed(self._of(request).notes.get(self._an_issue(request)["iid"], []), request)

    async def _note(self, request: web.Request) -> web.Response:
        issue, sent = self._an_issue(request), await _body(request)
        notes = self._of(request).notes.setdefault(issue["iid"], [])
        notes.append({"id": len(notes) + 1, "body": sent["body"], "author": {"username": "bot"}, "created_at": MOMENT})
        return web.json_response(notes[-1], status=201)

    async def _pipelines(self, request: web.Request) -> web.Response:
        found = sorted(self._of(request).pipelines.values(), key=lambda item: -int(item["id"]))
        wanted = {name: request.query[name] for name in ("ref", "status") if name in request.query}
        return _listed([item for item in found if all(item[name] == value for name, value in wanted.items())], request)

    def _a_pipeline(self, request: web.Request) -> Json:
        pipeline = self._of(request).pipelines.get(int(request.match_info["number"]))
        if pipeline is None:
            raise _Refused(404, "404 Not found")
        return pipeline

    async def _pipeline(self, request: web.Request) -> web.Response:
        return web.json_response(self._a_pipeline(request))

    async def _jobs(self, request: web.Request) -> web.Response:
        number = self._a_pipeline(request)["id"]
        jobs = [job for job in self._of(request).jobs.values() if job["pipeline"] == number]
        return _listed([{key: job[key] for key in ("id", "name", "stage", "status")} for job in jobs], request)

    async def _retry(self, request: web.Request) -> web.Response:
        pipeline = self._a_pipeline(request)
        pipeline["status"] = "running"
        return web.json_response(pipeline, status=201)

    async def _trace(self, request: web.Request) -> web.Response:
        job = self._of(request).jobs.get(int(request.match_info["number"]))
        if job is None:
            raise _Refused(404, "404 Not found")
        return web.Response(text=job["trace"], content_type="text/plain")


class _Refused(Exception):
    """A refusal in GitLab's form."""

    def __init__(self, status: int, message: Any, *, key: str = "message") -> None:
        super().__init__(str(message))
        self.status = status
        self.body = {key: message}


def _sent(request: web.Request) -> str:
    """The token, in either of its headers."""
    return request.headers.get("private-token") or request.headers.get("authorization", "").removeprefix("Bearer ")


async def _body(request: web.Request) -> Json:
    if request.content_type == "application/json":
        return cast("Json", await request.json() if request.can_read_body else {})
    return dict(await request.post())


def _content(sent: Json) -> str:
    return base64.b64decode(sent["content"]).decode() if sent.get("encoding") == "base64" else str(sent["content"])


def _listed(items: list[Json], request: web.Request) -> web.Response:
    shown, number, pages = page_of(items, request)
    following = str(number + 1) if number < pages else ""
    headers = {"X-Page": str(number), "X-Next-Page": following, "X-Total": str(len(items)), "X-Total-Pages": str(pages)}
    return web.json_response(shown, headers=headers)


def _project(project: Project) -> Json:
    name = project.path.rpartition("/")[2]
    return {"id": project.id, "name": name, "path_with_namespace": project.path, "default_branch": "main"}


def _branch(project: Project, name: str) -> Json:
    commit = project.commits[project.branches[name]]
    shown = {"id": commit.id, "title": commit.message}
    return {"name": name, "default": name == "main", "merged": False, "protected": name == "main", "commit": shown}


def _issue(iid: int, title: str, description: str, labels: str | list[str] = "") -> Json:
    listed = labels if isinstance(labels, list) else [label for label in labels.split(",") if label]
    return {
        "id": 500 + iid,
        "iid": iid,
        "title": title,
        "description": description,
        "state": "opened",
        "labels": listed,
        "author": {"username": "bot"},
        "assignees": [],
        "created_at": MOMENT,
        "web_url": f"https://gitlab.example.com/{PROJECT}/-/issues/{iid}",
    }


def _pipeline(number: int, ref: str, status: str) -> Json:
    url = f"https://gitlab.example.com/{PROJECT}/-/pipelines/{number}"
    return {"id": number, "ref": ref, "status": status, "created_at": MOMENT, "web_url": url}
