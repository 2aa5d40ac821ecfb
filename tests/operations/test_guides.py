"""Each check leads to a part of the guide of each cloud."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from codemie.cli.commands import app
from codemie.operations.catalogue import CHECKS
from codemie.operations.guides import CLOUDS, sections

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
        ("tf.backend.present", "azure", "deploy-on-azure.md#states"),
        ("nats.reachable", "gcp", "deploy-on-kubernetes.md#agents-of-the-plugin-engine"),
    ],
)
def test_explain_names_the_guide_of_a_cloud(check: str, cloud: str, section: str) -> None:
    told = CliRunner().invoke(app, ["explain", check, "--cloud", cloud])
    plain = CliRunner().invoke(app, ["explain", check])

    assert told.exit_code == 0, told.output
    assert f"On {cloud}: docs/how-to/{section}" in told.output
    assert "docs/how-to/" not in plain.output
