"""Checks of the values for Terraform that no rule of the stack makes: networks, names, and what a profile promises."""

import stat
from collections.abc import Iterator
from ipaddress import IPv4Network, ip_network
from typing import Any, cast

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding
from codemie.operations.preflight.judgement import Complaint, Judgement, Kind
from codemie.operations.preflight.value_checks import Inputs, said

_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_PODS_OF_A_NODE = 30
_TAKEN_BY_AWS = 5
_LEAST_LOG_DAYS = 30


@check(
    "tf.vars.networks",
    title="Networks fit: inside of each other where they must, apart where they must, and large enough",
    symptom="The apply stops at a subnet, pods wait for addresses, or nobody reaches the load balancer.",
    remedy=("Write each network with its first address, and public ones where people come from the internet",),
    phase="vars",
    faq=("F36", "F45"),
    needs=("tf.vars.readable",),
)
async def networks(inputs: Inputs) -> Finding:
    """Subnets overlap or lie outside of their network, or an address stands for a network.

    Or a list of those who may come holds private addresses, which never arrive over the internet.
    """
    judged = inputs.judgement
    found = [*judged.of(Kind.NETWORK), *_strange_networks(judged), *_narrow(judged)]
    return said(found, "They fit", *networks.remedy)


def _strange_networks(judged: Judgement) -> Iterator[Complaint]:
    for variable, text, network in _allowed(judged):
        if str(network) != text:
            yield _about(judged, Kind.NETWORK, variable, f"{text} is no network: its first address is {network}")
        elif variable != "api_allowed_cidrs" and any(network.subnet_of(private) for private in _PRIVATE):
            yield _about(
                judged, Kind.NETWORK, variable, f"{text} is private: nobody comes from there over the internet", False
            )


def _narrow(judged: Judgement) -> Iterator[Complaint]:
    """On AWS each pod takes an address of a private subnet."""
    groups, subnets = judged.final.get("node_groups"), judged.final.get("private_cidrs")
    if judged.is_complained_of("node_groups", "private_cidrs") or not groups or not subnets:
        return
    room = sum(ip_network(text).num_addresses - _TAKEN_BY_AWS for text in cast("list[str]", subnets))
    most = sum(int(group["max"]) for group in cast("dict[str, Any]", groups).values())
    if most * _PODS_OF_A_NODE > room:
        text = f"private_cidrs hold {room} addresses; {most} nodes with {_PODS_OF_A_NODE} pods each take more"
        yield _about(judged, Kind.NETWORK, "private_cidrs", text, False)


@check(
    "tf.vars.exposure",
    title="The platform is open to known networks only",
    symptom="Everybody on the internet sees the sign-in page, or reaches the plugin engine.",
    remedy=("Name the networks of your offices and VPN, such as 192.0.2.0/24",),
    phase="vars",
    severity=Severity.MAJOR,
    faq=("F36", "F45"),
    needs=("tf.vars.readable",),
)
async def exposure(inputs: Inputs) -> Finding:
    """A list of those who may come holds 0.0.0.0/0, the whole internet."""
    judged = inputs.judgement
    found = [
        _about(judged, Kind.NETWORK, variable, f"{variable} holds {text}: the whole internet", False)
        for variable, text, network in _allowed(judged)
        if network.prefixlen == 0
    ]
    return said(found, "No list holds the whole internet", *exposure.remedy)


@check(
    "tf.vars.profile",
    title="What is given suits the profile",
    symptom="An installation for production loses data with one zone, or its nodes go at the cloud's pleasure.",
    remedy=('Leave the value out, so that the profile decides; or say profile = "dev" where it is a trial',),
    phase="vars",
    severity=Severity.MAJOR,
    faq=("F36",),
    needs=("tf.vars.readable",),
)
async def profile(inputs: Inputs) -> Finding:
    """A value makes production weaker than its profile promises, or the profile is another than was asked for."""
    judged = inputs.judgement
    chosen = str(judged.final.get("profile", "prod"))
    if inputs.profile and inputs.profile != chosen and not judged.is_complained_of("profile"):
        text = f"The profile is {chosen}, not {inputs.profile} as --profile says"
        return said([_about(judged, Kind.RULE, "profile", text)], "", *profile.remedy)
    found = list(_weak(judged)) if chosen == "prod" else []
    return said(found, f"The values suit the profile {chosen}", *profile.remedy)


