"""One sentence for each pod: what it does, or why it does not."""

import fnmatch
from dataclasses import replace

from codemie.kernel.errors import NotFound
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kinds import PODS
from codemie.operations.kubernetes.manifest import name_of, namespace_of
from codemie.operations.kubernetes.pods import schedulable, table
from codemie.operations.kubernetes.troubles import Trouble, troubles, with_log


async def rows(cluster: Cluster, pattern: str) -> dict[str, str]:
    """Pods whose names fit a pattern → how they are.

    Raises:
        NotFound: there are none; names those that there are.
    """
    names = [name_of(each) for each in await cluster.ours(PODS)]
    if not fnmatch.filter(names, pattern):
        raise NotFound(
            f"There is no pod {pattern} in {', '.join(cluster.namespaces)}",
            help=f"There are: {', '.join(sorted(names)[:20]) or 'none'}",
        )
    all_rows = await table(cluster)
    return {name: row for name, row in all_rows.items() if fnmatch.fnmatchcase(name.partition("/")[2], pattern)}


async def cause(cluster: Cluster, name: str) -> Trouble | None:
    """Why one pod does not work, with its log and the simulation of the scheduler; None where it works."""
    found = next((each for each in await troubles(cluster) if name_of(each.pod) == name), None)
    if found is None:
        return None
    if found.cause.check == "k8s.pods.schedulable":
        finding = await schedulable.look(cluster)
        row = finding.evidence.get(f"{namespace_of(found.pod)}/{name}", found.cause.sentence)
        return replace(found, cause=replace(found.cause, sentence=row, remedy=finding.remedy))
    return await with_log(found, cluster)
