"""Running the checks of a cluster against a fake one."""

import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import yaml

from codemie.checks.report import Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.kubernetes.checks import CHECKS
from codemie.operations.kubernetes.client import Client
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kubeconfig import Access
from tests.fakes.kubernetes.server import FakeKubernetes, serving
from tests.operations.kubernetes.world import NOW


@asynccontextmanager
async def cluster(fake: FakeKubernetes) -> AsyncGenerator[Cluster]:
    """The adapter, connected to the fake over HTTP."""
    async with serving(fake) as server, Client(Access(server, context="test")) as client:
        yield Cluster(client, now=lambda: NOW)


async def looked(fake: FakeKubernetes, *only: str) -> Report:
    """The report of all checks, or of those named and what they need."""
    async with cluster(fake) as source:
        return await run("doctor", CHECKS, Sources().offer(Cluster, source), Options(only=only))


def kubeconfig(folder: Path, server: str, authority: str, token: str) -> Path:
    """A file that leads kubectl, and us, to a server.

    Args:
        folder: where it is written.
        server: its URL.
        authority: PEM of who signed its certificate.
        token: that it asks for; kubectl sends none to a server without TLS.
    """
    trusted = base64.b64encode(authority.encode()).decode()
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "reader"}}],
        "clusters": [{"name": "test", "cluster": {"server": server, "certificate-authority-data": trusted}}],
        "users": [{"name": "reader", "user": {"token": token}}],
    }
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(document))
    return file
