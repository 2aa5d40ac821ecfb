"""`codemiectl doctor --cloud`: which cloud is looked at, and where in it the installation is."""

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from codemie.checks.report import Report
    from codemie.checks.run import Options
    from codemie.checks.sources import Sources
    from codemie.cli import net

    LedTo = Callable[[str], Awaitable[tuple[str, ...]]]


class Where(StrEnum):
    """Whose cloud it is."""

    AWS = "aws"
    AZURE = "azure"
    GCP = "gcp"


CloudOption = Annotated[
    Where | None, typer.Option("--cloud", help="Look at what the Terraform stack made in a cloud, as it is now.")
]
FromOption = Annotated[
    list[str] | None,
    typer.Option(
        "--from",
        help="With --cloud: a network that must be admitted, such as 192.0.2.0/24; may be repeated.",
        metavar="CIDR",
    ),
]


def networks(texts: list[str] | None) -> tuple[IPv4Network, ...]:
    """The networks of `--from`.

    Raises:
        BadParameter: one is none, or of IPv6, which the stack does not open.
    """
    try:
        return tuple(IPv4Network(each, strict=False) for each in texts or ())
    except ValueError as error:
        raise typer.BadParameter(f"--from wants an IPv4 network such as 192.0.2.0/24: {error}") from error


@dataclass(frozen=True)
class Cloud:
    """What of a cloud is looked at, as it was asked for.

    Attributes:
        where: whose cloud.
        tfvars: values of the stack, weakest first: files, or folders with them; name, region and account count.
        resolver: a name server to ask; None: this machine's.
        visitors: networks from which somebody should reach the platform.
        place: the name that people type, to be looked at from here, too; None: it is not.
    """

    where: str
    tfvars: tuple[Path, ...] = ()
    resolver: str | None = None
    visitors: tuple[IPv4Network, ...] = ()
    place: "net.Asked | None" = None

    async def examine(self, options: "Options") -> "Report":
        """Make the checks.

        Raises:
            ConfigurationError: the values cannot be read.
            InvalidInput: the resolver is no address.
        """
        # First, for the rest takes a while to load.
        values = self._values()
        from codemie.checks.forms import in_form
        from codemie.checks.run import run
        from codemie.checks.sources import Sources
        from codemie.cli.net import lookup_at
        from codemie.operations.cloud import checks
        from codemie.plugins.diagnosis.lookup import Lookup

        sources = Sources().offer(Lookup, lookup_at(self.resolver, options.timeout))
        found, led_to = self._offer_made(sources, values)
        target = {"cloud": str(self.where), "name": str(values.get("name") or ""), **found}
        forms = (*checks.OF_CLOUD.get(self.where, ()), *checks.OF_BOTH_ENDS.get(self.where, ()))
        if self.place is None:
            return await run("doctor", in_form(checks.CHECKS, forms), sources, options, **target)
        from codemie.operations.catalogue import CLOUD_AND_DOMAIN
        from codemie.operations.network.site import Site

        site = self.place.site()
        if not site.expected:
            site.expected = await led_to(site.name)
        sources.offer(Site, site)
        return await run("doctor", in_form(CLOUD_AND_DOMAIN, forms), sources, options, **target, domain=site.host)

    def _offer_made(self, sources: "Sources", values: Mapping[str, Any]) -> tuple[dict[str, str], "LedTo"]:
        """Offer what the stack made there; says where that is, and asks where a name should lead."""
        from codemie.operations.cloud.expected import Visitors
        from codemie.operations.cloud.made import Made

        sources.offer(Visitors, Visitors(self.visitors))
        _offer_told(sources)
        if self.where == Where.AWS:
            from codemie.operations.cloud import served_checks
            from codemie.operations.cloud.aws import Aws

            made = Made(Aws(values.get("region")), values)
            sources.offer(Made, made)
            found = {"name": made.name, "region": made.aws.region}
            return found, lambda name: served_checks.led_to(made, name)
        sources.not_applicable(Made, f"does not apply to {self.where}")
        if self.where == Where.AZURE:
            from codemie.operations.cloud.azure import balancer_checks
            from codemie.operations.cloud.azure.installed import Installed, installed_of

            installed = installed_of(values, os.environ)
            sources.offer(Installed, installed)
            found = {"name": installed.name, "subscription": installed.subscription}
            return found, lambda name: balancer_checks.addresses_for(installed, name)
        from codemie.operations.cloud.google.deployed import Deployed, addresses_for
        from codemie.operations.cloud.google.way import google_of

        deployed = Deployed(google_of(values, os.environ), values)
        sources.offer(Deployed, deployed)
        found = {"name": deployed.name, "region": deployed.google.region, "project": deployed.google.project}
        return found, lambda name: addresses_for(deployed, name)

    def _values(self) -> Mapping[str, Any]:
        """Those of our stack: given, or its defaults."""
        from codemie.kernel.errors import ConfigurationError
        from codemie.operations.preflight.judgement import Judgement
        from codemie.operations.preflight.stack import read_stack, shipped
        from codemie.operations.preflight.values import files_of, read_values

        stack = read_stack(shipped(self.where))
        values = read_values(files_of(self.tfvars), os.environ, stack.variables)
        for problem in values.problems:
            raise ConfigurationError("The values cannot be read", details=f"{problem.place}: {problem.text}")
        final = Judgement(stack, values).final
        if self.place and not final.get("domain"):
            # The stack gives every name one label in front of the domain.
            return {**final, "domain": self.place.site().name.partition(".")[2]}
        return final


def _offer_told(sources: "Sources") -> None:
    """What the platform says of itself, where the settings of this machine are its own."""
    from codemie.kernel.errors import ConfigurationError
    from codemie.operations.cloud.expected import Told
    from codemie.settings import load_settings

    try:
        told = load_settings()[0].integrations.egress_ip or ""
    except ConfigurationError as error:
        sources.unobservable(Told, f"The settings of this machine cannot be read: {error}", "See config.readable")
        return
    sources.offer(Told, Told(tuple(each.strip() for each in told.split(",") if each.strip())))
