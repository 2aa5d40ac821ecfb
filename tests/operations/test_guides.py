"""Each check leads to a part of the guide of each cloud, and the cloud is found out."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from codemie.cli.commands import app
from codemie.operations.catalogue import CHECKS
from codemie.operations.guides import CLOUDS, sections
from codemie.operations.kubernetes.kubeconfig import Access
from codemie.operations.whose_cloud import clues
from tests.fakes.kubernetes.server import FakeKubernetes, serving
from tests.operations.kubernetes.world import item
from tests.support import free_port

GUIDES = Path(__file__).parents[2] / "docs" / "how-to"


def anchors(page: str) -> set[str]:
    """The headings of a page, as its addresses name them."""
    headings = re.findall(r"(?m)^#+ (.+)$", (GUIDES / page).read_text())
    return {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_check_leads_to_a_part_that_is_there(cloud: str) -> None:
    for check in CHECKS:
        found = sections(check.id, cloud)
        assert found, check.id
        for section in found:
            page, _, anchor = section.partition("#")
            assert anchor in anchors(page), f"{check.id}: {section}"


@pytest.mark.parametrize(
    ("check", "cloud", "section"),
    [
        ("tf.creds.present", "aws", "deploy-on-aws.md#1-have-ready"),
        ("image.pull", "gcp", "deploy-on-google-cloud.md#the-image"),
        ("tf.backend.present", "azure", "deploy-on-azure.md#states"),
        ("nats.reachable", "gcp", "deploy-on-kubernetes.md#agents-of-the-plugin-engine"),
    ],
)
def test_explain_names_the_guide_of_a_cloud(check: str, cloud: str, section: str) -> None:
    told = CliRunner().invoke(app, ["explain", check, "--cloud", cloud])

    assert told.exit_code == 0, told.output
    assert f"On {cloud}: docs/how-to/{section}" in told.output
    assert told.output.count("\nOn ") == len(sections(check, cloud))


def described(folder: Path) -> str:
    # The rest of it is unfinished, which is no matter here.
    (folder / "codemie.yaml").write_text("version: 1\ncloud: azure\n")
    return "cloud: azure in codemie.yaml"


def resources_in_a_state(folder: Path) -> str:
    made = [{"mode": "managed", "provider": f'provider["registry.terraform.io/hashicorp/{name}"]'} for name in TWO]
    (folder / "terraform.tfstate").write_text(json.dumps({"version": 4, "resources": made}))
    return "the resources in terraform.tfstate"


def backend(folder: Path) -> str:
    (folder / ".terraform").mkdir()
    (folder / ".terraform" / "terraform.tfstate").write_text(json.dumps({"backend": {"type": "azurerm"}}))
    return "the backend azurerm in .terraform/terraform.tfstate"


def values_of_a_stack(folder: Path) -> str:
    stack = folder / "deploy" / "terraform" / "azure" / "platform"
    stack.mkdir(parents=True)
    (stack / "terraform.tfvars").write_text('domain = "ai.acme.test"\n')
    return "deploy/terraform/azure/platform/terraform.tfvars"


TWO = ("random", "azurerm")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with nothing in it, and no cluster."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    return tmp_path


def explained(*more: str) -> str:
    told = CliRunner().invoke(app, ["explain", "tf.creds.present", *more])
    assert told.exit_code == 0, told.output
    return told.output


@pytest.mark.parametrize("given", [described, resources_in_a_state, backend, values_of_a_stack])
def test_the_cloud_is_found_out_from_files(given: Callable[[Path], str], elsewhere: Path) -> None:
    clue = given(elsewhere)

    told = explained()

    assert told.endswith(f"On azure (by {clue}): docs/how-to/deploy-on-azure.md#have-ready\n")
    assert told.count("docs/how-to/") == 1


def test_a_description_that_is_named_wins_over_what_lies_around(elsewhere: Path) -> None:
    resources_in_a_state(elsewhere)
    (elsewhere / "other.yaml").write_text("cloud: gcp\n")

    assert "On gcp (by cloud: gcp in other.yaml): docs/how-to/deploy-on-google-cloud.md" in explained(
        "--config", "other.yaml"
    )


def test_a_description_that_cannot_be_read_is_refused_where_it_is_named_and_passed_over_where_not(
    elsewhere: Path,
) -> None:
    (elsewhere / "codemie.yaml").write_text("cloud: [\n")

    refused = CliRunner().invoke(app, ["explain", "tf.creds.present", "--file", "codemie.yaml"])

    assert (refused.exit_code, "codemie.yaml" in refused.output) == (3, True)
    assert "was not found out" in explained()


@pytest.mark.parametrize(("machine", "cloud"), [("aws:///eu-central-1a/i-1", "aws"), ("gce://p/z/n", "gcp")])
async def test_nodes_of_a_cluster_tell_the_cloud(machine: str, cloud: str, elsewhere: Path) -> None:
    fake = FakeKubernetes()
    fake.put(item("Node", "node-1", namespace="", spec={"providerID": machine}, status={}))
    async with serving(fake) as url:
        found = await clues(None, elsewhere, Access(url))

    assert [(clue.cloud, clue.where) for clue in found] == [(cloud, "the nodes of the cluster")]


async def test_a_cluster_that_does_not_answer_tells_nothing(elsewhere: Path) -> None:
    assert await clues(None, elsewhere, Access(f"http://127.0.0.1:{free_port()}")) == []


def test_where_nothing_tells_the_cloud_all_guides_are_named(elsewhere: Path) -> None:
    told = explained()

    assert "--cloud names it" in told
    for cloud, page in (("aws", "aws"), ("azure", "azure"), ("gcp", "google-cloud")):
        assert f"On {cloud}: docs/how-to/deploy-on-{page}.md" in told


def test_two_clouds_that_are_found_are_both_named(elsewhere: Path) -> None:
    resources_in_a_state(elsewhere)
    stack = elsewhere / "deploy" / "terraform" / "gcp" / "platform"
    stack.mkdir(parents=True)
    (stack / "terraform.tfvars").write_text("")

    told = explained()

    assert "On azure (by the resources" in told
    assert "On gcp (by deploy/terraform/gcp" in told
    assert "On aws" not in told
