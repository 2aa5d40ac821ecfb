"""Running the checks of a cluster against a fake one."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

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
