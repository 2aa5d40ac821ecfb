"""One name from both ends: the load balancer on moto, and what answers on loopback."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from codemie.checks.report import Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.catalogue import CLOUD_AND_DOMAIN
from codemie.operations.cloud.made import Made
from tests.operations.cloud.balancer_part import listener
from tests.operations.cloud.world import CloudWorld
from tests.operations.network.world import World
from tests.plugins.diagnosis.certificates import Issued

ONLY = ("tls.served", "lb.state")


@dataclass
class BothEnds:
    """A load balancer that has the certificate which is served.

    Attributes:
        cloud: with the load balancer.
        site: what answers.
    """

    cloud: CloudWorld
    site: World

    def __post_init__(self) -> None:
        """All well."""
        self.cloud.values["domain"] = "ai.example.org"
        self.attach(self.site.certificate)
        self.site.resolver.records[self.balancer, "A"] = (60, ["127.0.0.1"])

    @property
    def balancer(self) -> str:
        """AWS's own name of the load balancer."""
        told = self.cloud.client("elbv2").describe_load_balancers(Names=["codemie-web"])["LoadBalancers"]
        return str(told[0]["DNSName"])

    def attach(self, certificate: Issued) -> None:
        """Let the load balancer have this certificate alone."""
        asked = self.cloud.client("acm").import_certificate(Certificate=certificate.pem, PrivateKey=certificate.key_pem)
        elb, arn = self.cloud.client("elbv2"), self.cloud.ids["listener/web/443"]
        elb.delete_listener(ListenerArn=arn)
        listener(self.cloud, "web", 443, "HTTPS", asked["CertificateArn"])

    async def report(self) -> Report:
        """What the checks say of it as it is now."""
        async with AsyncExitStack() as stack:
            sources = await self.site.sources(stack)
            return await run("doctor", CLOUD_AND_DOMAIN, self.offered(sources), Options(only=ONLY, timeout=60))

    def offered(self, sources: Sources) -> Sources:
        """With the cloud among them."""
        return sources.offer(Made, Made(self.cloud.aws, self.cloud.values))
