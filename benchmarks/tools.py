"""Tools: a long catalogue listed, and what the platform adds to a call of another system."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlsplit

from benchmarks import harness
from benchmarks.harness import BenchPlatform, Row

TOOLS = 200
CALLS, WARM_UP = 300, 30
LIST_MS, ADDED_MS = 20.0, 3.0
_BODY = json.dumps([{"id": number, "name": f"project-{number}"} for number in range(20)]).encode()

_HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(_BODY)}\r\n\r\n".encode()


class _System(BaseHTTPRequestHandler):
    """A GitLab that knows one answer."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        # In one piece: between two the kernel waits for an acknowledgement, 40 ms.
        self.wfile.write(_HEAD + _BODY)

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


@contextmanager
def system() -> Iterator[str]:
    """It, on a loopback port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _System)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def measure() -> list[Row]:
    """The rows of the integrations page."""
    program = str(Path(__file__).parent / "full_catalogue.py")
    with (
        harness.stub() as model_url,
        harness.serving(model_url, program=(program, str(TOOLS))) as platform,
        system() as url,
    ):
        return [_listing(platform), _call(platform, url)]


def _listing(platform: BenchPlatform) -> Row:
    listed = sum(len(kit["tools"]) for kit in platform.get("/v1/assistants/tools"))
    assert listed >= TOOLS, listed
    times = _times(platform.url, "GET", "/v1/assistants/tools", platform.headers, None)
    bare = _times(platform.url, "GET", "/health/live", platform.headers, None)
    return Row(
        f"tools.list.{TOOLS}",
        ratio=median(times) / LIST_MS,
        figures={"tools": listed, "p50_ms": median(times), "p95_ms": _p95(times)},
        baseline={"bare_route_p50_ms": median(bare)},
        target=f"listed in at most {LIST_MS:g} ms",
        met=median(times) <= LIST_MS,
    )


def _call(platform: BenchPlatform, url: str) -> Row:
    project = str(platform.get("/v1/user")["email"])
    setting = {
        "project_name": project,
        "alias": "bench",
        "credential_type": "Git",
        "credential_values": [{"key": "url", "value": url}, {"key": "token", "value": "bench-token"}],
    }
    platform.post("/v1/settings/user", setting)
    query = json.dumps({"method": "GET", "url": "/api/v4/projects"})
    body = {"project": project, "tool_args": {"query": query}}
    answer = platform.post("/v1/tools/gitlab/invoke", body)
    assert "200 OK" in str(answer.get("output")), answer
    own = _times(url, "GET", "/api/v4/projects", {}, None)
    through = _times(platform.url, "POST", "/v1/tools/gitlab/invoke", platform.headers, body)
    added = median(through) - median(own)
    return Row(
        "tools.call",
        ratio=added / ADDED_MS,
        figures={"p50_ms": median(through), "p95_ms": _p95(through), "added_ms": added},
        baseline={"system_p50_ms": median(own), "system_p95_ms": _p95(own)},
        target=f"at most {ADDED_MS:g} ms beside the system's own time",
        met=added <= ADDED_MS,
    )


def _times(url: str, method: str, path: str, headers: dict[str, str], body: dict[str, Any] | None) -> list[float]:
    """Milliseconds of each of many requests over one connection, one after the other."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    sent = None if body is None else json.dumps(body).encode()

    def once() -> None:
        connection.request(method, path, sent, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, (path, answer.status)

    for _ in range(WARM_UP):
        once()
    times = [_timed(once) for _ in range(CALLS)]
    connection.close()
    return times


def _timed(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]
