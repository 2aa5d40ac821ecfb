"""What `deploy/terraform/azure` and AKS make, all well. Tests break one thing in it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

from codemie.checks.report import Checked, Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.cloud.azure.checks import CHECKS
from codemie.operations.cloud.azure.installed import Installed, installed_of
from codemie.operations.cloud.expected import Told, Visitors
from codemie.plugins.diagnosis.lookup import Lookup
from tests.fakes.azure_cloud import HERE, SUBSCRIPTION, TENANT, FakeAzure
from tests.fakes.azure_cloud import serving as azure_serving
from tests.fakes.dns_server import FakeDns, serving

NAME, DOMAIN, PEOPLE = "codemie", "ai.acme.test", "198.51.100.0/24"
ZONES = ("1", "2", "3")
GROUP = f"{HERE}/resourceGroups/codemie-platform"
NETWORKS = f"{GROUP}/providers/Microsoft.Network"
MACHINES_GROUP = f"{HERE}/resourceGroups/MC_codemie-platform_codemie_westeurope"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/codemie"
SUFFIX = hashlib.sha256(SUBSCRIPTION.encode()).hexdigest()[:6]
DATABASE = f"{GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/codemie-database-{SUFFIX}"
VNET = f"{NETWORKS}/virtualNetworks/codemie-network"
NODES_GROUP = f"{NETWORKS}/networkSecurityGroups/codemie-nodes"
AKS_GROUP = f"{MACHINES_GROUP}/providers/Microsoft.Network/networkSecurityGroups/aks-agentpool-1-nsg"
BALANCER = f"{MACHINES_GROUP}/providers/Microsoft.Network/loadBalancers/kubernetes"
ZONE = f"{HERE}/resourceGroups/dns/providers/Microsoft.Network/dnsZones/{DOMAIN}"
ADDRESSES = {"web": "20.50.0.10", "nats": "20.50.0.11", **{f"nat-{zone}": f"20.50.1.{zone}" for zone in ZONES}}
HOSTS = {"web": f"codemie.{DOMAIN}", "nats": f"codemie-nats.{DOMAIN}"}
POOLS = {"1": "default", "2": "zone2", "3": "zone3"}


def good_values() -> dict[str, Any]:
    """Of the stack, as far as they decide what is looked for."""
    return {
        "subscription_id": SUBSCRIPTION,
        "name": NAME,
        "location": "westeurope",
        "profile": "prod",
        "domain": DOMAIN,
        "allowed_cidrs": [PEOPLE],
        "nats_ports": [443],
    }


@dataclass
class InstalledWorld:
    """A subscription with one installation.

    Attributes:
        azure: all well.
        values: of the stack, as they are told to `doctor`.
        visitors: networks of `--from`.
        told: addresses by which the platform says that its calls leave.
        environment: variables that differ from those of a good sign-in.
        dns: what names resolve to, as seen from here.
    """

    azure: FakeAzure = field(default_factory=FakeAzure)
    values: dict[str, Any] = field(default_factory=good_values)
    visitors: list[str] = field(default_factory=list[str])
    told: tuple[str, ...] = tuple(ADDRESSES[f"nat-{zone}"] for zone in ZONES)
    environment: dict[str, str] = field(default_factory=dict[str, str])
    dns: FakeDns = field(default_factory=lambda: FakeDns("127.0.0.1", zones={DOMAIN}))

    def __post_init__(self) -> None:
        """All well."""
        for part in PARTS:
            part(self.azure)
        for entry, host in HOSTS.items():
            self.dns.records[host, "A"] = (60, [ADDRESSES[entry]])

    async def report(self) -> Report:
        """What the checks say of it as it is now."""
        async with azure_serving(self.azure), serving(self.dns) as port:
            variables = {**self.azure.environment, **self.environment}
            made = installed_of(self.values, {name: value for name, value in variables.items() if value})
            sources = Sources().offer(Installed, made).offer(Told, Told(self.told))
            sources.offer(Visitors, Visitors(tuple(map(IPv4Network, self.visitors))))
            sources.offer(Lookup, Lookup((self.dns.address,), port, timeout=5))
            return await run("doctor", CHECKS, sources, Options(timeout=60))

    def of(self, path: str) -> dict[str, Any]:
        """Properties of a resource, to change them."""
        return self.azure.of(path)["properties"]


async def found(world: InstalledWorld, check: str) -> Checked:
    """What one check says."""
    return next(each for each in (await world.report()).checks if each.id == check)


def stack(azure: FakeAzure) -> None:
    """Subscription, cluster and database."""
    azure.things[HERE] = {
        "id": HERE,
        "subscriptionId": SUBSCRIPTION,
        "displayName": "platform",
        "tenantId": TENANT,
        "state": "Enabled",
    }
    azure.put(
        CLUSTER,
        location="westeurope",
        properties={
            "provisioningState": "Succeeded",
            "powerState": {"code": "Running"},
            "nodeResourceGroup": MACHINES_GROUP.rpartition("/")[2],
            "networkProfile": {"networkPlugin": "azure", "podCidr": "192.168.0.0/16"},
            "addonProfiles": {
                "azurepolicy": {"enabled": True, "config": None},
                "azureKeyvaultSecretsProvider": {"enabled": True},
            },
        },
    )
    azure.put(DATABASE, properties={"state": "Ready", "version": "17"})


def nodes(azure: FakeAzure) -> None:
    """A pool of two in each zone, each a set of machines that run."""
    for zone, pool in POOLS.items():
        azure.put(
            f"{CLUSTER}/agentPools/{pool}",
            properties={
                "count": 2,
                "enableAutoScaling": True,
                "minCount": 1,
                "maxCount": 2,
                "availabilityZones": [zone],
                "provisioningState": "Succeeded",
                "powerState": {"code": "Running"},
                "mode": "System",
            },
        )
        scale_set = f"{MACHINES_GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/aks-{pool}-1-vmss"
        card = {"name": "nic", "properties": {"networkSecurityGroup": {"id": AKS_GROUP}}}
        azure.put(
            scale_set,
            tags={"aks-managed-poolName": pool},
            properties={"virtualMachineProfile": {"networkProfile": {"networkInterfaceConfigurations": [card]}}},
        )
        for number in range(2):
            azure.put(f"{scale_set}/virtualMachines/{number}", properties=machine("running"))


def machine(power: str, state: str = "succeeded") -> dict[str, Any]:
    """Properties of a machine, as the instance view tells them."""
    codes = (f"ProvisioningState/{state}", f"PowerState/{power}")
    return {"instanceView": {"statuses": [{"code": code, "level": "Info"} for code in codes]}}


def network(azure: FakeAzure) -> None:
    """A subnet and a NAT gateway a zone, the subnet of the database, and their groups."""
    subnets = []
    for zone in ZONES:
        azure.put(
            f"{NETWORKS}/natGateways/codemie-nat-{zone}",
            zones=[zone],
            properties={
                "provisioningState": "Succeeded",
                "publicIpAddresses": [{"id": f"{NETWORKS}/publicIPAddresses/codemie-nat-{zone}"}],
            },
        )
        subnets.append(
            {
                "id": f"{VNET}/subnets/nodes-{zone}",
                "name": f"nodes-{zone}",
                "properties": {
                    "addressPrefix": f"10.0.{16 * (int(zone) - 1)}.0/20",
                    "networkSecurityGroup": {"id": NODES_GROUP},
                    "natGateway": {"id": f"{NETWORKS}/natGateways/codemie-nat-{zone}"},
                    "ipConfigurations": [{"id": f"machine-{number}"} for number in range(2)],
                },
            }
        )
    subnets.append(
        {"id": f"{VNET}/subnets/database", "name": "database", "properties": {"addressPrefix": "10.0.240.0/24"}}
    )
    azure.put(VNET, properties={"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": subnets})
    for name, address in ADDRESSES.items():
        azure.put(
            f"{NETWORKS}/publicIPAddresses/codemie-{name}",
            properties={"ipAddress": address, "publicIPAllocationMethod": "Static", "provisioningState": "Succeeded"},
        )
    own = [f"{ADDRESSES[f'nat-{zone}']}/32" for zone in ZONES]
    admits = rule("people-and-agents", 100, source=[PEOPLE, *own], ports=["80", "443"])
    azure.put(NODES_GROUP, properties={"securityRules": [admits], "defaultSecurityRules": defaults()})
    of_services = [
        rule(f"k8s-azure-lb_allow_{entry}", 500 + index, source=["Internet"], ports=["80", "443"], to=ADDRESSES[entry])
        for index, entry in enumerate(("web", "nats"))
    ]
    azure.put(AKS_GROUP, properties={"securityRules": of_services, "defaultSecurityRules": defaults()})


def rule(
    name: str,
    priority: int,
    *,
    source: list[str] | None = None,
    to: str = "*",
    ports: list[str] | None = None,
    access: str = "Allow",
    side: str = "Inbound",
    protocol: str = "Tcp",
) -> dict[str, Any]:
    """A rule of a group, as the manager tells it: one value in a field, several in another."""
    peers = source or ["*"]
    own: dict[str, Any] = {"priority": priority, "direction": side, "access": access, "protocol": protocol}
    own |= {"sourceAddressPrefix": peers[0]} if len(peers) == 1 else {"sourceAddressPrefixes": peers}
    own |= {"destinationAddressPrefix": to, "sourcePortRange": "*"}
    many = ports or ["*"]
    own |= {"destinationPortRange": many[0]} if len(many) == 1 else {"destinationPortRanges": many}
    return {"name": name, "properties": own}


def defaults() -> list[dict[str, Any]]:
    """The rules that every group has."""
    made = []
    for side, last in (
        ("Inbound", ("AllowAzureLoadBalancerInBound", "AzureLoadBalancer", "*")),
        (
            "Outbound",
            ("AllowInternetOutBound", "*", "Internet"),
        ),
    ):
        made += [
            rule(f"AllowVnet{side}", 65000, source=["VirtualNetwork"], to="VirtualNetwork", side=side, protocol="*"),
            rule(last[0], 65001, source=[last[1]], to=last[2], side=side, protocol="*"),
            rule(f"DenyAll{side}", 65500, access="Deny", side=side, protocol="*"),
        ]
    return made


def balancers(azure: FakeAzure) -> None:
    """What AKS makes for the two services: one load balancer with two addresses."""
    pool = {"id": f"{BALANCER}/backendAddressPools/kubernetes", "name": "kubernetes"}
    fronts, rules = [], []
    for entry in ("web", "nats"):
        front = {"id": f"{BALANCER}/frontendIPConfigurations/{entry}", "name": entry}
        used = {"publicIPAddress": {"id": f"{NETWORKS}/publicIPAddresses/codemie-{entry}"}}
        fronts.append({**front, "properties": used})
        rules += [_listening(f"{entry}-{port}", front["id"], pool["id"], port) for port in (80, 443)]
    members = [{"id": f"machine-{number}"} for number in range(6)]
    pools = [{**pool, "properties": {"backendIPConfigurations": members}}]
    azure.put(
        BALANCER,
        properties={"frontendIPConfigurations": fronts, "loadBalancingRules": rules, "backendAddressPools": pools},
    )
    azure.metrics = dict.fromkeys((ADDRESSES["web"], ADDRESSES["nats"]), 33.3)


def _listening(name: str, front: str, pool: str, port: int) -> dict[str, Any]:
    own = {"frontendIPConfiguration": {"id": front}, "backendAddressPool": {"id": pool}, "enableFloatingIP": True}
    return {"name": name, "properties": {**own, "frontendPort": port, "backendPort": port, "protocol": "Tcp"}}


def names(azure: FakeAzure) -> None:
    """The public zone with both records, and the private one of the database, tied to the network."""
    azure.put(ZONE, properties={"zoneType": "Public"})
    for entry, host in HOSTS.items():
        record = [{"ipv4Address": ADDRESSES[entry]}]
        azure.put(f"{ZONE}/A/{host.partition('.')[0]}", properties={"TTL": 300, "ARecords": record})
    tie(azure, "codemie.private.postgres.database.azure.com")


def tie(azure: FakeAzure, zone: str, **records: str) -> None:
    """A private zone of the network, with records."""
    path = f"{NETWORKS}/privateDnsZones/{zone}"
    azure.put(path, properties={})
    azure.put(f"{path}/virtualNetworkLinks/codemie", properties={"virtualNetwork": {"id": VNET.upper()}})
    for name, address in records.items():
        azure.put(f"{path}/A/{name.replace('_', '-')}", properties={"aRecords": [{"ipv4Address": address}]})


PARTS: tuple[Callable[[FakeAzure], None], ...] = (stack, nodes, network, balancers, names)
