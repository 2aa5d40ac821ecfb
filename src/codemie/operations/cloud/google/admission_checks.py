"""Checks of who may come: Cloud Armor in front of people, firewall rules in front of agents."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, cast

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.operations.cloud.expected import Visitors
from codemie.operations.cloud.google.balancers import services
from codemie.operations.cloud.google.deployed import AGENTS, Deployed, network_of
from codemie.operations.cloud.google.firewall import Place, stopped
from codemie.operations.cloud.google.network_checks import firewall, places
from codemie.operations.cloud.packets import EVERYWHERE, Packets

_LAST_PORT = 65535
_EDIT = "Name the network in allowed_cidrs, and let Terraform change the policy: codemiectl tf plan, then tf apply"


@dataclass(frozen=True)
class Verdict:
    """What a policy does with a network.

    Attributes:
        denied: parts that it denies.
        is_certain: no expression that only Google can reckon comes before.
        doubt: the expression of a denial that may meet it by where it is; empty: there is none.
    """

    denied: tuple[IPv4Network, ...]
    is_certain: bool
    doubt: str = ""


def judged(rules: Iterable[dict[str, Any]], network: IPv4Network) -> Verdict:
    """What the rules of a policy of Cloud Armor do: the lowest number that an address meets decides.

    Args:
        rules: as Compute Engine tells them; what a rule only previews does nothing.
        network: from which somebody comes.
    """
    undecided, denied, is_certain = [Packets(network, 0, _LAST_PORT)], list[IPv4Network](), True
    doubt = ""
    for rule in sorted(rules, key=lambda each: int(each["priority"])):
        if rule.get("preview") or not undecided:
            continue
        config = (rule.get("match") or {}).get("config") or {}
        ranges = cast("list[str]", config.get("srcIpRanges") or [])
        if not ranges:
            # An expression: which requests it meets depends on more than the address.
            is_certain = False
            text = str(((rule.get("match") or {}).get("expr") or {}).get("expression") or "")
            if "origin." in text and str(rule["action"]).startswith("deny"):
                doubt = doubt or text
            continue
        for text in ranges:
            covered = EVERYWHERE if text == "*" else network_of(text)
            if covered is None:
                continue
            part = Packets(covered, 0, _LAST_PORT)
            if str(rule["action"]).startswith("deny"):
                denied += [met.network for each in undecided if (met := each.within(part))]
            undecided = [left for each in undecided for left in each.without(part)]
    return Verdict(tuple(denied), is_certain, doubt)


async def _wanted(deployed: Deployed, visitors: Visitors) -> dict[IPv4Network, str]:
    """Who should come → why."""
    people = cast("list[str]", deployed.values.get("allowed_cidrs") or [])
    return {
        **{net: "of allowed_cidrs" for each in people if (net := network_of(each))},
        **dict.fromkeys(visitors.networks, "of --from"),
        **{IPv4Network(each): "the address by which the platform itself comes" for each in await deployed.leaving()},
    }


@check(
    "net.sg.ingress",
    title="Cloud Armor admits who should come, and the platform itself",
    symptom="People at one place get 403, or the platform cannot reach its own public name; or everybody is admitted.",
    remedy=(_EDIT, "See what it admits: gcloud compute security-policies describe NAME"),
    severity=Severity.MAJOR,
    faq=("F64",),
    needs=("cloud.stack", "lb.state"),
    timeout=20,
)
async def ingress(deployed: Deployed, visitors: Visitors) -> Finding:
    """No rule of the policy names the network that somebody comes from; or no policy is attached.

    The platform calls its own public name (sign-in, callbacks): such a call leaves by Cloud NAT, and comes back in as a
    stranger. Looked at are the networks of allowed_cidrs, those of --from, and the addresses of Cloud NAT.
    """
    wanted, seen = await _wanted(deployed, visitors), dict[str, str]()
    for service in await services(deployed):
        link = str(service.get("securityPolicy") or "")
        policy = await deployed.linked(link, "compute.securityPolicies.get") if link else None
        if policy is None:
            text = f"{service['name']} has no policy of Cloud Armor: the whole internet is admitted"
            return failed(
                text, "Give ingress.gce.securityPolicy to the chart: the output security_policy", *ingress.remedy
            )
        rules = policy.get("rules") or []
        seen[str(policy["name"])] = f"{len(rules)} rules"
        verdicts = {each: judged(rules, each) for each in wanted}
        if outside := [each for each in wanted if verdicts[each].denied]:
            names = "; ".join(f"{each}, {wanted[each]}" for each in outside)
            tell = failed if all(verdicts[each].is_certain for each in outside) else unknown
            return tell(f"{policy['name']} does not admit {names}", *ingress.remedy, **seen)
        if doubt := next((each.doubt for each in verdicts.values() if each.doubt), ""):
            text = f"{policy['name']} may deny somebody who should come: only Google reckons {doubt}"
            return unknown(text, *ingress.remedy[1:], **seen)
        if EVERYWHERE not in wanted and not judged(rules, EVERYWHERE).denied:
            text = f"{policy['name']} admits the whole internet, and allowed_cidrs does not say so"
            return warned(
                text, "Let Terraform take the rule away: codemiectl tf plan, then codemiectl tf apply", **seen
            )
    return passed(f"It admits {len(wanted)} networks that should come, the platform itself among them", **seen)


@check(
    "nats.lb.sg",
    title="Firewall rules admit agents, and the platform itself",
    symptom="Agents at one place wait until their connection times out, and others work.",
    remedy=(
        "Give plugins.loadBalancer.sourceRanges to the chart: the output nats_source_ranges",
        "From where an agent runs: codemiectl nats test",
    ),
    phase="nats",
    severity=Severity.MAJOR,
    faq=("F25",),
    needs=("lb.state",),
    timeout=20,
)
async def admits(deployed: Deployed, visitors: Visitors) -> Finding:
    """No firewall rule names the network that an agent comes from: GKE makes one of the service's source ranges.

    Looked at are the networks of allowed_cidrs, those of --from, and the addresses of Cloud NAT, by which pods come to
    the public name; each at every port for agents.
    """
    (rules, policies), there = await firewall(deployed), await places(deployed)
    if "nodes" not in there:
        return unknown("No node is there to be reached", "See cloud.nodegroup")
    wanted = await _wanted(deployed, visitors)
    # The load balancer passes packets on as they are: the rules of the nodes decide, at its own address and port.
    address, nodes = network_of(await deployed.address(AGENTS)), there["nodes"]
    here = Place((address,) if address else nodes.networks, nodes.tags, nodes.account)
    lost = {
        (port, each): stopped(rules, "tcp", port, here, Place((each,)), inbound=True)
        for port in deployed.agents_ports
        for each in wanted
    }
    outside = {key: found[0].rule for key, found in lost.items() if found}
    seen = {f"{network} at {port}": rule for (port, network), rule in outside.items()}
    if policies:
        text = f"Policies decide as well as the rules of the network: {', '.join(policies)}"
        return unknown(text, "Look at them: gcloud compute networks get-effective-firewalls NETWORK", **seen)
    if outside:
        (port, network), rule = next(iter(outside.items()))
        text = f"Port {port} does not admit {network}, {wanted[network]}: {rule}"
        return failed(text, *admits.remedy, **seen)
    open_to_all = not stopped(rules, "tcp", deployed.agents_ports[0], here, Place((EVERYWHERE,)), inbound=True)
    if open_to_all and EVERYWHERE not in wanted:
        return warned("The whole internet is admitted, and allowed_cidrs does not say so", *admits.remedy)
    return passed(f"It admits {len(wanted)} networks that should come, the platform itself among them")


CHECKS: tuple[Check, ...] = (ingress, admits)
