"""What codemie.yaml names, good and with one fault at a time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from codemie.checks.report import Report, Status
from codemie.operations.deployment.images import images
from codemie.operations.preflight.node_kinds import platforms
from tests.deploy.chart import CHART, SETS, containers
from tests.operations.injection import assert_only
from tests.operations.preflight.described.faults import FAULTS, DescribedFault
from tests.operations.preflight.described.world import OURS, DescribedWorld


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return asyncio.run(DescribedWorld(tmp_path_factory.mktemp("well")).report())


def test_all_is_well_where_nothing_is_broken(well: Report) -> None:
    looked = [check for check in well.checks if check.status is not Status.SKIP]

    assert {check.id: check.finding.detail for check in looked if check.status is not Status.PASS} == {}
    assert {fault.check for fault in FAULTS} == {check.id for check in looked}


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.check}: {fault.what}" for fault in FAULTS])
async def test_a_fault_turns_its_own_check_red(fault: DescribedFault, well: Report, tmp_path: Path) -> None:
    world = DescribedWorld(tmp_path)
    fault.inject(world)

    assert_only(fault, well, await world.report())


async def test_a_registry_that_wants_a_login_which_the_cluster_has_is_unknown(tmp_path: Path) -> None:
    world = DescribedWorld(tmp_path, lines="pull_secrets: [registry-login]\n")
    world.registry.is_open = False

    found = {check.id: check for check in (await world.report()).checks}

    for each in ("images.auth", "images.found", "images.platform"):
        assert found[each].status is Status.UNKNOWN, each
    assert "registry-login" in found["images.auth"].finding.detail


async def test_the_login_of_this_machine_is_used_where_the_registry_wants_one(tmp_path: Path) -> None:
    world = DescribedWorld(tmp_path, login="puller:right")
    world.registry.is_open = False

    found = {check.id: check for check in (await world.report()).checks}

    assert {found[each].status for each in ("images.auth", "images.found", "images.platform")} == {Status.PASS}


async def test_a_manifest_that_is_not_what_its_digest_says_is_not_believed(tmp_path: Path) -> None:
    world = DescribedWorld(tmp_path)
    digest = world.registry.put(OURS, "0.1.0")
    world.lines = ""
    world.pinned = digest
    world.registry.lies[digest] = b'{"mediaType": "application/vnd.oci.image.manifest.v1+json"}'

    found = {check.id: check for check in (await world.report()).checks}

    assert found["images.found"].status is Status.UNKNOWN
    assert "gives another content" in found["images.found"].finding.detail


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, ("linux/amd64",)),
        ({"node_groups": {"a": {"instance_types": ["g4dn.xlarge", "c7gn.large"]}}}, ("linux/amd64", "linux/arm64")),
        ({"node_groups": {"a": {"instance_types": ["t4g.large"]}}}, ("linux/arm64",)),
        ({"vm_size": "Standard_D4ps_v5"}, ("linux/arm64",)),
        ({"vm_size": "Standard_D4s_v5"}, ("linux/amd64",)),
        ({"machine_type": "t2a-standard-4"}, ("linux/arm64",)),
        ({"machine_type": "e2-standard-4"}, ("linux/amd64",)),
    ],
)
def test_processors_follow_from_the_types_of_nodes(values: dict[str, Any], wanted: tuple[str, ...]) -> None:
    assert platforms(values) == wanted


def test_the_images_are_those_that_helm_renders() -> None:
    for name in SETS:
        values = yaml.safe_load((CHART / "ci" / f"{name}-values.yaml").read_text())

        computed = {image.name for image in images(CHART, values).values()}

        assert computed == {one["image"] for _, one in containers(name)}, name
