"""Checks of the subnets: there are addresses left for nodes, pods and load balancers."""

from ipaddress import IPv4Network

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.operations.cloud.ends import named
from codemie.operations.cloud.made import Made, Thing

_TAKEN_BY_AWS = 5
# A node brings a network interface and its spare addresses, 15 or more on the usual types.
_FOR_A_NODE = 16
# A load balancer asks for eight free addresses in each of its subnets, to grow into
# (docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html).
_FOR_A_BALANCER = 8
_NARROW = 0.2


@check(
    "cloud.subnets",
    title="Subnets have addresses left",
    symptom="Pods stay in ContainerCreating with: failed to assign an IP address to container. Or no node comes.",
    remedy=(
        "Take away what is not used any more; addresses of pods that are gone come back after half a minute",
        "For more room, let nodes be in further subnets; the networks of a subnet cannot be changed",
    ),
    faq=("F47",),
    needs=("cloud.stack",),
    timeout=20,
)
async def subnets(made: Made) -> Finding:
    """Each pod takes an address of its node's subnet, and each node keeps some in store: a subnet runs out of them."""
    private, public = await made.subnets("private"), await made.subnets("public")
    left = {named(each): f"{_free(each)} of {_room(each)} left" for each in (*private, *public)}
    full = [each for each in private if _free(each) < _FOR_A_NODE]
    if full:
        text = f"{named(full[0])} has {_free(full[0])} addresses left: no further node fits"
        return failed(text, *subnets.remedy, **left)
    full = [each for each in public if _free(each) < _FOR_A_BALANCER]
    if full:
        text = f"{named(full[0])} has {_free(full[0])} addresses left: load balancers cannot grow"
        return failed(text, *subnets.remedy, **left)
    narrow = [each for each in private if _free(each) < _room(each) * _NARROW]
    if narrow:
        text = f"{named(narrow[0])} has {_free(narrow[0])} of {_room(narrow[0])} addresses left"
        return warned(text, *subnets.remedy, **left)
    if not private or not public:
        absent = "private" if public else "public"
        return failed(f"The network has no {absent} subnet", "Put it back: codemiectl tf plan", **left)
    return passed(f"{sum(map(_free, private))} addresses are left for nodes and pods", **left)


def _free(subnet: Thing) -> int:
    return int(subnet["AvailableIpAddressCount"])


def _room(subnet: Thing) -> int:
    return IPv4Network(subnet["CidrBlock"]).num_addresses - _TAKEN_BY_AWS


CHECKS: tuple[Check, ...] = (subnets,)
