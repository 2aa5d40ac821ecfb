"""The reader of the API: pages, retries, what is denied, and that nothing is read twice."""

from collections import Counter

import pytest

from codemie.checks.report import Status
from codemie.checks.sources import Unobservable
from codemie.operations.kubernetes.client import PAGE, ApiUnreachable, Client
from codemie.operations.kubernetes.kinds import NODES, PODS
from codemie.operations.kubernetes.kubeconfig import Access
from tests.fakes.kubernetes.server import FakeKubernetes, serving
from tests.operations.kubernetes.looking import cluster, looked
from tests.operations.kubernetes.world import healthy, item
from tests.support import free_port


async def test_every_page_of_a_list_is_read() -> None:
    fake = FakeKubernetes()
    for number in range(PAGE + 3):
        fake.put(item("Pod", f"p{number}"))

    async with cluster(fake) as source:
        found = await source.ours(PODS)

    assert len(found) == PAGE + 3
    assert len(fake.asked) == 2


async def test_a_busy_server_is_asked_again() -> None:
    fake = healthy()
    fake.coming = [429, 503]

    async with cluster(fake) as source:
        assert len(await source.everywhere(NODES)) == 3


async def test_a_run_reads_each_kind_once() -> None:
    fake = healthy()

    await looked(fake)

    read = Counter(each for each in fake.asked if "selfsubject" not in each and each != "GET /version")
    assert {path: times for path, times in read.items() if times > 1} == {}
    assert all(
        each.startswith(("GET ", "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews")) for each in read
    )


async def test_what_may_not_be_read_is_unknown_and_says_how_to_allow_it() -> None:
    fake = healthy()
    fake.denied |= {"list nodes", "list networkpolicies"}

    report = await looked(fake)

    found = {each.id: each.finding for each in report.checks}
    assert found["k8s.netpol"].status is Status.UNKNOWN
    assert found["k8s.netpol"].detail == "The reader may not list networkpolicies.networking.k8s.io in codemie"
    assert found["k8s.netpol"].remedy[0] == "kubectl auth can-i list networkpolicies.networking.k8s.io -n codemie"
    assert (
        '{apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["list"]}'
        in found["k8s.netpol"].remedy[1]
    )
    assert found["k8s.nodes.ready"].status is Status.UNKNOWN
    assert found["k8s.pods.crash"].status is Status.PASS
    assert found["k8s.rights"].status is Status.WARN


async def test_a_reader_of_one_namespace_still_sees_its_pods() -> None:
    fake = healthy()
    whole = {"GET /api/v1/pods?limit=500", "GET /api/v1/events?limit=500"}

    async with cluster(fake) as source:
        await source.ours(PODS)
        assert set(fake.asked) <= whole
    fake.denied.add("list pods")
    async with cluster(fake) as source:
        with pytest.raises(Unobservable, match="may not list pods in codemie"):
            await source.ours(PODS)

    assert fake.asked[-1] == "GET /api/v1/namespaces/codemie/pods?limit=500"


async def test_secrets_are_read_by_name_and_never_listed() -> None:
    fake = healthy()

    await looked(fake)

    asked = {each for each in fake.asked if "secrets" in each}
    assert asked == {
        f"GET /api/v1/namespaces/codemie/secrets/{name}" for name in ("registry", "codemie-tls", "agents-tls")
    }


async def test_a_cluster_without_metrics_and_cert_manager_is_no_fault() -> None:
    fake = healthy()
    fake.absent = frozenset({"metrics.k8s.io", "cert-manager.io"})

    found = {each.id: each for each in (await looked(fake)).checks}

    assert found["k8s.nodes.usage"].status is Status.UNKNOWN
    assert "metrics-server" in found["k8s.nodes.usage"].finding.remedy[0]
    assert found["k8s.certs"].status is Status.PASS


@pytest.mark.parametrize("seconds", [0.2])
async def test_a_server_that_is_away_is_one_cause(seconds: float) -> None:
    async with Client(Access(f"http://127.0.0.1:{free_port()}"), seconds=seconds) as client:
        with pytest.raises(ApiUnreachable, match="cannot be reached"):
            await client.version()


async def test_what_is_no_kubernetes_is_told_apart() -> None:
    fake = FakeKubernetes()
    fake.coming = [302]

    async with serving(fake) as server, Client(Access(server)) as client:
        with pytest.raises(ApiUnreachable, match="answers 302"):
            await client.version()
