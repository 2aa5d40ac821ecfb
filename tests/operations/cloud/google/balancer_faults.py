"""Load balancers, certificates and names that are not as they should be."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from codemie.checks.report import Status
from tests.operations.cloud.google.injecting import InstalledFault
from tests.operations.cloud.google.world import (
    AGENTS,
    CERTIFICATE,
    DOMAIN,
    FRONT,
    GLOBAL,
    LEAVING,
    NAME,
    PEOPLE,
    REGIONAL,
    SERVICE,
    ZONE,
    GoogleInstallation,
    agent_health,
    armor,
    private_zone,
    record,
    web_health,
)

Inject = Callable[[GoogleInstallation], object]
_HOST = f"codemie.{DOMAIN}"
_CERTIFICATE, _SERVICE = f"{GLOBAL}/sslCertificates/{CERTIFICATE}", f"{GLOBAL}/backendServices/{SERVICE}"
_POLICY, _FRONT = f"{GLOBAL}/securityPolicies/{NAME}-web", f"{REGIONAL}/forwardingRules/{FRONT}"


def _gone(path: str) -> Inject:
    return lambda world: world.cloud.things.pop(path)


def _changed(path: str, **facts: Any) -> Inject:
    return lambda world: world.change(path, **facts)


def _without_policy(world: GoogleInstallation) -> None:
    del world.cloud.things[_SERVICE]["securityPolicy"]


def admitting(*ranges: str) -> Inject:
    """Cloud Armor admits these, and nobody else."""
    return _changed(_POLICY, rules=[armor(1000, "allow", list(ranges)), armor(2147483647, "deny(403)", ["*"])])


def ending(days: float) -> Inject:
    """The certificate of the cluster ends in so many days."""
    return _changed(_CERTIFICATE, expireTime=(dt.datetime.now(dt.UTC) + dt.timedelta(days=days)).isoformat())


def managed(status: str, domain_status: str = "ACTIVE") -> Inject:
    """The certificate is one that Google manages."""
    told = {"status": status, "domains": [_HOST], "domainStatus": {_HOST: domain_status}}
    return _changed(_CERTIFICATE, type="MANAGED", managed=told)


def _resolved(name: str, *addresses: str) -> Inject:
    return lambda world: world.dns.records.update({(name, "A"): (60, list(addresses))})


def _undelegated(world: GoogleInstallation) -> None:
    del world.dns.records[_HOST, "A"]


def _wrong_record(world: GoogleInstallation) -> None:
    record(world, ZONE, _HOST, "203.0.113.99")
    _resolved(_HOST, "203.0.113.99")(world)


def _hidden(world: GoogleInstallation) -> None:
    private_zone(world)
    record(world, "inside", f"codemie-nats.{DOMAIN}", AGENTS)


def _elsewhere(world: GoogleInstallation) -> None:
    private_zone(world)
    record(world, "inside", f"*.{DOMAIN}", "10.0.0.9")


FAULTS: tuple[InstalledFault, ...] = (
    InstalledFault("lb.state", "the address for people was released", inject=_gone(f"{GLOBAL}/addresses/{NAME}-web")),
    InstalledFault(
        "lb.state", "no load balancer uses the address of agents", inject=_gone(_FRONT), says="codemie-nats"
    ),
    InstalledFault(
        "lb.state", "nobody listens at 443", inject=_gone(f"{GLOBAL}/forwardingRules/k8s2-f443-codemie"), says="443"
    ),
    InstalledFault(
        "lb.targets",
        "no pod is healthy",
        inject=lambda world: web_health(world, "UNHEALTHY"),
        says="none of 1 is healthy",
    ),
    InstalledFault("lb.targets", "no pod is registered", inject=web_health, says="nobody is registered"),
    InstalledFault(
        "lb.targets",
        "one pod is not healthy",
        Status.WARN,
        lambda world: web_health(world, "HEALTHY", "UNHEALTHY"),
        "1 of 2",
    ),
    InstalledFault(
        "nats.lb.health",
        "no node answers agents",
        inject=lambda world: agent_health(world, *["UNHEALTHY"] * 3),
        says="none of 3 nodes",
    ),
    InstalledFault(
        "nats.lb.health",
        "agents find no port",
        inject=_changed(_FRONT, portRange="4222-4222"),
        says="Nobody listens at 443",
    ),
    InstalledFault(
        "nats.lb.health",
        "the load balancer of Google is internal",
        inject=_changed(_FRONT, loadBalancingScheme="INTERNAL"),
        says="INTERNAL",
    ),
    InstalledFault(
        "lb.accesslog.enabled",
        "nobody writes requests down",
        Status.WARN,
        _changed(_SERVICE, logConfig={"enable": False}),
    ),
    InstalledFault(
        "lb.accesslog.enabled",
        "a tenth of the requests is written down",
        Status.WARN,
        _changed(_SERVICE, logConfig={"enable": True, "sampleRate": 0.1}),
        "10%",
    ),
    InstalledFault("net.sg.ingress", "Cloud Armor is not attached", inject=_without_policy, says="securityPolicy"),
    InstalledFault("net.sg.ingress", "Cloud Armor lacks Cloud NAT", inject=admitting(PEOPLE), says=LEAVING[0]),
    InstalledFault(
        "net.sg.ingress",
        "Cloud Armor admits half of the people",
        inject=admitting("198.51.100.0/25", *LEAVING),
        says="does not admit 198.51.100.0/24",
    ),
    InstalledFault(
        "net.sg.ingress", "Cloud Armor admits everybody", Status.WARN, admitting("0.0.0.0/0"), "the whole internet"
    ),
    InstalledFault(
        "tls.listener",
        "the certificate is of another site",
        inject=_changed(_CERTIFICATE, subjectAlternativeNames=["www.acme.test"]),
    ),
    InstalledFault(
        "tls.acm.validation",
        "Google cannot reach itself under the name",
        inject=managed("PROVISIONING", "FAILED_NOT_VISIBLE"),
        says="dns.balancers",
    ),
    InstalledFault("tls.acm.status", "the certificate of the cluster has run out", inject=ending(-1), says="run out"),
    InstalledFault("tls.acm.renewal", "the certificate ends in ten days", inject=ending(10), says="was not renewed"),
    InstalledFault("dns.balancers", "a name leads to an old address", inject=_wrong_record, says="203.0.113.99"),
    InstalledFault(
        "dns.balancers", "a name is in Cloud DNS alone", inject=_undelegated, says="though Cloud DNS is right"
    ),
    InstalledFault(
        "dns.private_zones", "a private zone of Cloud DNS hides a name", inject=_hidden, says="hides codemie."
    ),
    InstalledFault(
        "dns.private_zones", "a private zone of Cloud DNS leads elsewhere", Status.WARN, _elsewhere, "10.0.0.9"
    ),
)
