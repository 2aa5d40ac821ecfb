"""Google Cloud by the command line, as people and pipelines look at it."""

import json
from pathlib import Path

from codemie.operations.preflight.checks import OF_ACCOUNT, OF_STATES
from tests.cli.test_preflight import checks, ran
from tests.fakes.google_cloud import serving
from tests.operations.preflight.google.world import BUCKET, GoogleWorld


async def test_a_project_is_asked_before_anything_is_made_there(tmp_path: Path) -> None:
    with serving() as cloud:
        world = GoogleWorld(cloud)
        (tmp_path / "terraform.tfvars.json").write_text(json.dumps(world.values))
        (tmp_path / "backend.tf").write_text(
            f'terraform {{\n  backend "gcs" {{\n    bucket = "{BUCKET}"\n    prefix = "platform"\n  }}\n}}\n'
        )
        asked = ("preflight", "--cloud", "gcp", "--tfvars", tmp_path, "--json")
        good = await ran(*asked, variables=world.environment)
        cloud.off.add("serviceusage.googleapis.com")
        unseen = await ran(*asked, "--only", "tf.account.services", variables=world.environment)
        signed_out = await ran(*asked, "--only", "tf.creds.present", variables=cloud.environment())

    told = checks(good[1])
    assert {told[check.id]["status"] for check in OF_ACCOUNT["gcp"]} == {"pass", "skip"}, good[1]
    assert {told[check.id]["status"] for check in OF_STATES["gcp"]} == {"pass", "skip"}
    assert (told["tf.state.integrity"]["detail"], told["tf.backend.writable"]["status"]) == ("Serial 8", "skip")
    assert told["tf.creds.valid"]["status"] == "pass"
    assert checks(unseen[1])["tf.account.services"]["status"] == "unknown"
    assert (signed_out[0], checks(signed_out[1])["tf.creds.present"]["status"]) == (2, "fail")
    assert "PRIVATE" not in "".join((*good[1:], *unseen[1:]))
    assert cloud.token not in "".join((*good[1:], *unseen[1:]))
