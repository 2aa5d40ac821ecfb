"""As much of a Kubernetes API server as `kubectl --dry-run=client` asks: which kinds there are, and nothing else."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KINDS = {
    "v1": ("Secret", "ConfigMap", "Service", "ServiceAccount", "PersistentVolumeClaim"),
    "apps/v1": ("Deployment", "StatefulSet"),
    "batch/v1": ("Job",),
    "autoscaling/v2": ("HorizontalPodAutoscaler",),
    "policy/v1": ("PodDisruptionBudget",),
    "networking.k8s.io/v1": ("NetworkPolicy", "Ingress"),
    "keda.sh/v1alpha1": ("ScaledObject",),
    "cloud.google.com/v1": ("BackendConfig",),
    "networking.gke.io/v1beta1": ("FrontendConfig",),
}


def _plural(kind: str) -> str:
    name = kind.lower()
    return name[:-1] + "ies" if name.endswith("y") else name + ("es" if name.endswith("s") else "s")


def _resources(version: str) -> dict[str, Any]:
    listed = [
        {"name": _plural(kind), "kind": kind, "namespaced": True, "verbs": ["get", "create", "patch"]}
        for kind in KINDS[version]
    ]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": listed}


def _groups() -> dict[str, Any]:
    named = [
        {"name": version.split("/")[0], "versions": [entry], "preferredVersion": entry}
        for version in KINDS
        if "/" in version and (entry := {"groupVersion": version, "version": version.split("/")[1]})
    ]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": named}


ANSWERS: dict[str, Any] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/api/v1": _resources("v1"),
    "/apis": _groups(),
    **{f"/apis/{version}": _resources(version) for version in KINDS if "/" in version},
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        answer = ANSWERS.get(self.path.split("?")[0])
        body = json.dumps(answer or {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404}).encode()
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: what was asked is not what a test is about."""


@contextmanager
def serving() -> Iterator[str]:
    """The address of a server that runs while the block does."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