def _weak(judged: Judgement) -> Iterator[Complaint]:
    values = {name: value for name, value in judged.final.items() if not judged.is_complained_of(name)}
    zones = values.get("availability_zones")
    if zones and len(zones) < 3:
        yield _about(judged, Kind.RULE, "availability_zones", "Two zones: one that fails takes half away", False)
    groups = cast("dict[str, dict[str, Any]]", values.get("node_groups") or {})
    if groups and all(group["capacity_type"] == "SPOT" for group in groups.values()):
        yield _about(judged, Kind.RULE, "node_groups", "All nodes are SPOT: the cloud may take them at any time", False)
    if groups and sum(group["min"] for group in groups.values()) < 2:
        yield _about(judged, Kind.RULE, "node_groups", "A single node may be left: everything stops with it", False)
    if str(values.get("database_instance_class") or "").startswith("db.t"):
        yield _about(judged, Kind.RULE, "database_instance_class", "Its speed is lent for short times only", False)
    if (days := values.get("log_retention_days")) and days < _LEAST_LOG_DAYS:
        yield _about(judged, Kind.RULE, "log_retention_days", f"Logs go after {days} days", False)


@check(
    "tf.vars.secrets",
    title="Secrets among the values are nobody else's to read",
    symptom="Every user of this machine, or of the repository, can read the database's password.",
    remedy=("Give it as TF_VAR_ and its name in the environment", "Or keep others out: chmod 600 FILE"),
    phase="vars",
    severity=Severity.MAJOR,
    faq=("F36",),
    needs=("tf.vars.readable",),
)
async def secrets(inputs: Inputs) -> Finding:
    """A value that the stack calls sensitive stands in a file that others may read."""
    judged = inputs.judgement
    found = [
        _about(judged, Kind.RULE, given.name, f"{given.name} stands in a file that others may read", False)
        for given in judged.values.given.values()
        if (declared := judged.stack.variables.get(given.name))
        and declared.is_sensitive
        and given.file
        and given.file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
    ]
    return said(found, "None lies open", *secrets.remedy)


@check(
    "tf.names.rules",
    title="Names that are made of yours keep the rules of the cloud",
    symptom="The apply stops half-way at a load balancer, bucket or account whose name is too long or taken apart.",
    remedy=("Choose a short name of lower-case letters, digits and single hyphens",),
    phase="names",
    faq=("F37",),
    needs=("tf.vars.readable",),
)
async def names(inputs: Inputs) -> Finding:
    """The name, with what is appended to it, is longer than the cloud allows, or holds letters that it does not."""
    return said(inputs.judgement.of(Kind.NAME), "They do", *names.remedy)


@check(
    "tf.names.domain",
    title="The domain can be one, and lies in its zone",
    symptom="The certificate is never issued, or records are made in a zone that nobody asks.",
    remedy=("Write the domain in lower-case letters without a dot at its end; its zone is it, or one above",),
    phase="names",
    faq=("F37", "F55"),
    needs=("tf.vars.readable",),
)
async def domain(inputs: Inputs) -> Finding:
    """The domain is written as no name server takes it, or the zone named does not hold it."""
    return said(inputs.judgement.of(Kind.DOMAIN), "It is", *domain.remedy)


def _allowed(judged: Judgement) -> Iterator[tuple[str, str, IPv4Network]]:
    """Each network that may come: variable, as it is written, as it is meant."""
    for variable, value in judged.final.items():
        if variable.endswith("allowed_cidrs") and value and not judged.is_complained_of(variable):
            for text in cast("list[str]", value):
                yield variable, text, IPv4Network(text, strict=False)


def _about(judged: Judgement, kind: Kind, variable: str, text: str, is_grave: bool = True) -> Complaint:  # noqa: FBT001, FBT002 - a flag of what it makes
    return Complaint(kind, variable, text, judged.place(variable), judged.seen(variable), is_grave)


CHECKS: tuple[Check, ...] = (networks, exposure, profile, secrets, names, domain)
