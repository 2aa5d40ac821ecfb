"""A cluster and the chart for it, fitting and with one fault at a time."""

import asyncio
import base64
import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from codemie.checks.report import Report, Status
from codemie.operations.kubernetes.pod_security import violations
from codemie.operations.preflight.cluster_checks import OLDEST, TRIED
from codemie.operations.preflight.planned_nodes import size_of
from tests.deploy.chart import CHART, SETS, tools, workloads
from tests.deploy.test_chart import VERSIONS
from tests.fakes.certificates import Authority
from tests.fakes.kubernetes.server import serving
from tests.operations.injection import assert_only
from tests.operations.preflight.target.faults import FAULTS, TargetFault
from tests.operations.preflight.target.world import CHECKS, VALUES, TargetWorld, fitting
from tests.support import require


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return asyncio.run(TargetWorld(tmp_path_factory.mktemp("well")).report())


def test_a_fitting_cluster_passes_every_check(well: Report) -> None:
    assert {each.id: (each.status, each.finding.detail) for each in well.checks if each.status is not Status.PASS} == {}


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.check}: {fault.what}" for fault in FAULTS])
async def test_a_fault_turns_its_own_check_red(fault: TargetFault, well: Report, tmp_path: Path) -> None:
    world = TargetWorld(tmp_path)
    fault.inject(world)

    report = await world.report()

    assert_only(fault, well, report)
    found = next(each for each in report.checks if each.id == fault.check).finding
    assert fault.says in found.detail, found.detail


def test_every_check_has_a_fault() -> None:
    assert {each.id for each in CHECKS} == {fault.check for fault in FAULTS}


def test_the_versions_that_fit_are_those_of_the_chart_and_its_schemas() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())

    assert chart["kubeVersion"] == f">=1.{OLDEST}.0-0"
    assert [f"1.{minor}" for minor in range(TRIED[0], TRIED[1] + 1)] == list(VERSIONS)


async def test_what_nobody_may_read_is_unknown(tmp_path: Path) -> None:
    world = TargetWorld(tmp_path)
    world.fake.denied |= {f"list {each}" for each in HIDDEN}

    found = {each.id: each.status for each in (await world.report()).checks}

    hidden = ("capacity", "pod_security", "ingress_class", "issuer", "rights", "load_balancer")
    assert {found[f"cluster.{each}"] for each in hidden} == {Status.UNKNOWN}


async def test_what_the_values_do_not_ask_for_is_left_out(tmp_path: Path) -> None:
    world = TargetWorld(tmp_path, values={"url": "https://a.test", "database": {"existingSecret": "db"},
                                          "ingress": {"enabled": False}, "worker": {"autoscaling": {"mode": "none"}},
                                          "api": {"autoscaling": {"enabled": False}}})  # fmt: skip
    world.fake.absent = frozenset({"keda.sh", "cert-manager.io", "metrics.k8s.io"})

    found = {each.id: each.status for each in (await world.report()).checks}

    left_out = {"storage", "ingress_class", "load_balancer", "issuer", "metrics"}
    assert {each for each, status in found.items() if status is Status.SKIP} == {f"cluster.{name}" for name in left_out}
    assert set(found.values()) == {Status.SKIP, Status.PASS}


async def test_an_installation_that_runs_makes_room_for_its_next_version(tmp_path: Path) -> None:
    world = TargetWorld(tmp_path)
    for name, used in (("n1", "2Gi"), ("n2", "2Gi"), ("n3", "2Gi")):
        world.fake.get("nodes", name, "")["status"]["allocatable"]["memory"] = used

    found = {each.id: each.status for each in (await world.report()).checks}

    assert found["cluster.capacity"] is Status.PASS


async def test_a_namespace_that_is_not_there_yet_asks_for_the_right_to_make_it(tmp_path: Path) -> None:
    world = TargetWorld(tmp_path)
    world.fake.remove("namespaces", "codemie", "")
    world.fake.denied.add("create namespaces")

    found = {each.id: each.finding for each in (await world.report()).checks}

    assert "create namespaces" in found["cluster.rights"].detail
    assert found["cluster.pod_security"].status is Status.PASS


@pytest.mark.parametrize(("cloud", "kind"), [("azure", "vm_size"), ("gcp", "machine_type")])
@pytest.mark.parametrize("profile", ["prod", "dev"])
async def test_the_nodes_of_every_stack_take_the_chart_as_it_comes(
    cloud: str, kind: str, profile: str, tmp_path: Path
) -> None:
    usual = TargetWorld(tmp_path, cloud=cloud, planned={"profile": profile})
    strange = TargetWorld(tmp_path, cloud=cloud, planned={kind: "Standard_NC24ads_A100_v4"})

    found = [{each.id: each.finding for each in (await world.report()).checks} for world in (usual, strange)]

    assert found[0]["cluster.planned_room"].status is Status.PASS, found[0]["cluster.planned_room"]
    assert found[1]["cluster.planned_room"].status is Status.UNKNOWN


# As the clouds list them.
SIZES = {
    "m7i.xlarge": (4, 16), "t3.large": (2, 8), "t3.medium": (2, 4), "c6a.2xlarge": (8, 16), "r6g.4xlarge": (16, 128),
    "Standard_D4s_v5": (4, 16), "Standard_E8ds_v5": (8, 64), "Standard_F16s_v2": (16, 32),
    "e2-standard-4": (4, 16), "n2-highmem-8": (8, 64), "e2-highcpu-16": (16, 16), "c3-highcpu-8": (8, 16),
}  # fmt: skip


