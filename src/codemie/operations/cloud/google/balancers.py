"""The load balancers that GKE makes at the reserved addresses: from the rule in front to what stands behind."""

from collections.abc import Iterator
from dataclasses import dataclass

from codemie.checks.sources import Unobservable
from codemie.operations.cloud.google.deployed import AGENTS, WEB, Deployed, named, path_of
from codemie.operations.cloud.google.way import Thing

HEALTHY = "HEALTHY"


@dataclass(frozen=True)
class Target:
    """What stands behind a load balancer: a pod, or a node.

    Attributes:
        state: such as `HEALTHY`.
    """

    id: str
    state: str


def ports_of(front: Thing) -> tuple[int, int]:
    """The first and the last port of a forwarding rule."""
    if front.get("allPorts"):
        return 0, 65535
    if listed := [int(each) for each in front.get("ports") or ()]:
        return min(listed), max(listed)
    first, _, last = str(front.get("portRange") or "0-65535").partition("-")
    return int(first), int(last or first)


def listens(front: Thing, port: int) -> bool:
    """Whether a forwarding rule takes a port."""
    if listed := [int(each) for each in front.get("ports") or ()]:
        return port in listed
    first, last = ports_of(front)
    return first <= port <= last


async def proxy(deployed: Deployed) -> Thing | None:
    """What ends TLS for people; None where nothing listens at 443, or no such proxy is behind it.

    Raises:
        Unobservable: Google does not tell; likewise all others.
    """
    fronts = [each for each in await deployed.fronts(WEB) if listens(each, 443)]
    link = str(fronts[0].get("target") or "") if fronts else ""
    return await deployed.linked(link, "compute.targetHttpsProxies.get") if "/targetHttpsProxies/" in link else None


async def services(deployed: Deployed) -> list[Thing]:
    """The backend services that answer for the name of the platform."""
    https = await proxy(deployed)
    if https is None:
        raise Unobservable("No load balancer for people ends TLS at 443", "See tls.listener")
    chart = await deployed.linked(str(https["urlMap"]), "compute.urlMaps.get")
    links = dict.fromkeys(_services(chart or {}, deployed.host(WEB)))
    found = [await deployed.linked(each, "compute.backendServices.get") for each in links]
    return [each for each in found if each]


def _services(chart: Thing, host: str) -> Iterator[str]:
    """Links to those that a map of paths has for a host; where it names none, to the one for everything else."""
    matcher = next(
        (each["pathMatcher"] for each in chart.get("hostRules") or () if host in (each.get("hosts") or ())), ""
    )
    paths = next((each for each in chart.get("pathMatchers") or () if each["name"] == matcher), None)
    if paths is None:
        if chart.get("defaultService"):
            yield str(chart["defaultService"])
        return
    rules = [str(each["service"]) for each in paths.get("pathRules") or () if each.get("service")]
    yield from rules or [str(paths["defaultService"])]


async def web_targets(deployed: Deployed, service: Thing) -> list[Target]:
    """The pods behind a backend service, and how each is."""
    found: list[Target] = []
    path = f"{path_of(str(service['selfLink']))}/getHealth"
    for backend in service.get("backends") or ():
        told = await deployed.one("compute", path, "compute.backendServices.get", {"group": backend["group"]})
        found += _targets(told)
    return found


async def agent_targets(deployed: Deployed, front: Thing) -> list[Target]:
    """The nodes behind the load balancer of agents: of a target pool, or of a backend service."""
    if front.get("backendService"):
        service = await deployed.linked(str(front["backendService"]), "compute.regionBackendServices.get")
        return await web_targets(deployed, service) if service else []
    pool = await deployed.linked(str(front.get("target") or ""), "compute.targetPools.get")
    if pool is None:
        return []
    path = f"{path_of(str(pool['selfLink']))}/getHealth"
    told = [
        await deployed.one("compute", path, "compute.targetPools.get", {"instance": each})
        for each in pool.get("instances") or ()
    ]
    return [target for each in told for target in _targets(each)]


def _targets(told: Thing | None) -> list[Target]:
    return [
        Target(
            # Several pods are on a machine, each with a port of its own address.
            f"{each.get('ipAddress')}:{each['port']}" if each.get("port") else named(str(each.get("instance") or "?")),
            str(each.get("healthState") or "UNKNOWN"),
        )
        for each in (told or {}).get("healthStatus") or ()
    ]


async def front_of_agents(deployed: Deployed) -> Thing:
    """The forwarding rule of agents.

    Raises:
        Unobservable: there is none.
    """
    fronts = await deployed.fronts(AGENTS)
    if not fronts:
        raise Unobservable("There is no load balancer of agents", "See lb.state")
    return fronts[0]
