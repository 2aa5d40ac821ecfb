"""Google Cloud by the command line, as people and pipelines look at it."""

import json
from pathlib import Path

from codemie.operations.preflight.checks import OF_ACCOUNT, OF_STATES
from tests.cli.test_preflight import checks, ran
from tests.fakes import dns_server
from tests.fakes.google_cloud import PROJECT, REGION, serving
from tests.operations.cloud.google.world import GoogleInstallation
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


async def test_an_installation_is_looked_at_as_it_is(tmp_path: Path) -> None:
    with serving() as cloud:
        world = GoogleInstallation(cloud)
        (tmp_path / "terraform.tfvars.json").write_text(json.dumps(world.values))
        asked = ("doctor", "--cloud", "gcp", "--tfvars", tmp_path, "--json")
        async with dns_server.serving(world.dns) as port:
            resolver = ("--resolver", f"{world.dns.address}:{port}")
            good = await ran(*asked, *resolver, variables=world.environment)
        elsewhere = ("--from", "192.0.2.0/24", "--only", "net.sg.ingress")
        refused = await ran(*asked, *elsewhere, variables=world.environment)

    told = checks(good[1])
    assert json.loads(good[1])["target"] == {"cloud": "gcp", "name": "codemie", "region": REGION, "project": PROJECT}
    assert {name: check["detail"] for name, check in told.items() if check["status"] not in {"pass", "skip"}} == {}
    assert sum(check["status"] == "pass" for check in told.values()) > len(told) - 5
    assert (refused[0], "192.0.2.0/24" in checks(refused[1])["net.sg.ingress"]["detail"]) == (2, True)
    assert cloud.token not in "".join((*good[1:], *refused[1:]))


async def test_a_machine_of_google_signs_in_by_its_metadata_server(tmp_path: Path) -> None:
    with serving() as cloud:
        world = GoogleWorld(cloud)
        (tmp_path / "terraform.tfvars.json").write_text(json.dumps(world.values))
        there = {**cloud.environment(), "NO_GCE_CHECK": "false", "GCE_METADATA_HOST": cloud.url.removeprefix("http://")}
        asked = ("preflight", "--cloud", "gcp", "--tfvars", tmp_path, "--json", "--only", "tf.creds.*")
        good = await ran(*asked, variables=there)
        cloud.scope = "https://www.googleapis.com/auth/devstorage.read_only"
        narrow = await ran(*asked, variables=there)

    told = checks(good[1])
    assert told["tf.creds.present"]["detail"] == "It is the account of this machine, from its metadata server"
    assert {check["status"] for check in told.values()} <= {"pass", "skip"}, good[1]
    assert checks(narrow[1])["tf.creds.valid"]["detail"] == "The token is not for all of Google Cloud"
