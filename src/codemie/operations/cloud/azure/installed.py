"""What the stack made on Azure, as it is now: found by the names that `deploy/terraform/azure` gives."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from codemie.checks.sources import Unobservable
from codemie.operations.cloud.azure.arm import Arm, Refused, Thing

CLUSTERS, COMPUTE, NETWORK = "2025-05-01", "2024-07-01", "2024-05-01"
"""Versions of the APIs of Azure Kubernetes Service, of machines, and of networks."""
_USUAL_NAME = "codemie"
_PUBLIC_DNS, _PRIVATE_DNS = "2018-05-01", "2024-06-01"


class Installed:
    """One installation in a subscription. What it is asked twice in a run, Azure is asked once.

    Args:
        arm: the way there.
        values: of the stack, defaults included.
        subscription: where it is; empty where it is not said.
    """

    def __init__(self, arm: Arm, values: Mapping[str, Any], subscription: str) -> None:
        self.arm = arm
        self.values = values
        self.subscription = subscription
        self.name = str(values.get("name") or _USUAL_NAME)
        self._asked: dict[str, asyncio.Future[Any]] = {}

    @property
    def place(self) -> str:
        """The subscription, as paths begin.

        Raises:
            Unobservable: it is not said which.
        """
        if not self.subscription:
            raise Unobservable(
                "Which subscription it is in is not said", "Give the values with --tfvars, or ARM_SUBSCRIPTION_ID"
            )
        return f"/subscriptions/{self.subscription}"

    @property
    def group(self) -> str:
        """The resource group that the stack makes, as paths begin."""
        return f"{self.place}/resourceGroups/{self.name}-platform"

    @property
    def zones(self) -> tuple[str, ...]:
        """Availability zones that the stack is in; as in its main.tf."""
        return ("1",) if self.values.get("profile") == "dev" else ("1", "2", "3")

    async def one(self, path: str, version: str, **asked: str) -> Thing | None:
        """What is at a path; None where nothing is.

        Args:
            path: whole, or behind the provider in the group of the stack: `Microsoft.Network/natGateways/NAME`.
            version: of the API.
            asked: further parameters.

        Raises:
            Unobservable: it cannot be asked; says why.
        """
        whole = path if path.startswith("/") else f"{self.group}/providers/{path}"

        async def ask() -> Thing | None:
            try:
                return await self.arm.see(whole, version, **asked)
            except Refused as error:
                if error.is_missing:
                    return None
                raise

        return await self._once(f"{whole} {json.dumps(asked, sort_keys=True)}", ask)

    async def every(self, path: str, version: str, **asked: str) -> list[Thing]:
        """All that is listed at a path; nothing where what is asked about is not there.

        Raises:
            Unobservable: it cannot be asked; says why.
        """
        whole = path if path.startswith("/") else f"{self.group}/providers/{path}"

        async def ask() -> list[Thing]:
            try:
                return await self.arm.every(whole, version, **asked)
            except Refused as error:
                if error.is_missing:
                    return []
                raise

        return await self._once(f"all of {whole} {json.dumps(asked, sort_keys=True)}", ask)

    async def cluster(self) -> Thing | None:
        """The cluster of the platform."""
        return await self.one(f"Microsoft.ContainerService/managedClusters/{self.name}", CLUSTERS)

    async def pools(self) -> list[Thing]:
        """Its pools of nodes."""
        path = f"Microsoft.ContainerService/managedClusters/{self.name}/agentPools"
        return await self.every(path, CLUSTERS)

    async def made_by_cluster(self) -> str:
        """The group in which AKS makes machines and load balancer, as paths begin.

        Raises:
            Unobservable: there is no cluster.
        """
        cluster = await self.cluster()
        if cluster is None:
            raise Unobservable("The cluster of the stack is not there", "See cloud.stack")
        return f"{self.place}/resourceGroups/{facts(cluster).get('nodeResourceGroup')}"

    async def scale_sets(self) -> list[Thing]:
        """The sets of machines that are the nodes."""
        path = f"{await self.made_by_cluster()}/providers/Microsoft.Compute/virtualMachineScaleSets"
        return await self.every(path, COMPUTE)

    async def network(self) -> Thing:
        """The virtual network, with its subnets.

        Raises:
            Unobservable: it is not there.
        """
        found = await self.one(f"Microsoft.Network/virtualNetworks/{self.name}-network", NETWORK)
        if found is None:
            raise Unobservable("The network of the stack is not there", "See cloud.stack")
        return found

    async def subnets(self) -> dict[str, Thing]:
        """Its subnets by name: nodes-1 and so on, database."""
        return {
            str(each["name"]): each for each in cast("list[Thing]", facts(await self.network()).get("subnets") or [])
        }

    async def gateways(self) -> dict[str, Thing]:
        """The NAT gateways that work, by zone."""
        names = {zone: f"Microsoft.Network/natGateways/{self.name}-nat-{zone}" for zone in self.zones}
        found = {zone: await self.one(path, NETWORK) for zone, path in names.items()}
        return {zone: each for zone, each in found.items() if each and state_of(each) == "Succeeded"}

    async def leaving(self) -> list[str]:
        """The addresses by which calls leave."""
        wanted = [address for each in (await self.gateways()).values() for address in _ids(each, "publicIpAddresses")]
        told = [await self.one(path, NETWORK) for path in wanted]
        return sorted({str(facts(each)["ipAddress"]) for each in told if each and facts(each).get("ipAddress")})

    async def address(self, entry: str) -> Thing | None:
        """The fixed address for people or agents.

        Args:
            entry: web or nats, as the stack ends its name.
        """
        return await self.one(f"Microsoft.Network/publicIPAddresses/{self.name}-{entry}", NETWORK)

    async def zones_of(self, *, private: bool) -> list[Thing]:
        """The zones of DNS that the subscription has."""
        kind, version = ("privateDnsZones", _PRIVATE_DNS) if private else ("dnsZones", _PUBLIC_DNS)
        return await self.every(f"{self.place}/providers/Microsoft.Network/{kind}", version)

    async def record(self, zone: Thing, name: str, *, private: bool) -> set[str]:
        """Addresses that a zone has for a name, by itself or by an asterisk; empty where it has none."""
        version = _PRIVATE_DNS if private else _PUBLIC_DNS
        own = name.removesuffix(f".{zone['name']}")
        for each in (own, "*"):
            found = await self.one(f"{zone['id']}/A/{each}", version)
            if found is None:
                continue
            told = facts(found)
            listed = cast("list[Thing]", told.get("ARecords") or told.get("aRecords") or [])
            return {str(address["ipv4Address"]) for address in listed}
        return set()

    async def links(self, zone: Thing) -> list[Thing]:
        """The networks that a private zone is tied to."""
        return await self.every(f"{zone['id']}/virtualNetworkLinks", _PRIVATE_DNS)

    async def _once(self, key: str, ask: Callable[[], Awaitable[Any]]) -> Any:
        if key not in self._asked:
            # A task of its own: a check that runs out of time must not take the answer from the others.
            self._asked[key] = asyncio.ensure_future(ask())
        return await asyncio.shield(self._asked[key])


def facts(thing: Thing) -> Thing:
    """Its properties."""
    return cast("Thing", thing.get("properties") or {})


def state_of(thing: Thing) -> str:
    """How far Azure has come with it: `Succeeded`, `Updating`, `Failed`."""
    return str(facts(thing).get("provisioningState") or "")


def power_of(thing: Thing) -> str:
    """Whether it runs: `Running`, `Stopped`."""
    return str(cast("Thing", facts(thing).get("powerState") or {}).get("code") or "Running")


def _ids(thing: Thing, field: str) -> list[str]:
    listed = cast("list[Thing]", facts(thing).get(field) or [])
    return [str(each["id"]) for each in listed]


def installed_of(values: Mapping[str, Any], environment: Mapping[str, str]) -> Installed:
    """The installation that the values mean, by the sign-in of this machine.

    Args:
        values: of the stack, defaults included.
        environment: variables of this process.
    """
    subscription = str(values.get("subscription_id") or environment.get("ARM_SUBSCRIPTION_ID") or "")
    return Installed(Arm(environment), values, subscription)
