"""What `deploy/terraform/gcp` and the chart make in a project, all well. Tests break one thing in it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

from codemie.checks.forms import in_form
from codemie.checks.report import Checked, Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.catalogue import CLOUD, FORMS
from codemie.operations.cloud.expected import Told, Visitors
from codemie.operations.cloud.google.deployed import Deployed
from codemie.operations.cloud.google.way import google_of
from codemie.operations.cloud.made import Made
from codemie.plugins.diagnosis.lookup import Lookup
from tests.fakes.dns_server import FakeDns, serving
from tests.fakes.google_cloud import NUMBER, PROJECT, REGION, GoogleCloud

NAME, DOMAIN, ZONE = "codemie", "ai.acme.test", "ai-acme-test"
PARENT = f"projects/{PROJECT}"
COMPUTE = f"https://www.googleapis.com/compute/v1/{PARENT}"
NETWORK, GLOBAL, REGIONAL = (
    f"{COMPUTE}/global/networks/{NAME}",
    f"compute/{PARENT}/global",
    f"compute/{PARENT}/regions/{REGION}",
)
WEB, AGENTS, LEAVING = "203.0.113.10", "203.0.113.20", ("203.0.113.30", "203.0.113.31")
PEOPLE, PODS, NODES = "198.51.100.0/24", "10.64.0.0/16", "10.0.0.0/20"
TAG = "gke-codemie-1f2e-node"
ACCOUNT = f"codemie-nodes@{PROJECT}.iam.gserviceaccount.com"
CLUSTER = f"container/{PARENT}/locations/{REGION}/clusters/{NAME}"
GROUPS = {f"{REGION}-{letter}": f"gke-codemie-default-{letter}-grp" for letter in "abc"}
FIREWALLS = f"{GLOBAL}/networks/{NAME}/getEffectiveFirewalls"
SERVICE, PROXY, CHART = "k8s1-codemie-api", "k8s2-ts-codemie", "k8s2-um-codemie"
CERTIFICATE, POOL, FRONT = "k8s2-cr-codemie", "a1b2c3d4", "a1b2c3d4"
GROUP = f"{COMPUTE}/zones/{REGION}-b/networkEndpointGroups/k8s1-codemie-8080"
Part = Callable[["GoogleInstallation"], None]


def good_values() -> dict[str, Any]:
    """Of the stack, as far as they decide what is looked for."""
    return {
        "project_id": PROJECT,
        "name": NAME,
        "region": REGION,
        "profile": "prod",
        "domain": DOMAIN,
        "zone_name": ZONE,
        "allowed_cidrs": [PEOPLE],
        "nats_ports": [443],
    }


@dataclass
class GoogleInstallation:
    """A project with one installation.

    Attributes:
        values: of the stack, as they are told to `doctor`.
        environment: variables of the process.
        visitors: networks of `--from`.
        told: addresses by which the platform says that its calls leave.
        dns: what names resolve to, as seen from here.
    """

    cloud: GoogleCloud
    values: dict[str, Any] = field(default_factory=good_values)
    environment: dict[str, str] = field(default_factory=dict[str, str])
    visitors: list[str] = field(default_factory=list[str])
    told: tuple[str, ...] = LEAVING
    dns: FakeDns = field(default_factory=lambda: FakeDns("127.0.0.1", zones={DOMAIN}))

    def __post_init__(self) -> None:
        """All well."""
        self.cloud.reset()
        self.environment = self.cloud.signed_in()
        for part in PARTS:
            part(self)

    def sources(self) -> Sources:
        """What the checks look through, but DNS."""
        deployed = Deployed(google_of(self.values, self.environment), self.values)
        sources = Sources().offer(Deployed, deployed).offer(Told, Told(self.told))
        sources.not_applicable(Made, "does not apply to gcp")
        return sources.offer(Visitors, Visitors(tuple(map(IPv4Network, self.visitors))))

    async def report(self) -> Report:
        """What the checks say of it as it is now."""
        sources = self.sources()
        async with serving(self.dns) as port:
            sources.offer(Lookup, Lookup((self.dns.address,), port, timeout=5))
            return await run("doctor", in_form(CLOUD, FORMS["gcp"]), sources, Options(timeout=60))

    def rules(self) -> list[dict[str, Any]]:
        """The firewall rules, to change them."""
        return self.cloud.things[FIREWALLS]["firewalls"]

    def change(self, path: str, **facts: Any) -> None:
        """Other facts of a thing that is there."""
        self.cloud.things[path] |= facts


async def found(world: GoogleInstallation, check: str) -> Checked:
    """What one check says."""
    return next(each for each in (await world.report()).checks if each.id == check)


def _network(world: GoogleInstallation) -> None:
    put = world.cloud.put
    put(f"resource_manager_v3/{PARENT}", name=f"projects/{NUMBER}", projectId=PROJECT, state="ACTIVE")
    put(f"{GLOBAL}/networks/{NAME}")
    put(f"{REGIONAL}/subnetworks/{NAME}-nodes", ipCidrRange=NODES, network=NETWORK)
    put(
        f"{GLOBAL}/routes/default-route-1",
        network=NETWORK,
        destRange="0.0.0.0/0",
        priority=1000,
        nextHopGateway=f"{COMPUTE}/global/gateways/default-internet-gateway",
    )
    for index, address in enumerate(LEAVING):
        put(f"{REGIONAL}/addresses/{NAME}-nat-{index}", address=address)
    put(
        f"{REGIONAL}/routers/{NAME}",
        network=NETWORK,
        nats=[
            {
                "name": NAME,
                "natIps": [f"{COMPUTE}/regions/{REGION}/addresses/{NAME}-nat-{index}" for index in (0, 1)],
                "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
                "subnetworks": [{"name": f"{COMPUTE}/regions/{REGION}/subnetworks/{NAME}-nodes"}],
            }
        ],
    )


def _cluster(world: GoogleInstallation) -> None:
    put = world.cloud.put
    put(
        CLUSTER,
        status="RUNNING",
        currentMasterVersion="1.35.2-gke.100",
        locations=list(GROUPS),
        ipAllocationPolicy={"clusterIpv4CidrBlock": PODS, "defaultPodIpv4RangeUtilization": 0.05},
        privateClusterConfig={"enablePrivateNodes": True, "masterIpv4CidrBlock": "172.16.0.0/28"},
        nodePools=[
            {
                "name": "default",
                "status": "RUNNING",
                "autoscaling": {"enabled": True, "minNodeCount": 1, "maxNodeCount": 2},
                "instanceGroupUrls": [
                    f"{COMPUTE}/zones/{zone}/instanceGroupManagers/{group}" for zone, group in GROUPS.items()
                ],
            }
        ],
    )
    for zone, group in GROUPS.items():
        path = f"compute/{PARENT}/zones/{zone}"
        put(f"{path}/instanceGroupManagers/{group}", targetSize=1, currentActions={"none": 1, "creating": 0})
        put(
            f"{path}/instances/gke-codemie-default-{zone[-1]}",
            labels={"goog-k8s-cluster-name": NAME},
            tags={"items": [TAG]},
            serviceAccounts=[{"email": ACCOUNT}],
        )
    address = [{"type": "PRIVATE", "ipAddress": "10.80.0.3"}]
    put(f"sql/{PARENT}/instances/{NAME}-database-0a1b2c", state="RUNNABLE", ipAddresses=address)


def ingress(name: str, sources: list[str], **parts: list[str]) -> dict[str, Any]:
    """A rule that admits to the nodes: protocol → ports, all where none are given."""
    allowed = [{"IPProtocol": each, **({"ports": ports} if ports else {})} for each, ports in parts.items()]
    return {
        "name": name,
        "network": NETWORK,
        "direction": "INGRESS",
        "priority": 1000,
        "disabled": False,
        "sourceRanges": sources,
        "targetTags": [TAG],
        "allowed": allowed,
    }


def _firewall(world: GoogleInstallation) -> None:
    """The rules that GKE makes."""
    admitted = [PEOPLE, *(f"{each}/32" for each in LEAVING)]
    world.cloud.put(
        FIREWALLS,
        firewalls=[
            ingress("gke-codemie-1f2e-all", [PODS], tcp=[], udp=[], icmp=[]),
            ingress("gke-codemie-1f2e-vms", [NODES], tcp=["1-65535"], udp=["1-65535"], icmp=[]),
            ingress("gke-codemie-1f2e-master", ["172.16.0.0/28"], tcp=["443", "10250"]),
            ingress("k8s-fw-l7--1f2e", ["130.211.0.0/22", "35.191.0.0/16"], tcp=["8080", "30000-32767"]),
            {**ingress(f"k8s-fw-{FRONT}", admitted, tcp=["443"]), "destinationRanges": [AGENTS]},
        ],
    )


def _web(world: GoogleInstallation) -> None:
    put = world.cloud.put
    put(f"{GLOBAL}/addresses/{NAME}-web", address=WEB)
    for port, kind, name in ((443, "targetHttpsProxies", PROXY), (80, "targetHttpProxies", "k8s2-rm-codemie")):
        put(
            f"{GLOBAL}/forwardingRules/k8s2-f{port}-codemie",
            IPAddress=WEB,
            IPProtocol="TCP",
            portRange=f"{port}-{port}",
            loadBalancingScheme="EXTERNAL",
            target=f"{COMPUTE}/global/{kind}/{name}",
        )
    put(
        f"{GLOBAL}/targetHttpsProxies/{PROXY}",
        urlMap=f"{COMPUTE}/global/urlMaps/{CHART}",
        sslCertificates=[f"{COMPUTE}/global/sslCertificates/{CERTIFICATE}"],
    )
    put(
        f"{GLOBAL}/urlMaps/{CHART}",
        defaultService=f"{COMPUTE}/global/backendServices/k8s1-default",
        hostRules=[{"hosts": [f"codemie.{DOMAIN}"], "pathMatcher": "host1"}],
        pathMatchers=[
            {
                "name": "host1",
                "defaultService": f"{COMPUTE}/global/backendServices/k8s1-default",
                "pathRules": [{"paths": ["/*"], "service": f"{COMPUTE}/global/backendServices/{SERVICE}"}],
            }
        ],
    )
    end = dt.datetime.now(dt.UTC) + dt.timedelta(days=80)
    put(
        f"{GLOBAL}/sslCertificates/{CERTIFICATE}",
        type="SELF_MANAGED",
        subjectAlternativeNames=[f"codemie.{DOMAIN}"],
        expireTime=end.isoformat(),
    )
    put(
        f"{GLOBAL}/backendServices/{SERVICE}",
        backends=[{"group": GROUP}],
        securityPolicy=f"{COMPUTE}/global/securityPolicies/{NAME}-web",
        logConfig={"enable": True, "sampleRate": 1.0},
    )
    web_health(world, "HEALTHY", "HEALTHY")
    admitted = [PEOPLE, *(f"{each}/32" for each in LEAVING)]
    put(
        f"{GLOBAL}/securityPolicies/{NAME}-web",
        rules=[armor(1000, "allow", admitted), armor(2147483647, "deny(403)", ["*"])],
    )


def armor(priority: int, action: str, ranges: list[str]) -> dict[str, Any]:
    """A rule of Cloud Armor."""
    match = {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ranges}}
    return {"priority": priority, "action": action, "preview": False, "match": match}


def web_health(world: GoogleInstallation, *states: str) -> None:
    """How the pods behind the load balancer for people are."""
    world.cloud.health[f"{PARENT}/global/backendServices/{SERVICE}", GROUP] = [
        {"ipAddress": f"10.64.0.{index}", "port": 8080, "healthState": state} for index, state in enumerate(states, 5)
    ]


def agent_health(world: GoogleInstallation, *states: str) -> None:
    """How the nodes behind the load balancer of agents are."""
    for (zone, _), state in zip(GROUPS.items(), states, strict=True):
        link = f"{COMPUTE}/zones/{zone}/instances/gke-codemie-default-{zone[-1]}"
        health = [{"instance": link, "ipAddress": AGENTS, "healthState": state}]
        world.cloud.health[f"{PARENT}/regions/{REGION}/targetPools/{POOL}", link] = health


def _agents(world: GoogleInstallation) -> None:
    put = world.cloud.put
    put(f"{REGIONAL}/addresses/{NAME}-nats", address=AGENTS)
    put(
        f"{REGIONAL}/forwardingRules/{FRONT}",
        IPAddress=AGENTS,
        IPProtocol="TCP",
        portRange="443-443",
        loadBalancingScheme="EXTERNAL",
        target=f"{COMPUTE}/regions/{REGION}/targetPools/{POOL}",
    )
    instances = [f"{COMPUTE}/zones/{zone}/instances/gke-codemie-default-{zone[-1]}" for zone in GROUPS]
    put(f"{REGIONAL}/targetPools/{POOL}", instances=instances)
    agent_health(world, "HEALTHY", "UNHEALTHY", "UNHEALTHY")


def record(world: GoogleInstallation, zone: str, name: str, address: str) -> None:
    """A record of an address in a zone of Cloud DNS."""
    path = f"dns/{PARENT}/managedZones/{zone}/rrsets/{name}"
    world.cloud.put(path, name=f"{name}.", type="A", ttl=300, rrdatas=[address])


def private_zone(world: GoogleInstallation, network: str = NETWORK) -> None:
    """A private zone of the domain that a network sees."""
    world.cloud.put(
        f"dns/{PARENT}/managedZones/inside",
        dnsName=f"{DOMAIN}.",
        visibility="private",
        privateVisibilityConfig={"networks": [{"networkUrl": network}]},
    )


def _names(world: GoogleInstallation) -> None:
    world.cloud.put(f"dns/{PARENT}/managedZones/{ZONE}", dnsName=f"{DOMAIN}.", visibility="public")
    for host, address in (("codemie", WEB), ("codemie-nats", AGENTS)):
        record(world, ZONE, f"{host}.{DOMAIN}", address)
        world.dns.records[f"{host}.{DOMAIN}", "A"] = (60, [address])


PARTS: tuple[Part, ...] = (_network, _cluster, _firewall, _web, _agents, _names)
