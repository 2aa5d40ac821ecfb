"""The fake API server: discovery, list, get, watch, logs, access reviews, metrics; nothing can be written."""

import asyncio
import contextlib
import datetime as dt
import json
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.kubernetes import resources
from tests.fakes.kubernetes.selectors import fields_match, labels_match

Item = dict[str, Any]


@dataclass
class FakeKubernetes:
    """A cluster in memory.

    Attributes:
        denied: `verb plural` that nobody may do, such as `list pods`, or `list pods in NAMESPACE`; `* *` for nothing.
        token: what clients must show; None: nobody is asked.
        absent: groups that this cluster does not have.
        logs: (namespace, pod, container, previous) → text.
        coming: status codes of the next answers, instead of what they would be.
        asked: every request, as `GET /path?query`.
    """

    version: str = "v1.33.4"
    items: dict[tuple[str, str], dict[tuple[str, str], Item]] = field(default_factory=dict)
    logs: dict[tuple[str, str, str, bool], str] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    token: str | None = None
    absent: frozenset[str] = frozenset()
    coming: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _watching: list[asyncio.Queue[tuple[str, str, Item]]] = field(default_factory=list)

    def put(self, item: Item) -> None:
        """Add an object, or put it in the place of the one before."""
        group = item["apiVersion"].rpartition("/")[0]
        resource = next(r for r in resources.RESOURCES if (r.group, r.kind) == (group, item["kind"]))
        store = self.items.setdefault((group, resource.plural), {})
        key = (item["metadata"].get("namespace", ""), item["metadata"]["name"])
        event = "MODIFIED" if key in store else "ADDED"
        item["metadata"].setdefault("uid", "-".join(filter(None, (resource.plural, *key))))
        item["metadata"].setdefault("resourceVersion", "1")
        store[key] = item
        for queue in self._watching:
            queue.put_nowait((event, f"{group}/{resource.plural}", item))

    def get(self, plural: str, name: str, namespace: str = "codemie", group: str = "") -> Item:
        """An object, to be changed in place."""
        return self.items[group, plural][namespace, name]

    def remove(self, plural: str, name: str, namespace: str = "codemie", group: str = "") -> None:
        """Take an object away."""
        del self.items[group, plural][namespace, name]

    def app(self) -> web.Application:
        """Its HTTP side."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/version", self._version)
        app.router.add_get("/api", self._core)
        app.router.add_get("/apis", self._groups)
        app.router.add_get("/api/{version}", self._listed)
        app.router.add_get("/apis/{group}/{version}", self._listed)
        app.router.add_post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", self._review)
        for start in ("/api/{version}", "/apis/{group}/{version}"):
            app.router.add_get(f"{start}/namespaces/{{namespace}}/pods/{{name}}/log", self._log)
            for within in ("/namespaces/{namespace}", ""):
                app.router.add_get(f"{start}{within}/{{plural}}", self._list)
                app.router.add_get(f"{start}{within}/{{plural}}/{{name}}", self._get)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path_qs}")
        if self.coming:
            return failure(self.coming.pop(0), "InternalError", "a fault of the tests")
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return failure(401, "Unauthorized", "Unauthorized")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _version(self, _: web.Request) -> web.Response:
        major, minor, _patch = self.version.removeprefix("v").split(".")
        known = {"major": major, "minor": minor, "gitVersion": self.version, "platform": "linux/amd64"}
        return web.json_response({**known, "gitCommit": "0" * 40, "buildDate": "2026-01-01T00:00:00Z"})

    async def _core(self, _: web.Request) -> web.Response:
        return web.json_response({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})

    async def _groups(self, _: web.Request) -> web.Response:
        return web.json_response(resources.groups(self.absent))

    async def _listed(self, request: web.Request) -> web.Response:
        group, version = request.match_info.get("group", ""), request.match_info["version"]
        document = resources.listed(group, version)
        if group in self.absent or not document["resources"]:
            return failure(404, "NotFound", "the server could not find the requested resource")
        return web.json_response(document)

    def allows(self, verb: str, plural: str, namespace: str = "") -> bool:
        """Whether somebody may."""
        return not {f"{verb} {plural}", f"{verb} {plural} in {namespace}", "* *"} & self.denied

    async def _review(self, request: web.Request) -> web.Response:
        review = await request.json()
        asked = review["spec"]["resourceAttributes"]
        plural = "/".join(filter(None, (asked["resource"], asked.get("subresource"))))
        review["status"] = {"allowed": self.allows(asked["verb"], plural)}
        return web.json_response(review, status=201)

    def _refusal(self, request: web.Request, verb: str) -> web.Response | None:
        group, plural = request.match_info.get("group", ""), request.match_info["plural"]
        if resources.find(group, plural, absent=self.absent) is None:
            return failure(404, "NotFound", "the server could not find the requested resource")
        if not self.allows(verb, plural, request.match_info.get("namespace", "")):
            message = f'{plural} is forbidden: User "reader" cannot {verb} resource "{plural}" in API group "{group}"'
            return failure(403, "Forbidden", message)
        return None

    def _chosen(self, request: web.Request) -> list[Item]:
        namespace = request.match_info.get("namespace")
        store = self.items.get((request.match_info.get("group", ""), request.match_info["plural"]), {})
        return [
            item for (within, _), item in sorted(store.items()) if namespace in {None, within} and _fits(item, request)
        ]

    async def _list(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("watch") in {"true", "1"}:
            return self._refusal(request, "watch") or await self._watch(request)
        if refused := self._refusal(request, "list"):
            return refused
        chosen = self._chosen(request)
        start, size = int(request.query.get("continue") or 0), int(request.query.get("limit") or 0) or len(chosen) or 1
        page, rest = chosen[start : start + size], chosen[start + size :]
        following = {"continue": str(start + size), "remainingItemCount": len(rest)} if rest else {}
        resource = self._resource(request)
        metadata = {"resourceVersion": "1", **following}
        if "as=Table" in request.headers.get("Accept", ""):
            return web.json_response({**resources.table(page, resource), "metadata": metadata})
        head = {"kind": f"{resource.kind}List", "apiVersion": resource.group_version}
        return web.json_response({**head, "metadata": metadata, "items": [_bare(each) for each in page]})

    def _resource(self, request: web.Request) -> resources.Resource:
        found = resources.find(request.match_info.get("group", ""), request.match_info["plural"], absent=self.absent)
        assert found is not None
        return found

    async def _get(self, request: web.Request) -> web.Response:
        if refused := self._refusal(request, "get"):
            return refused
        within, name = request.match_info.get("namespace", ""), request.match_info["name"]
        group, plural = request.match_info.get("group", ""), request.match_info["plural"]
        item = self.items.get((group, plural), {}).get((within, name))
        if item is None:
            return failure(404, "NotFound", f'{plural} "{name}" not found')
        if "as=Table" in request.headers.get("Accept", ""):
            return web.json_response(resources.table([item], self._resource(request)))
        return web.json_response(item)

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        """What is there, unless the client has it already, then each change until the time is over."""
        queue: asyncio.Queue[tuple[str, str, Item]] = asyncio.Queue()
        self._watching.append(queue)
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        kind = f"{request.match_info.get('group', '')}/{request.match_info['plural']}"
        try:
            for item in [] if request.query.get("resourceVersion") else self._chosen(request):
                await _send(answer, "ADDED", item)
            async with asyncio.timeout(float(request.query.get("timeoutSeconds") or 60)):
                while True:
                    event, of, item = await queue.get()
                    if of == kind and _fits(item, request):
                        await _send(answer, event, item)
        except (TimeoutError, ConnectionError):
            return answer
        finally:
            self._watching.remove(queue)

    async def _log(self, request: web.Request) -> web.Response:
        if not self.allows("get", "pods/log"):
            return failure(403, "Forbidden", 'pods/log is forbidden: User "reader" cannot get resource "pods/log"')
        namespace, name = request.match_info["namespace"], request.match_info["name"]
        pod = self.items.get(("", "pods"), {}).get((namespace, name))
        if pod is None:
            return failure(404, "NotFound", f'pods "{name}" not found')
        container = request.query.get("container") or pod["spec"]["containers"][0]["name"]
        previous = request.query.get("previous") == "true"
        text = self.logs.get((namespace, name, container, previous))
        if text is None and previous:
            return failure(400, "BadRequest", f'previous terminated container "{container}" in pod "{name}" not found')
        lines = (text or "").splitlines(keepends=True)
        if seconds := request.query.get("sinceSeconds"):
            since = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=int(seconds))
            lines = [line for line in lines if not _is_older(line, since)]
        return web.Response(text="".join(lines[-int(request.query.get("tailLines") or len(lines) or 1) :]))


def _is_older(line: str, since: dt.datetime) -> bool:
    """The kubelet knows when it read a line; here a line says so, or counts as new."""
    stamp = json.loads(line).get("timestamp") if line.startswith("{") else None
    return stamp is not None and dt.datetime.fromisoformat(stamp) < since


def _fits(item: Item, request: web.Request) -> bool:
    labels = item["metadata"].get("labels") or {}
    chosen = labels_match(request.query.get("labelSelector", ""), labels)
    return chosen and fields_match(request.query.get("fieldSelector", ""), item)


def _bare(item: Item) -> Item:
    """As in a list, where objects do not say again of which kind they are."""
    return {key: value for key, value in item.items() if key not in {"apiVersion", "kind"}}


async def _send(answer: web.StreamResponse, event: str, item: Item) -> None:
    await answer.write(json.dumps({"type": event, "object": item}).encode() + b"\n")


def failure(status: int, reason: str, message: str) -> web.Response:
    """A refusal as the API server tells it."""
    document = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": status}
    return web.json_response({**document, "metadata": {}, "message": message}, status=status)


@asynccontextmanager
async def serving(fake: FakeKubernetes, tls: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
    """The cluster on a loopback port; gives its address."""
    runner = web.AppRunner(fake.app(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        with contextlib.suppress(ConnectionError):
            await runner.cleanup()
