"""What is over is not a fault, and what may not be read is not well."""

from typing import Any

from codemie.checks.report import Checked, Status
from tests.fakes.kubernetes.server import FakeKubernetes
from tests.operations.kubernetes.looking import looked
from tests.operations.kubernetes.way_faults import managed
from tests.operations.kubernetes.world import ago, healthy, labels_of, pod


async def found(fake: FakeKubernetes, check: str) -> Checked:
    return next(each for each in (await looked(fake, check)).checks if each.id == check)


def failed_pod(name: str, owner: str, **status: Any) -> dict[str, Any]:
    of = pod(
        name,
        "n1",
        labels=labels_of("migrate"),
        container="migrate",
        owner=owner,
        imagePullSecrets=[{"name": "registry"}],
    )
    ended = {"exitCode": 1, "reason": "Error", "finishedAt": ago(minutes=5)}
    of["status"]["containerStatuses"][0] |= {"ready": False, "state": {"terminated": ended}}
    of["status"] |= {"phase": "Failed", "conditions": [], **status}
    return of


async def test_a_job_that_succeeded_on_its_second_try_is_done() -> None:
    fake = healthy()
    fake.put(failed_pod("codemie-migrate-1-one", "Job/codemie-migrate-1"))

    report = await looked(fake)

    assert {each.id: each.finding.detail for each in report.checks if each.status is not Status.PASS} == {}


async def test_an_eviction_of_last_week_is_over() -> None:
    fake = healthy()
    when = {"type": "DisruptionTarget", "status": "True", "lastTransitionTime": ago(days=9)}
    fake.put(failed_pod("codemie-worker-1-old", "ReplicaSet/codemie-worker-1", reason="Evicted", conditions=[when]))

    assert {(await found(fake, check)).status for check in ("k8s.pods.oom", "k8s.pods")} == {Status.PASS}


async def test_a_cluster_where_no_addon_is_known_is_not_well() -> None:
    fake = healthy()
    for each in ("daemonsets", "deployments"):
        fake.items["apps", each].clear()

    assert (await found(fake, "k8s.addons")).status is Status.UNKNOWN


async def test_an_addon_is_shown_by_its_own_labels() -> None:
    fake = healthy()
    fake.get("daemonsets", "aws-node", "kube-system", "apps")["status"]["numberReady"] = 1

    told = (await found(fake, "k8s.addons")).finding.remedy[0]

    assert told == "kubectl -n kube-system describe pods -l app=aws-node"


async def test_the_network_of_pods_is_found_in_its_own_namespace() -> None:
    fake = healthy()
    of = fake.get("daemonsets", "aws-node", "kube-system", "apps")
    fake.remove("daemonsets", "aws-node", "kube-system", "apps")
    of["metadata"] |= {"name": "calico-node", "namespace": "calico-system"}
    of["status"]["numberReady"] = 1
    fake.put(of)

    assert "calico-node has 1 of 3" in (await found(fake, "k8s.addons")).finding.detail


async def test_policies_of_others_that_may_not_be_read_are_not_taken_for_none() -> None:
    fake = healthy()
    fake.denied.add("list networkpolicies in ingress-nginx")

    told = await found(fake, "k8s.netpol")

    assert (told.status, "ingress-nginx may not be read" in told.finding.detail) == (Status.UNKNOWN, True)


async def test_a_secret_that_may_not_be_read_is_there_only_where_cert_manager_says_so() -> None:
    fake = healthy()
    fake.denied.add("get secrets")
    vouched = await found(fake, "k8s.chain")
    fake.items["cert-manager.io", "certificates"].clear()
    unseen = await found(fake, "k8s.chain")
    certificates = await found(fake, "k8s.certs")

    assert (vouched.status, unseen.status, certificates.status) == (Status.PASS, Status.UNKNOWN, Status.UNKNOWN)


async def test_a_managed_database_is_reached_where_the_policies_name_its_network() -> None:
    fake = healthy()
    managed(fake, block="10.20.0.0/16")

    assert (await found(fake, "k8s.netpol")).status is Status.PASS


async def test_where_the_database_is_may_not_be_known() -> None:
    fake = healthy()
    managed(fake)
    fake.denied.add("get secrets")

    assert (await found(fake, "k8s.netpol")).status is Status.UNKNOWN
