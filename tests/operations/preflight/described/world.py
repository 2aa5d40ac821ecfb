"""A good codemie.yaml, its registry and its certificate. Tests break one thing in it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codemie.checks.report import Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.deployment import helm_values
from codemie.operations.deployment.description import read
from codemie.operations.deployment.images import images
from codemie.operations.preflight.checks import CHECKS
from codemie.operations.preflight.description_checks import Described
from codemie.operations.preflight.node_kinds import platforms
from codemie.operations.preflight.pulling import Images
from tests.fakes.registry import FakeRegistry, serving
from tests.plugins.diagnosis.certificates import Issued, issued

HOST = "codemie.ai.acme.test"
CHART = Path(__file__).parents[4] / "deploy" / "helm" / "codemie"
OURS, NATS = "mirror/acme/codemie", "mirror/library/nats"


def mirror() -> FakeRegistry:
    """A registry with what the chart names."""
    registry = FakeRegistry(login="puller:right")
    registry.put(OURS, "0.1.0", ("linux/amd64", "linux/arm64"))
    registry.put(NATS, "2.15.1-alpine")
    return registry


@dataclass
class DescribedWorld:
    """What is described.

    Attributes:
        registry: a mirror with all images of the chart.
        login: of this machine.
        pinned: digest of our image; empty: it is named by its tag.
        lines: further lines of the file.
        values: of the stack.
    """

    folder: Path
    registry: FakeRegistry = field(default_factory=mirror)
    login: str = ""
    pinned: str = ""
    lines: str = ""
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    certificate: Issued = field(default_factory=lambda: issued(HOST, names=(HOST,)))
    key: Issued | None = None

    async def report(self) -> Report:
        """What the checks say of it as it is now."""
        (self.folder / "cert.pem").write_bytes(self.certificate.pem)
        (self.folder / "key.pem").write_bytes((self.key or self.certificate).key_pem)
        async with serving(self.registry) as host:
            text = (
                f"version: 1\ndomain: ai.acme.test\nmirror: '{host}/mirror'\n"
                "image: {repository: acme/codemie, tag: 0.1.0, digest: '" + self.pinned + "'}\n"
                f"tls: {{certificate: cert.pem, key: key.pem}}\n{self.lines}"
            )
            deployment = read(text, "codemie.yaml")
            sources = Sources().offer(Described, Described(deployment, self.folder / "codemie.yaml"))
            wanted = images(CHART, helm_values.values(deployment, {})).values()
            logins = {host: self.login} if self.login else {}
            sources.offer(Images, Images(tuple(wanted), deployment.pull_secrets, logins, platforms(self.values)))
            return await run("preflight", CHECKS, sources, Options())
