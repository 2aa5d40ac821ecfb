"""One name from both ends: the load balancer in Google Cloud, and what answers on loopback."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from codemie.checks.forms import in_form
from codemie.checks.report import Finding, Status
from codemie.checks.run import Options, run
from codemie.operations.catalogue import CLOUD_AND_DOMAIN, FORMS
from codemie.operations.cloud.expected import Visitors
from codemie.operations.cloud.google.deployed import Deployed, addresses_for
from codemie.operations.cloud.google.way import google_of
from tests.fakes.google_cloud import GoogleCloud, serving
from tests.operations.cloud.google.world import CERTIFICATE, GLOBAL, WEB, GoogleInstallation
from tests.operations.network.world import HOST, World, healthy
from tests.plugins.diagnosis.certificates import issued


@pytest.fixture(scope="module")
def cloud() -> Iterator[GoogleCloud]:
    with serving() as made:
        yield made


async def served(world: GoogleInstallation, site: World, pem: str) -> Finding:
    """What is said of the certificate where the load balancer has this one."""
    world.values["domain"] = HOST.partition(".")[2]
    world.change(f"{GLOBAL}/sslCertificates/{CERTIFICATE}", certificate=pem, subjectAlternativeNames=[HOST])
    async with AsyncExitStack() as stack:
        sources = await site.sources(stack)
        sources.offer(Deployed, Deployed(google_of(world.values, world.environment), world.values))
        sources.offer(Visitors, Visitors())
        options = Options(only=("tls.served", "lb.state"), timeout=60)
        report = await run("doctor", in_form(CLOUD_AND_DOMAIN, FORMS["gcp"]), sources, options)
    return next(each.finding for each in report.checks if each.id == "tls.served")


async def test_the_certificate_of_the_load_balancer_is_the_one_that_is_served(
    cloud: GoogleCloud, tmp_path: Path
) -> None:
    site = healthy(tmp_path)
    own, other = site.certificate.pem, issued(HOST, site.root, names=(HOST,)).pem

    good = await served(GoogleInstallation(cloud), site, own.decode())
    bad = await served(GoogleInstallation(cloud), site, other.decode())

    assert (good.status, good.detail) == (Status.PASS, f"{CERTIFICATE} is served")
    assert (bad.status, "that the load balancer has not" in bad.detail) == (Status.FAIL, True)


async def test_a_name_should_lead_to_the_reserved_address(cloud: GoogleCloud) -> None:
    world = GoogleInstallation(cloud)
    deployed = Deployed(google_of(world.values, world.environment), world.values)

    assert await addresses_for(deployed, "codemie.ai.acme.test") == (WEB,)
    assert await addresses_for(deployed, "www.acme.test") == ()
