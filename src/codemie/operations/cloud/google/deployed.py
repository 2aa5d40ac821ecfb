"""What the stack made in a project, as it is now: found by the names that `deploy/terraform/gcp` gives."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import IPv4Network
from typing import Any
from urllib.parse import urlsplit

from codemie.checks.sources import Unobservable
from codemie.operations.cloud.google.refusals import Refused
from codemie.operations.cloud.google.way import Google, Thing

WEB, AGENTS = "web", "nats"
HOSTS: Mapping[str, str] = {WEB: "codemie", AGENTS: "codemie-nats"}
"""Whom a load balancer is for → the first label of its name."""


class Deployed:
    """One installation in a project. What it is asked twice in a run, Google is asked once.

    Args:
        google: the way there.
        values: of the stack, defaults included.
    """

    def __init__(self, google: Google, values: Mapping[str, Any]) -> None:
        self.google = google
        self.values = values
        self.name = str(values.get("name") or "codemie")
        self._asked: dict[str, asyncio.Future[Any]] = {}

    @property
    def parent(self) -> str:
        """The project, as paths begin.

        Raises:
            Unobservable: nobody says which it is.
        """
        if not self.google.project:
            raise Unobservable("Which project is meant is not said", "Give project_id in the values, with --tfvars")
        return f"projects/{self.google.project}"

    @property
    def regional(self) -> str:
        """Where Compute Engine has what is of the region."""
        return f"{self.parent}/regions/{self.google.region}"

    async def one(self, service: str, path: str, permission: str, body: Thing | None = None) -> Thing | None:
        """The answer about one thing; None where there is no such thing.

        Args:
            service: as `Google.ask` takes it; likewise the path.
            path: likewise.
            permission: what the question takes.
            body: of a question that is posted.

        Raises:
            Unobservable: it cannot be asked; says why.
        """

        async def ask() -> Thing | None:
            try:
                return await self.google.see(service, path, permission, body)
            except Refused:
                return None

        return await self._once(f"{service} {path} {json.dumps(body)}", ask)

    async def every(self, service: str, path: str, field: str, permission: str) -> list[Thing]:
        """All that an address lists. Raises as `one`."""
        return await self._once(f"{service} {path} all", lambda: self.google.every(service, path, field, permission))

    async def linked(self, link: str, permission: str) -> Thing | None:
        """The thing of Compute Engine that another one links to. Raises as `one`."""
        return await self.one("compute", path_of(link), permission)

    async def project(self) -> Thing:
        """The project itself.

        Raises:
            Refused: there is none that the sign-in may see.
            Unobservable: it cannot be asked.
        """
        return await self.google.ask("resource_manager_v3", self.parent)

    async def network(self) -> Thing | None:
        """The network of the platform."""
        return await self.one("compute", f"{self.parent}/global/networks/{self.name}", "compute.networks.get")

    async def subnet(self) -> Thing | None:
        """The subnet of the nodes."""
        return await self.one("compute", f"{self.regional}/subnetworks/{self.name}-nodes", "compute.subnetworks.get")

    async def cluster(self) -> Thing | None:
        """The cluster: of the region in production, else of a zone."""
        region = self.google.region
        for location in (region, f"{region}-b"):
            path = f"{self.parent}/locations/{location}/clusters/{self.name}"
            if found := await self.one("container", path, "container.clusters.get"):
                return found
        return None

    async def machines(self) -> list[Thing]:
        """The nodes that run, as machines."""
        cluster = await self.cluster() or {}
        found: list[Thing] = []
        for zone in cluster.get("locations") or ():
            path = f"{self.parent}/zones/{zone}/instances"
            found += await self.every("compute", path, "items", "compute.instances.list")
        return [each for each in found if (each.get("labels") or {}).get("goog-k8s-cluster-name") == self.name]

    async def nat(self) -> Thing | None:
        """The Cloud NAT by which the platform leaves its network."""
        router = await self.one("compute", f"{self.regional}/routers/{self.name}", "compute.routers.get")
        return next((each for each in (router or {}).get("nats") or () if each.get("name") == self.name), None)

    async def leaving(self) -> list[str]:
        """The addresses by which calls leave; empty where there is no Cloud NAT, or its addresses are not fixed."""
        links = (await self.nat() or {}).get("natIps") or ()
        told = [await self.linked(str(each), "compute.addresses.get") for each in links]
        return sorted(str(each["address"]) for each in told if each and each.get("address"))

    async def address(self, role: str) -> str:
        """The reserved address of a load balancer; empty where it is not there.

        Args:
            role: `web` or `nats`, as the stack ends its name.
        """
        is_web = role == WEB
        path = f"{self.parent}/global" if is_web else self.regional
        right = "compute.globalAddresses.get" if is_web else "compute.addresses.get"
        told = await self.one("compute", f"{path}/addresses/{self.name}-{role}", right)
        return str((told or {}).get("address") or "")

    async def fronts(self, role: str) -> list[Thing]:
        """The forwarding rules at the address of a load balancer: GKE makes them, and names them."""
        address = await self.address(role)
        path = f"{self.parent}/global" if role == WEB else self.regional
        right = "compute.globalForwardingRules.list" if role == WEB else "compute.forwardingRules.list"
        found = await self.every("compute", f"{path}/forwardingRules", "items", right)
        return [each for each in found if address and each.get("IPAddress") == address]

    def host(self, role: str) -> str:
        """The name that leads to a load balancer.

        Raises:
            Unobservable: the domain is not known.
        """
        if not self.values.get("domain"):
            raise Unobservable("The domain is not known", "Give the values of this installation with --tfvars")
        return f"{HOSTS[role]}.{self.values['domain']}"

    @property
    def agents_ports(self) -> list[int]:
        """Where agents connect."""
        return [int(port) for port in self.values.get("nats_ports") or (443,)]

    async def _once(self, key: str, ask: Callable[[], Awaitable[Any]]) -> Any:
        if key not in self._asked:
            # A task of its own: a check that runs out of time must not take the answer from the others.
            self._asked[key] = asyncio.ensure_future(ask())
        return await asyncio.shield(self._asked[key])


def path_of(link: str) -> str:
    """The path below the address of Compute Engine that a link of Google's has."""
    return f"projects/{urlsplit(link).path.partition('/projects/')[2]}"


def named(link: str) -> str:
    """The last part of a link: the name."""
    return link.rstrip("/").rpartition("/")[2]


def network_of(text: str) -> IPv4Network | None:
    """A network of IPv4; None of another kind, which the stack has not."""
    try:
        return IPv4Network(text, strict=False)
    except ValueError:
        return None


async def addresses_for(deployed: Deployed, name: str) -> tuple[str, ...]:
    """The address that a name should lead to; nothing where that cannot be told."""
    try:
        roles = [role for role in HOSTS if deployed.host(role) == name]
        return tuple([address for role in roles if (address := await deployed.address(role))])
    except Unobservable:
        return ()
