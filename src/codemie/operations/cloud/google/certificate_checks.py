"""Checks of the certificates at the load balancer for people: issued, lasting, for the name, and served."""

import datetime as dt
import hashlib
import ssl

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, skipped, unknown, warned
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.google.balancers import proxy
from codemie.operations.cloud.google.deployed import AGENTS, WEB, Deployed, named
from codemie.operations.cloud.google.way import Thing
from codemie.operations.network.site import Site
from codemie.operations.network.tls_checks import served
from codemie.plugins.diagnosis.certificates import Certificate, matches
from codemie.plugins.diagnosis.lookup import Lookup

_SOON = dt.timedelta(days=30)
_IN_CLUSTER = "A certificate in the cluster has a check of its own: codemiectl doctor --cluster --only k8s.certs"
_DOMAINS = {
    "FAILED_NOT_VISIBLE": "the name does not lead to the load balancer yet: see dns.balancers",
    "FAILED_CAA_CHECKING": "the CAA record cannot be read",
    "FAILED_CAA_FORBIDDEN": "a CAA record lets neither pki.goog nor letsencrypt.org issue: add one that does",
    "FAILED_RATE_LIMITED": "too many certificates were asked for the domain lately",
    "PROVISIONING": "Google is at it: that takes up to an hour after the name leads here",
}


async def _certificates(deployed: Deployed) -> list[Thing]:
    """Those that the load balancer for people has, the one for everybody else first.

    Raises:
        Unobservable: it has a map of Certificate Manager, or Google does not tell.
    """
    https = await proxy(deployed)
    if https is None:
        raise Unobservable("No load balancer for people ends TLS at 443", "See tls.listener")
    if https.get("certificateMap"):
        raise Unobservable(
            f"It has the map {named(str(https['certificateMap']))} of Certificate Manager, which is not looked into",
            "Look at it: gcloud certificate-manager certificates list",
        )
    links = [str(each) for each in https.get("sslCertificates") or ()]
    found = [await deployed.linked(each, "compute.sslCertificates.get") for each in links]
    return [each for each in found if each]


def _names(certificate: Thing) -> list[str]:
    return [
        str(each)
        for each in certificate.get("subjectAlternativeNames")
        or (certificate.get("managed") or {}).get("domains")
        or ()
    ]


def _end(certificate: Thing) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(str(certificate.get("expireTime")))
    except ValueError:
        return None


@check(
    "tls.acm.validation",
    title="Google has proven the names of certificates that it manages",
    symptom="Browsers get no certificate, hours after the ingress was made.",
    remedy=("Let the name lead to the load balancer: dns.balancers", "Look at CAA records of the domain"),
    faq=("F58",),
    needs=("tls.listener",),
    timeout=20,
)
async def validation(deployed: Deployed) -> Finding:
    """Google proves a name by reaching its own load balancer under it, and a CAA record must let it issue."""
    managed = [each for each in await _certificates(deployed) if each.get("type") == "MANAGED"]
    if not managed:
        return skipped("Google manages none: the certificate is of the cluster")
    states = {
        str(domain): str(state)
        for each in managed
        for domain, state in ((each.get("managed") or {}).get("domainStatus") or {}).items()
    }
    wrong = {domain: state for domain, state in states.items() if state != "ACTIVE"}
    if not wrong:
        return passed(f"{len(states)} names are proven", **states)
    domain, state = next(iter(wrong.items()))
    tell = warned if state == "PROVISIONING" else failed
    return tell(f"{domain}: {_DOMAINS.get(state, state)}", *validation.remedy, **states)


@check(
    "tls.acm.status",
    title="The certificate is there, and has not run out",
    symptom="Browsers warn, or get no certificate.",
    remedy=("Renew the secret of the ingress; GKE takes it over after some minutes", _IN_CLUSTER),
    faq=("F58",),
    needs=("tls.acm.validation",),
    timeout=20,
)
async def status(deployed: Deployed) -> Finding:
    """Google has not issued it yet, or what the load balancer has of the cluster's secret has run out."""
    found = await _certificates(deployed)
    seen = {str(each["name"]): f"{each.get('type')}, until {each.get('expireTime') or 'not told'}" for each in found}
    if not found:
        return failed("The load balancer has no certificate", *status.remedy)
    for each in found:
        state, ends = str((each.get("managed") or {}).get("status") or "ACTIVE"), _end(each)
        if state != "ACTIVE":
            return failed(f"{each['name']} is {state}", *status.remedy, **seen)
        if ends and ends < dt.datetime.now(dt.UTC):
            return failed(f"{each['name']} has run out on {ends:%Y-%m-%d}", *status.remedy, **seen)
    return passed("It is", **seen)


