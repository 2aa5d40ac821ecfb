"""`codemiectl preflight --cluster`: the cluster that the chart is to go to, and the chart as it would be made."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codemie.checks.sources import Sources
from codemie.cli.cluster_doctor import Cluster as Way
from codemie.cli.exits import Refused
from codemie.kernel.errors import InvalidInput, NotFound
from codemie.operations.deployment import shipped
from codemie.operations.deployment.rendering import render
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.preflight.chart import Chart, Rendering


@dataclass(frozen=True)
class Target:
    """What was typed.

    Attributes:
        way: to the cluster; None: it is not to be asked.
        values: files of values for the chart, the strongest last.
        namespace: the chart is to go to; None: the file's, else the usual one.
    """

    way: Way | None = None
    values: tuple[Path, ...] = ()
    namespace: str | None = None

    @asynccontextmanager
    async def offered(
        self, sources: Sources, described: Mapping[str, Any] | None, usual: str, *, with_nodes: bool = False
    ) -> AsyncGenerator[dict[str, str]]:
        """Let checks look through the chart and the cluster; gives what the report says of where it looked.

        Args:
            sources: of the run.
            described: values that follow from codemie.yaml; None: there is none.
            usual: namespace, where none was typed.
            with_nodes: whether it is known which nodes there will be.

        Raises:
            Refused: it is not said what is to be installed, or there is no way to the cluster.
            ConfigurationError: the kubeconfig cannot be used.
        """
        where = self.namespace or usual
        if described is None and not self.values and self.way:
            raise Refused("What is to be installed is not clear: give --file codemie.yaml, or --values")
        if self.way or self.values or (with_nodes and described is not None):
            await self._render(sources, described or {}, where)
        else:
            sources.not_applicable(Rendering, "no --cluster").not_applicable(Chart, "no --cluster")
        if self.way is None:
            sources.not_applicable(Cluster, "no --cluster")
            yield {}
            return
        async with self.way.opened() as cluster:
            sources.offer(Cluster, cluster)
            yield {"cluster": cluster.api.server, "context": cluster.api.context, "namespace": where}

    async def _render(self, sources: Sources, described: Mapping[str, Any], where: str) -> None:
        try:
            made = await asyncio.to_thread(render, shipped.chart(), described, self.values, where)
        except NotFound as error:
            for kind in (Rendering, Chart):
                sources.unobservable(kind, error.message, str(error.help))
        except InvalidInput as error:
            sources.offer(Rendering, Rendering(f"{error.details or error.message}"))
        else:
            sources.offer(Rendering, Rendering()).offer(Chart, Chart(made, where))
