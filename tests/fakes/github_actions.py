"""Workflow runs of the GitHub fake, one of which failed: https://docs.github.com/en/rest/actions."""

from typing import Any

from aiohttp import web

from tests.fakes.github_repository import BASE, NAME
from tests.fakes.github_wire import API, MOMENT, Json, Refused, page_of_many, reply

LOGS = "/logs"
"""Where logs are, outside the API: whoever has the address may read."""


class Actions:
    """The runs and jobs of the repository."""

    def __init__(self) -> None:
        self.runs = {100: _run(100, "main", "failure"), 101: _run(101, "work", "success")}
        self.jobs: dict[int, Json] = {1000: {"id": 1000, "run_id": 100, "name": "test", "status": "completed"}}
        self.jobs[1000]["conclusion"] = "failure"
        self.logs = {1000: "\n".join([*(f"line {number}" for number in range(500)), "##[error]1 failed"])}

    def routes(self) -> list[tuple[str, str, Any]]:
        """What it serves below the API."""
        run = f"{BASE}/actions/runs/{{number:\\d+}}"
        return [
            ("GET", f"{BASE}/actions/runs", self._list),
            ("GET", run, self._show),
            ("GET", f"{run}/jobs", self._jobs),
            ("POST", f"{run}/rerun-failed-jobs", self._again),
            ("GET", f"{BASE}/actions/jobs/{{number:\\d+}}/logs", self._log),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        found = [self.runs[number] for number in sorted(self.runs, reverse=True)]
        if branch := request.query.get("branch"):
            found = [run for run in found if run["head_branch"] == branch]
        if status := request.query.get("status"):
            found = [run for run in found if status in (run["status"], run["conclusion"])]
        return page_of_many("workflow_runs", found, request)

    def _found(self, request: web.Request) -> Json:
        run = self.runs.get(int(request.match_info["number"]))
        if run is None:
            raise Refused(404, "Not Found")
        return run

    async def _show(self, request: web.Request) -> web.Response:
        return reply(self._found(request))

    async def _jobs(self, request: web.Request) -> web.Response:
        number = self._found(request)["id"]
        return page_of_many("jobs", [job for job in self.jobs.values() if job["run_id"] == number], request)

    async def _again(self, request: web.Request) -> web.Response:
        run = self._found(request)
        if run["status"] != "completed":
            raise Refused(403, "This workflow is already running")
        run.update(status="queued", conclusion=None)
        return reply({}, 201)

    async def _log(self, request: web.Request) -> web.Response:
        """Elsewhere, for a minute."""
        number = int(request.match_info["number"])
        if number not in self.logs:
            raise Refused(404, "Not Found")
        return web.Response(status=302, headers={"Location": f"{request.url.origin()}{LOGS}/{number}"})

    async def log(self, request: web.Request) -> web.Response:
        """The text of a log."""
        return web.Response(text=self.logs[int(request.match_info["number"])])


def _run(number: int, branch: str, conclusion: str) -> Json:
    return {
        "id": number,
        "name": "CI",
        "head_branch": branch,
        "event": "push",
        "status": "completed",
        "conclusion": conclusion,
        "created_at": MOMENT,
        "html_url": f"https://github.example.com/{NAME}/actions/runs/{number}",
        "url": f"https://github.example.com{API}{BASE}/actions/runs/{number}",
    }
