"""Pipelines and their runs: https://learn.microsoft.com/rest/api/azure/devops/pipelines/ and …/build/."""

from typing import Any, cast

from aiohttp import web

from tests.fakes.azure_devops.refusing import Refused, answering
from tests.fakes.azure_devops.server import MOMENT, PERSON, PROJECT, Json, listed

_WEB = f"https://dev.azure.com/contoso/{PROJECT}/_build"
_RETRY = "retry"


class Pipelines:
    """The pipelines of the project: `app`, of which one run failed, and `release`."""

    def __init__(self) -> None:
        self.pipelines = {12: _pipeline(12, "app"), 13: _pipeline(13, "release")}
        self.builds: dict[int, Json] = {}
        self.timelines: dict[int, list[Json]] = {}
        self.logs: dict[int, dict[int, list[str]]] = {}
        self.retried: list[tuple[int, str]] = []
        self.add(12, "refs/heads/main", result="failed")
        self.timelines[100] = _timeline()
        self.logs[100] = {5: ["Checked out"], 6: [*(f"line {number}" for number in range(500)), "##[error]1 failed"]}

    def add(self, pipeline: int, ref: str, result: str | None = None) -> Json:
        """A run; one without a result goes on."""
        number = 100 + len(self.builds)
        self.builds[number] = {
            "id": number,
            "buildNumber": f"20260101.{len(self.builds) + 1}",
            "status": "completed" if result else "inProgress",
            "definition": {"id": pipeline, "name": self.pipelines[pipeline]["name"]},
            "sourceBranch": ref,
            "sourceVersion": "0123456789abcdef0123456789abcdef01234567",
            "reason": "manual",
            "requestedFor": PERSON,
            "queueTime": MOMENT,
            "startTime": MOMENT,
            "validationResults": [],
            "_links": {"web": {"href": f"{_WEB}/results?buildId={number}"}},
        }
        if result:
            self.builds[number] |= {"result": result, "finishTime": MOMENT}
        return self.builds[number]

    def routes(self) -> list[web.RouteDef]:
        """See ``Area``."""
        build = "/{project}/_apis/build/builds/{build}"
        return [
            web.get("/{project}/_apis/pipelines", answering(self._list)),
            web.post("/{project}/_apis/pipelines/{pipeline}/runs", answering(self._run)),
            web.get("/{project}/_apis/build/builds", answering(self._builds)),
            web.get(build, answering(self._build)),
            web.get(f"{build}/timeline", answering(self._timeline)),
            web.get(f"{build}/logs", answering(self._logs)),
            web.get(f"{build}/logs/{{log}}", answering(self._log)),
            web.patch(f"{build}/stages/{{stage}}", answering(self._stage)),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        return _paged(list(self.pipelines.values()), request, "$top")

    async def _run(self, request: web.Request) -> web.Response:
        number, sent = int(request.match_info["pipeline"]), cast("Json", await request.json())
        if number not in self.pipelines:
            raise Refused(404, f"Pipeline with id {number} not found.", "PipelineNotFoundException")
        ref = sent.get("resources", {}).get("repositories", {}).get("self", {}).get("refName", "refs/heads/main")
        parameters: Json = sent.get("templateParameters", {})
        if unknown := parameters.keys() - {"environment"}:
            raise Refused(
                400,
                f"/azure-pipelines.yml (Line: 1, Col: 1): Unexpected parameter '{min(unknown)}'",
                "PipelineValidationException",
            )
        made = self.add(number, ref)
        made |= {"templateParameters": parameters, "variables": sent.get("variables", {})}
        told = {name: made[name] for name in ("id", "templateParameters", "variables", "_links")}
        return web.json_response(
            {
                **told,
                "name": made["buildNumber"],
                "state": "inProgress",
                "createdDate": MOMENT,
                "pipeline": self.pipelines[number],
            }
        )

    async def _builds(self, request: web.Request) -> web.Response:
        query = request.query
        wanted = {
            "sourceBranch": query.get("branchName"),
            "status": query.get("statusFilter"),
            "result": query.get("resultFilter"),
        }
        definitions = query.get("definitions", "").split(",")
        found = [
            build
            for _, build in sorted(self.builds.items(), reverse=True)
            if definitions == [""] or str(build["definition"]["id"]) in definitions
            if all(value in (None, "all", build.get(name)) for name, value in wanted.items())
        ]
        return _paged(found, request, "$top")

    def _of(self, request: web.Request) -> Json:
        number = int(request.match_info["build"])
        if number not in self.builds:
            raise Refused(404, f"The requested build {number} could not be found.", "BuildNotFoundException")
        return self.builds[number]

    async def _build(self, request: web.Request) -> web.Response:
        return web.json_response(self._of(request))

    async def _timeline(self, request: web.Request) -> web.Response:
        records = self.timelines.get(self._of(request)["id"])
        if records is None:
            return web.Response(status=204)
        return web.json_response({"id": "55555555-5555-5555-5555-555555555555", "changeId": 1, "records": records})

    async def _logs(self, request: web.Request) -> web.Response:
        logs = self.logs.get(self._of(request)["id"], {})
        return listed([{"id": number, "type": "Container", "lineCount": len(lines)} for number, lines in logs.items()])

    async def _log(self, request: web.Request) -> web.Response:
        build, number = self._of(request)["id"], int(request.match_info["log"])
        if number not in self.logs.get(build, {}):
            raise Refused(404, f"The log {number} of build {build} could not be found.", "BuildLogNotFoundException")
        lines = self.logs[build][number]
        start = int(request.query.get("startLine", 0))
        shown = lines[start : int(request.query.get("endLine", len(lines)))]
        if "text/plain" in request.headers.get("Accept", ""):
            return web.Response(text="\r\n".join(shown))
        return listed(shown)

    async def _stage(self, request: web.Request) -> web.Response:
        build, stage = self._of(request), request.match_info["stage"]
        sent = cast("Json", await request.json())
        records = [record for record in self.timelines.get(build["id"], []) if record["type"] == "Stage"]
        if stage not in {record["identifier"] for record in records}:
            raise Refused(404, f"Stage {stage} not found.", "StageNotFoundException")
        if sent["state"] == _RETRY:
            self.retried.append((build["id"], stage))
            build["status"] = "inProgress"
        return web.Response(status=204)


def _paged(items: list[Any], request: web.Request, top: str) -> web.Response:
    start, size = int(request.query.get("continuationToken", 0)), int(request.query.get(top, 1000))
    more = {"x-ms-continuationtoken": str(start + size)} if start + size < len(items) else {}
    return listed(items[start : start + size], **more)


def _pipeline(number: int, name: str) -> Json:
    links = {"web": {"href": f"{_WEB}/definition?definitionId={number}"}}
    return {"id": number, "name": name, "folder": "\\", "revision": 1, "url": "", "_links": links}


def _record(name: str, kind: str, parent: str | None, result: str, **rest: Any) -> Json:
    return {
        "id": f"{kind} {name}",
        "parentId": parent,
        "type": kind,
        "name": name,
        "state": "completed",
        "result": result,
        "startTime": MOMENT,
        "finishTime": MOMENT,
        "issues": None,
        "log": None,
        **rest,
    }


def _timeline() -> list[Json]:
    """As the service gives it: in no order, parents after children."""
    issues = [{"type": "error", "message": "1 failed"}, {"type": "warning", "message": "Old image"}]
    return [
        _record("Run tests", "Task", "Job unit", "failed", log={"id": 6}, issues=issues, order=2),
        _record("Checkout", "Task", "Job unit", "succeeded", log={"id": 5}, order=1),
        _record("unit", "Job", "Phase unit", "failed", log={"id": 7}, order=1),
        _record("unit", "Phase", "Stage Test", "failed", order=1),
        _record("Test", "Stage", None, "failed", identifier="test", order=2),
        _record("Build", "Stage", None, "succeeded", identifier="build", order=1),
    ]
