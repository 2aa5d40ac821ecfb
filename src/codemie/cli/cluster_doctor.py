"""`codemiectl doctor --cluster`: which cluster is looked at, and how it says why a pod does not start."""

import datetime as dt
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from codemie.checks.report import Report
    from codemie.checks.run import Options
    from codemie.cli.check_options import Asked
    from codemie.operations.kubernetes.cluster import Cluster as Source

ClusterOption = Annotated[bool, typer.Option("--cluster", help="Look at a Kubernetes cluster from outside.")]
NamespaceOption = Annotated[
    list[str] | None,
    typer.Option("--namespace", "-n", help="With --cluster: where the installation is; may be repeated."),
]
ContextOption = Annotated[str | None, typer.Option("--context", help="With --cluster: a context of the kubeconfig.")]
KubeconfigOption = Annotated[
    Path | None, typer.Option("--kubeconfig", help="With --cluster: a file. Default: KUBECONFIG, else ~/.kube/config.")
]
PodOption = Annotated[
    str | None, typer.Option("--pod", help="With --cluster: say only why this pod does not work, or '*' for all.")
]
USUAL_NAMESPACE = "codemie"


@dataclass(frozen=True)
class Cluster:
    """Which cluster is looked at, as it was asked for.

    Attributes:
        namespaces: of the installation; empty: that of the context, else `codemie`.
        context: of the kubeconfig; None: the current one.
        kubeconfig: a file; None: as kubectl finds it.
        window: how long ago what happened still counts.
    """

    namespaces: tuple[str, ...] = ()
    context: str | None = None
    kubeconfig: Path | None = None
    window: dt.timedelta = dt.timedelta(hours=1)

    async def examine(self, options: "Options") -> "Report":
        """Make the checks.

        Raises:
            Refused: there is no way to a cluster.
            ConfigurationError: the kubeconfig cannot be used.
        """
        async with self.opened() as source:
            return await cluster_report(source, options)

    async def explain(self, pod: str) -> None:
        """Print how the pods with this name are; for one, why it does not work and what to do.

        Raises:
            NotFound: there are none.
            Refused: there is no way to a cluster, or pods cannot be read.
        """
        from codemie.checks.sources import Unobservable
        from codemie.cli.exits import Refused
        from codemie.operations.kubernetes import explaining

        async with self.opened() as source:
            try:
                rows = await explaining.rows(source, pod)
                trouble = await explaining.cause(source, next(iter(rows)).partition("/")[2]) if len(rows) == 1 else None
            except Unobservable as hidden:
                raise Refused(". ".join([str(hidden), *hidden.remedy])) from None
        for name, row in rows.items():
            print(f"{name}: {row}")
        if trouble:
            print(f"\nWhy: {trouble.cause.sentence}")
            for source_name, value in trouble.cause.evidence.items():
                print(f"  {source_name}: {value}")
            for remedy in trouble.cause.remedy:
                print(f"  → {remedy}")

    @asynccontextmanager
    async def opened(self) -> "AsyncGenerator[Source]":
        """The cluster, to be read.

        Raises:
            Refused: there is no way to one.
            ConfigurationError: the kubeconfig cannot be used.
        """
        from codemie.cli.exits import Refused
        from codemie.operations.kubernetes import kubeconfig
        from codemie.operations.kubernetes.client import Client
        from codemie.operations.kubernetes.cluster import Cluster as Source

        access = await kubeconfig.found(self.kubeconfig, self.context)
        if access is None:
            raise Refused(
                "No cluster: there is no kubeconfig at ~/.kube/config, KUBECONFIG is not set, and this is no pod. "
                "Make one with aws eks update-kubeconfig, az aks get-credentials or gcloud container clusters "
                "get-credentials, or name it with --kubeconfig."
            )
        own = access.namespace if access.namespace != "default" else ""
        async with Client(access) as client:
            yield Source(client, self.namespaces or (own or USUAL_NAMESPACE,), window=self.window)


async def cluster_report(source: "Source", options: "Options") -> "Report":
    """The checks of a cluster that is open."""
    from codemie.checks.run import run
    from codemie.checks.sources import Sources
    from codemie.operations.kubernetes import checks
    from codemie.operations.kubernetes.cluster import Cluster as Source

    where = {"cluster": source.api.server, "context": source.api.context}
    target = {**where, "namespace": ",".join(source.namespaces)}
    return await run("doctor", checks.CHECKS, Sources().offer(Source, source), options, **target)


def look_at(cluster: Cluster, pod: str | None, asked: "Asked") -> int:
    """Make the checks as they were asked for, or explain one pod; gives the exit code."""
    import asyncio

    from codemie.cli import exits

    with exits.one_line_errors(checking=True):
        if pod:
            asyncio.run(cluster.explain(pod))
            return 0
        return int(asked.run(cluster.examine, "Looking at the cluster"))