@pytest.mark.parametrize("kind", SIZES)
def test_the_size_of_a_machine_follows_from_its_name(kind: str) -> None:
    cpus, gib = SIZES[kind]

    assert size_of(kind) == (cpus, gib * 2**30)


@pytest.mark.parametrize(
    "kind", ["p4d.24xlarge", "m7i.metal", "Standard_NC24ads_A100_v4", "Standard_E8-4s_v5", "f1-micro", ""]
)
def test_a_size_that_a_name_does_not_tell_is_not_guessed(kind: str) -> None:
    assert size_of(kind) is None


@pytest.mark.parametrize("values", SETS)
def test_every_pod_of_the_chart_fits_to_restricted(values: str) -> None:
    assert {name: violations({"spec": pod["spec"]}, "restricted") for name, pod in workloads(values)} == {
        name: [] for name, _ in workloads(values)
    }


HIDDEN = ("nodes", "namespaces", "services", "ingressclasses", "clusterissuers")
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
GOOD = {
    "allowPrivilegeEscalation": False, "runAsNonRoot": True, "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}  # fmt: skip
BAD_CONTAINERS = (
    {"allowPrivilegeEscalation": True}, {"runAsNonRoot": False}, {"capabilities": {}}, {"seccompProfile": {}},
    {"runAsUser": 0}, {"privileged": True}, {"capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}},
    {"capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}}, {"procMount": "Unmasked"},
)  # fmt: skip
BAD_PODS = (
    {"hostNetwork": True}, {"hostPID": True}, {"securityContext": {"runAsUser": 0}},
    {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
    {"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}, {"volumes": [{"name": "v", "nfs": {"path": "/"}}]},
)  # fmt: skip


@given(
    st.sampled_from([{}, *BAD_CONTAINERS]),
    st.sampled_from([{}, *BAD_PODS]),
    st.sampled_from(["containers", "initContainers"]),
)
def test_a_pod_fits_exactly_where_nothing_is_held_against_it(
    container: dict[str, object], pod: dict[str, object], group: str
) -> None:
    containers = [{"name": "a", "securityContext": GOOD}, {"name": "b", "securityContext": {**GOOD, **container}}]
    spec = {group: containers, **pod}

    found = violations({"spec": spec}, "restricted")

    assert bool(found) is bool(container or pod)
    assert violations({"spec": spec}, "privileged") == []
    assert set(violations({"spec": spec}, "baseline")) <= set(found)


async def test_the_command_says_what_kubectl_says_of_the_same_cluster(tmp_path: Path) -> None:
    require(shutil.which("kubectl"), "kubectl")
    fake = fitting()
    fake.token = "installer"
    fake.denied.add("create deployments")
    fake.absent = frozenset({"keda.sh"})
    authority = Authority.made(tmp_path)
    trusted = base64.b64encode(authority.pem.encode()).decode()
    values = tmp_path / "mine.yaml"
    values.write_text(yaml.safe_dump(VALUES | {"worker": {"autoscaling": {"mode": "cpu"}}}))
    async with serving(fake, authority.server()) as server:
        config = tmp_path / "kubeconfig"
        config.write_text(yaml.safe_dump(_kubeconfig(server, trusted)))
        variables = {**os.environ, "KUBECONFIG": str(config), "PATH": f"{tools()}:{os.environ['PATH']}"}
        # `kubectl auth can-i` asks the same, in Protobuf.
        may = await _ran(variables, "kubectl", "create", "--raw", REVIEWS, "-f", str(_question(tmp_path)))
        known = await _ran(variables, "kubectl", "api-resources", "--api-group=keda.sh", "-o", "name")
        classes = await _ran(variables, "kubectl", "get", "storageclass", "-o", "name")
        command = (sys.executable, "-m", "codemie.cli", "preflight", "--cluster", "--json", "--values", str(values))
        cpu = await _ran(variables, *command)
        values.write_text(yaml.safe_dump(VALUES))
        queue = await _ran(variables, *command)

    assert (json.loads(may[1])["status"]["allowed"], known[1].strip(), classes[1].strip()) == (
        False,
        "",
        "storageclass.storage.k8s.io/gp3",
    )
    assert (cpu[0], queue[0]) == (2, 2), cpu
    first, second = ({each["id"]: each for each in json.loads(printed)["checks"]} for _, printed in (cpu, queue))
    assert first["cluster.rights"]["status"] == "fail"
    assert "kubectl auth can-i create deployments.apps -n codemie" in first["cluster.rights"]["remedy"]
    assert first["cluster.storage"]["detail"] == "data: gp3"
    assert second["cluster.kinds"]["status"] == "fail"
    assert second["cluster.rights"]["detail"] == "blocked by cluster.kinds"
    assert json.loads(cpu[1])["target"]["namespace"] == "codemie"


def _question(folder: Path) -> Path:
    attributes = {"verb": "create", "group": "apps", "resource": "deployments", "namespace": "codemie"}
    file = folder / "review.json"
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    file.write_text(json.dumps(review | {"spec": {"resourceAttributes": attributes}}))
    return file


def _kubeconfig(server: str, trusted: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "installer"}}],
        "clusters": [{"name": "test", "cluster": {"server": server, "certificate-authority-data": trusted}}],
        "users": [{"name": "installer", "user": {"token": "installer"}}],
    }


async def _ran(variables: dict[str, str], *command: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(*command, env=variables, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(90):
        printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()