@check(
    "tls.acm.renewal",
    title="The certificate is renewed by itself",
    symptom="From one day to the next every browser warns.",
    remedy=("Let cert-manager renew the secret, or renew it yourself", _IN_CLUSTER),
    severity=Severity.MAJOR,
    faq=("F58",),
    needs=("tls.acm.status",),
    timeout=20,
)
async def renewal(deployed: Deployed) -> Finding:
    """It ends in less than 30 days, which whatever should renew it has not done."""
    ends = {str(each["name"]): _end(each) for each in await _certificates(deployed) if each.get("type") != "MANAGED"}
    if not ends:
        return passed("Google renews it")
    seen = {name: f"{end:%Y-%m-%d}" if end else "not told" for name, end in ends.items()}
    if unseen := [name for name, end in ends.items() if end is None]:
        return unknown(f"When {unseen[0]} ends is not told", _IN_CLUSTER, **seen)
    near = {name: end for name, end in ends.items() if end and end - dt.datetime.now(dt.UTC) < _SOON}
    if near:
        name, end = next(iter(near.items()))
        return failed(f"{name} ends on {end:%Y-%m-%d}, and was not renewed", *renewal.remedy, **seen)
    return passed("It lasts for 30 days at least; what renews the secret, the cluster knows", **seen)


@check(
    "tls.listener",
    title="The load balancer for people uses a certificate for its name",
    symptom="Browsers say that the certificate is for another site, or that there is no TLS.",
    remedy=("Give ingress.tls.secretName to the chart", "What is served, seen from here: codemiectl net tls HOST:443"),
    faq=("F60",),
    needs=("lb.state",),
    timeout=20,
)
async def listener(deployed: Deployed) -> Finding:
    """The secret of the ingress is not there or for another name, so that GKE made no proxy for HTTPS."""
    if await proxy(deployed) is None:
        return failed("Nobody ends TLS at 443", *listener.remedy)
    found, host = await _certificates(deployed), deployed.host(WEB)
    seen = {str(each["name"]): ", ".join(_names(each)[:10]) or "names are not told" for each in found}
    if any(matches(name, host) for each in found for name in _names(each)):
        return passed("It does; TLS of agents ends at the platform itself", **seen)
    if any(not _names(each) for each in found):
        return unknown(f"Whether a certificate is for {host} is not told", "codemiectl net tls HOST:443", **seen)
    return failed(f"No certificate of the load balancer is for {host}", *listener.remedy, **seen)


@check(
    "tls.served",
    title="The certificate that is served is the load balancer's",
    symptom="Browsers show another certificate than the console does.",
    remedy=(
        "See where the name leads: dns.target and dns.balancers",
        "Where a proxy or a content delivery network stands in front on purpose, its certificate is looked after there",
    ),
    faq=("F60",),
    needs=("lb.state", "tls.attached"),
    timeout=30,
)
async def same(deployed: Deployed, site: Site, lookup: Lookup) -> Finding:
    """Something else answers: a proxy in front, a former load balancer, or a company's firewall that looks into TLS."""
    if site.name == deployed.host(AGENTS):
        return skipped("TLS of agents ends behind the load balancer")
    if site.name != deployed.host(WEB):
        return skipped(f"{site.name} is no name of this stack")
    prints = {
        hashlib.sha256(ssl.PEM_cert_to_DER_cert(_leaf(str(each["certificate"])))).hexdigest(): str(each["name"])
        for each in await _certificates(deployed)
        if each.get("certificate")
    }
    if not prints:
        raise Unobservable("Google does not show the certificate of the load balancer", "See tls.listener")
    _, found = await served(site, lookup)
    own, here = Certificate.read(found.chain[0]), hashlib.sha256(found.chain[0]).hexdigest()
    seen = {"served": f"{own.subject}, by {own.issuer}, sha256 {here[:16]}…"}
    seen |= {name: f"sha256 {each[:16]}…" for each, name in prints.items()}
    if here in prints:
        return passed(f"{prints[here]} is served", **seen)
    return failed(
        f"{site.name} is served a certificate of {own.issuer} that the load balancer has not", *same.remedy, **seen
    )


def _leaf(chain: str) -> str:
    """The first certificate of several."""
    end = "-----END CERTIFICATE-----"
    return f"{chain.partition(end)[0].strip()}\n{end}\n"


CHECKS: tuple[Check, ...] = (validation, status, renewal, listener)
SERVED: tuple[Check, ...] = (same,)
