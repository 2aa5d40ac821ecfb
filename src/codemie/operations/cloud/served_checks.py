"""A check of both ends at once: what visitors are served, against what the cloud has for them."""

import hashlib

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, skipped
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.balancers import Balancer, Role, ends_tls, host, there
from codemie.operations.cloud.certificates import body
from codemie.operations.cloud.made import Made
from codemie.operations.network.site import Site
from codemie.operations.network.tls_checks import served
from codemie.plugins.diagnosis.certificates import Certificate
from codemie.plugins.diagnosis.lookup import Lookup

_SHOWN = 16


@check(
    "tls.served",
    title="The certificate that is served is the load balancer's",
    symptom="Browsers show another certificate than the console does, or warn though ACM has issued one.",
    remedy=(
        "See where the name leads: dns.target and dns.balancers",
        "Where a proxy or a content delivery network stands in front on purpose, its certificate is looked after there",
        "One that was attached a moment ago is served after a minute",
    ),
    faq=("F60",),
    needs=("lb.state", "tls.attached"),
    timeout=30,
)
async def same(made: Made, site: Site, lookup: Lookup) -> Finding:
    """Something else answers: a former load balancer, a proxy in front, or a company's firewall that looks into TLS."""
    role = next((role for role in Role if host(made, role) == site.name), None)
    if role is None:
        return skipped(f"{site.name} is no name of this stack")
    if not ends_tls(made, role):
        return skipped("TLS of agents ends behind the load balancer")
    balancer = await there(made, role)
    attached = await _attached(balancer)
    _, found = await served(site, lookup)
    leaf, own = found.chain[0], Certificate.read(found.chain[0])
    print_here = hashlib.sha256(leaf).hexdigest()
    seen = {
        "served": f"{own.subject}, by {own.issuer}, sha256 {print_here[:_SHOWN]}…",
        **{arn: f"sha256 {each[:_SHOWN]}…" for each, arn in attached.items()},
    }
    if print_here in attached:
        return passed(f"{balancer.name} serves it", **seen)
    return failed(
        f"{site.name} is served a certificate of {own.issuer} that {balancer.name} has not", *same.remedy, **seen
    )


async def led_to(made: Made, name: str) -> tuple[str, ...]:
    """The load balancer that a name should lead to, by AWS's own name for it; nothing where that cannot be told."""
    try:
        balancers = [await there(made, role) for role in Role if host(made, role) == name]
    except Unobservable:
        return ()
    return tuple(each.address for each in balancers)


async def _attached(balancer: Balancer) -> dict[str, str]:
    """Fingerprint → ARN of every certificate that its listeners have.

    Raises:
        Unobservable: there is none that ACM or IAM tells.
    """
    listeners = (await balancer.listeners()).values()
    arns = dict.fromkeys([arn for each in listeners for arn in await balancer.certificates(each)])
    found = dict[str, str]()
    for arn in arns:
        if leaf := await body(balancer.made, arn):
            found[hashlib.sha256(leaf).hexdigest()] = arn
    if not found:
        raise Unobservable(f"{balancer.name} has no certificate that ACM or IAM tells", "See tls.listener")
    return found


CHECKS: tuple[Check, ...] = (same,)
