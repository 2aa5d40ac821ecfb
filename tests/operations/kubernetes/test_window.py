"""How long ago what happened in a cluster still counts."""

import datetime as dt

from codemie.checks.report import Status
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.kubernetes.checks import CHECKS
from codemie.operations.kubernetes.cluster import Cluster
from tests.operations.kubernetes.looking import cluster
from tests.operations.kubernetes.world import healthy, item, warning


async def test_a_warning_counts_as_long_as_is_asked() -> None:
    fake = healthy()
    fake.put(warning(item("Service", "codemie"), "SyncFailed", "of three hours ago", minutes=180))

    async with cluster(fake) as source:
        told: dict[int, Status] = {}
        for hours in (1, 24):
            seen = Cluster(source.api, source.namespaces, window=dt.timedelta(hours=hours), now=source.now)
            found = await run("doctor", CHECKS, Sources().offer(Cluster, seen), Options(only=("k8s.events",)))
            told[hours] = next(each.status for each in found.checks if each.id == "k8s.events")

    assert told == {1: Status.PASS, 24: Status.WARN}
