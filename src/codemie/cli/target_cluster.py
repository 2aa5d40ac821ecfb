"""`codemiectl preflight --cluster`: the cluster that the chart is to go to, and the chart as it would be made."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any, cast

from codemie.checks.sources import Sources
from codemie.cli.cluster_doctor import Cluster as Way
from codemie.cli.exits import Refused
from codemie.kernel.documents import read_document
from codemie.kernel.errors import ConfigurationError, InvalidInput, NotFound
from codemie.operations.deployment import shipped
from codemie.operations.deployment.images import images
from codemie.operations.deployment.rendering import render
from codemie.operations.deployment.stack_values import joined
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.preflight.chart import Chart, Rendering
from codemie.operations.preflight.pulling import Images
from codemie.operations.registry.logins import read_logins


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

    def offer_images(
        self, sources: Sources, described: Mapping[str, Any] | None, kinds: tuple[str, ...], *, network: bool
    ) -> None:
        """Let checks look for the images that the values name.

        Args:
            sources: of the run.
            described: values that follow from codemie.yaml; None: there is none.
            kinds: platforms of the nodes.
            network: whether registries may be asked.

        Raises:
            ConfigurationError: a file of values, or that of the logins, cannot be read.
        """
        if described is None and not self.values:
            sources.not_applicable(Images, "no --file and no --values")
        elif not network:
            sources.not_applicable(Images, "registries are not to be asked")
        else:
            values = reduce(joined, map(_values_in, self.values), dict(described or {}))
            try:
                wanted = tuple(images(shipped.chart(), values).values())
                secrets = tuple(map(str, values.get("imagePullSecrets") or ()))
            except (AttributeError, KeyError, TypeError):
                sources.unobservable(Images, "The values do not name images as the chart takes them", "Mend the values")
            else:
                sources.offer(Images, Images(wanted, secrets, read_logins(), kinds))

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


def _values_in(file: Path) -> dict[str, Any]:
    try:
        values = read_document(file.read_text(encoding="utf-8"), str(file)).data
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError("The values cannot be read", details=f"{file}: {error}") from error
    if values is not None and not isinstance(values, dict):
        raise ConfigurationError("The values are no mapping", details=str(file))
    return cast("dict[str, Any]", values or {})
