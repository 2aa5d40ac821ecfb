"""Do the names lead to the load balancers of the stack? Route 53 and DNS, side by side."""

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.balancers import Role, host, there
from codemie.operations.cloud.made import Made
from codemie.operations.network.lookup import Lookup, Outcome

_DUAL = "dualstack."


@check(
    "dns.balancers",
    title="Both names lead to their load balancers",
    symptom="Another site answers, or an old one, or nobody, though the load balancers are well.",
    remedy=(
        "Point the record at the load balancer, as an alias: codemiectl tf plan shows what differs",
        "Where Route 53 is right, and DNS is not: codemiectl doctor --domain NAME looks at delegation and waiting",
    ),
    faq=("F27", "F56"),
    needs=("lb.state",),
    timeout=30,
)
async def names(made: Made, lookup: Lookup) -> Finding:
    """A record still leads to a load balancer that was replaced, was made by hand, or its zone is not delegated.

    What a name resolves to must be among what AWS's own name of the load balancer resolves to at the same moment.
    """
    seen = dict[str, str]()
    for role in Role:
        balancer, name = await there(made, role), host(made, role)
        wanted = set(await lookup.addresses(balancer.address))
        if not wanted:
            raise Unobservable(f"{balancer.address} has no address here", "Ask another resolver with --resolver")
        answer = await lookup.ask(name, "A")
        if answer.outcome not in {Outcome.FOUND, Outcome.NO_NAME, Outcome.NO_DATA}:
            raise Unobservable(f"DNS does not answer for {name}: {answer.outcome}", "See dns.delegation")
        found = set(await lookup.addresses(name))
        alias = await _alias(made, name)
        seen |= {name: _listed(found), balancer.name: f"{balancer.address}, {_listed(wanted)}"}
        if alias:
            seen[f"Route 53, {name}"] = alias
        is_right = alias == balancer.address.lower()
        # A large load balancer tells some of its addresses at a time, others to another question.
        if found and (found <= wanted or (is_right and found & wanted)):
            continue
        where = f"leads to {_listed(found)}" if found else f"leads nowhere ({answer.outcome})"
        detail = f"{name} {where}, not to {balancer.name}"
        if is_right:
            return failed(f"{detail}, though Route 53 is right", *reversed(names.remedy), **seen)
        return failed(detail, *names.remedy, **seen)
    return passed("Both do", **seen)


async def _alias(made: Made, name: str) -> str:
    """What Route 53 of this account says; empty where the zone is not here, or the name no alias."""
    zone = f"{made.values.get('zone_name') or made.values.get('domain')}."
    listed = await made.one("route53", "list_hosted_zones_by_name", DNSName=zone, MaxItems="10")
    for each in (listed or {}).get("HostedZones") or ():
        if each["Name"] != zone or (each.get("Config") or {}).get("PrivateZone"):
            continue
        told = await made.one(
            "route53",
            "list_resource_record_sets",
            HostedZoneId=each["Id"],
            StartRecordName=name,
            StartRecordType="A",
            MaxItems="1",
        )
        for record in (told or {}).get("ResourceRecordSets") or ():
            if record["Name"] == f"{name}." and record.get("AliasTarget"):
                return str(record["AliasTarget"]["DNSName"]).rstrip(".").lower().removeprefix(_DUAL)
    return ""


def _listed(values: set[str]) -> str:
    return ", ".join(sorted(values)) or "nothing"


CHECKS: tuple[Check, ...] = (names,)
