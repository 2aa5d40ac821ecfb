"""Checks of who may come: the rules in front of the web load balancer."""

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import Any, cast

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.expected import Visitors
from codemie.operations.cloud.made import Made, Thing
from codemie.operations.cloud.packets import EVERYWHERE, Packets, closed, ports_of

_HTTPS, _HTTP = 443, 80
_MOST_SHOWN = 20


def admitted(rules: Iterable[dict[str, Any]], port: int) -> list[str]:
    """Who may come to a port: networks, groups and lists of networks, as the rules name them."""
    found: list[str] = []
    for rule in rules:
        first, last = ports_of(rule)
        if rule["IpProtocol"] not in {"-1", "tcp", "6"} or not first <= port <= last:
            continue
        found += [str(each["CidrIp"]) for each in rule.get("IpRanges", ())]
        found += [str(each["CidrIpv6"]) for each in rule.get("Ipv6Ranges", ())]
        found += [str(each["GroupId"]) for each in rule.get("UserIdGroupPairs", ())]
        found += [str(each["PrefixListId"]) for each in rule.get("PrefixListIds", ())]
    return sorted(set(found))


async def rules_of(made: Made, balancer: Thing) -> list[Thing]:
    """The inbound rules of all security groups of a load balancer.

    Raises:
        Unobservable: AWS does not tell.
    """
    own = set(balancer.get("SecurityGroups") or [])
    groups = await made.in_network("describe_security_groups", "SecurityGroups")
    return [rule for each in groups if each["GroupId"] in own for rule in each["IpPermissions"]]


async def own_addresses(made: Made) -> list[IPv4Network]:
    """Those by which the platform comes to its own public names.

    Raises:
        Unobservable: AWS does not tell.
    """
    gateways = await made.gateways()
    return [IPv4Network(address["PublicIp"]) for each in gateways for address in each["NatGatewayAddresses"]]


def shown(names: list[str]) -> str:
    """So many of them as fit into a line."""
    more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    return (", ".join(names[:_MOST_SHOWN]) or "nobody") + more


@check(
    "net.sg.ingress",
    title="The web load balancer admits who should come, and the platform itself",
    symptom="People at one place wait until the browser gives up, or the platform cannot reach its own public name.",
    remedy=(
        "Name the network in allowed_cidrs, and let Terraform add the rule: codemiectl tf plan, then tf apply",
        "See what it admits: aws ec2 describe-security-groups --group-ids ID",
    ),
    severity=Severity.MAJOR,
    faq=("F64",),
    needs=("cloud.stack", "lb.state"),
    timeout=20,
)
async def ingress(made: Made, visitors: Visitors) -> Finding:
    """No rule of its security groups names the network that somebody comes from, or the address of a NAT gateway.

    The platform calls its own public name (sign-in, callbacks), and such a call leaves by a NAT gateway and comes back
    in as a stranger. Looked at are the networks of allowed_cidrs, those of --from, and the NAT gateways.
    """
    balancer = await made.balancer("web")
    if balancer is None:
        raise Unobservable(f"There is no load balancer {made.name}-web", "See lb.state")
    rules = await rules_of(made, balancer)
    people = [IPv4Network(each, strict=False) for each in cast("list[str]", made.values.get("allowed_cidrs") or [])]
    itself = await own_addresses(made)
    wanted = {
        **dict.fromkeys(people, "of allowed_cidrs"),
        **dict.fromkeys(visitors.networks, "of --from"),
        **dict.fromkeys(itself, "the address by which the platform itself comes"),
    }
    seen = {str(port): shown(admitted(rules, port)) for port in (_HTTPS, _HTTP)}
    return _judged(rules, wanted, itself, seen, open_to_all=EVERYWHERE in people)


def _judged(
    rules: list[dict[str, Any]],
    wanted: dict[IPv4Network, str],
    itself: list[IPv4Network],
    seen: dict[str, str],
    *,
    open_to_all: bool,
) -> Finding:
    answers = {each: closed(rules, "tcp", Packets(each, _HTTPS, _HTTPS), frozenset()) for each in wanted}
    outside = [each for each, answer in answers.items() if answer.packets]
    if certain := [each for each in outside if answers[each].is_certain]:
        names = "; ".join(f"{each}, {wanted[each]}" for each in certain)
        return failed(f"Port {_HTTPS} does not admit {names}", *ingress.remedy, **seen)
    if outside:
        names = "; ".join(f"{each}, {wanted[each]}" for each in outside)
        remedy = "Look what is in the list: aws ec2 get-managed-prefix-list-entries --prefix-list-id ID"
        return unknown(f"Only a prefix list may admit {names}", remedy, **seen)
    if str(EVERYWHERE) in admitted(rules, _HTTPS) and not open_to_all:
        text = "The whole internet is admitted, and allowed_cidrs does not say so"
        return warned(text, "Let Terraform take the rule away: codemiectl tf plan, then codemiectl tf apply", **seen)
    plain = [each for each in wanted if each not in itself and _is_shut(rules, each)]
    if plain:
        text = f"Port {_HTTP} does not admit {plain[0]}: who types the name without https:// waits for nothing"
        return warned(text, *ingress.remedy, **seen)
    whole = "the whole internet, as allowed_cidrs says" if open_to_all else f"{len(wanted)} networks that should come"
    return passed(f"It admits {whole}, the platform itself among them", **seen)


def _is_shut(rules: list[dict[str, Any]], network: IPv4Network) -> bool:
    found = closed(rules, "tcp", Packets(network, _HTTP, _HTTP), frozenset())
    return bool(found.packets) and found.is_certain


CHECKS: tuple[Check, ...] = (ingress,)
