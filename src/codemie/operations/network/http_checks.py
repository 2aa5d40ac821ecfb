"""Checks of the pages: they answer, and plain HTTP leads to them."""

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, skipped, warned
from codemie.operations.network.browser import Browser, NoAnswer, Page, browser
from codemie.operations.network.site import Site
from codemie.plugins.diagnosis.lookup import Lookup
from codemie.plugins.diagnosis.target import is_address

MEANINGS = {
    404: "Something answers, but does not know the name: the ingress has no rule for this host",
    502: "The load balancer reaches a target that breaks off: the service's port is wrong, or the pod is starting",
    503: "The load balancer has no target: no pod is ready, or the service selects none",
    504: "The target does not answer in time: a network policy or security group between them",
}
"""Status → what it means of what stands in front."""


@check(
    "http.page",
    title="The first page answers, or leads to the sign-in",
    symptom="Browsers show an error page of the load balancer or of the ingress.",
    remedy=("Look at the pods behind it: codemiectl doctor --cluster",),
    faq=("F61", "F62", "F68"),
    needs=("tls.handshake",),
    timeout=30,
)
async def page(site: Site, lookup: Lookup) -> Finding:
    """The way from the load balancer to a ready pod is broken; the status says where.

    Redirects within the site are followed, and each is shown with its time; a circle of them is a fault.
    """
    asking = await browser(site, lookup)
    try:
        hops = await asking.followed(site.path)
    except NoAnswer as error:
        return failed(f"The connection breaks: {error}", *page.remedy)
    last = hops[-1]
    seen = await _seen(asking, lookup, hops)
    if len({hop.url for hop in hops}) < len(hops):
        return failed(f"Redirects lead in a circle, back to {last.url}", "Look at who redirects: name, scheme", **seen)
    if last.status == 200 or (last.status in {302, 303, 307} and last.leads_to_sign_in):
        return passed(f"{last.status}{', the sign-in' if last.location else ''}", **seen)
    if last.location:
        return warned(f"It leads to {last.location}", "Look whether that is meant", **seen)
    if any(hop.leads_to_sign_in for hop in hops):
        return passed(f"{hops[0].status}, the sign-in", **seen)
    return _broken(site, last.status, seen)


def _broken(site: Site, status: int, seen: dict[str, str]) -> Finding:
    """What stands in front is to blame only where the name and the first page were asked for."""
    if status == 404 and site.path != "/":
        return failed(f"It answers 404: nothing is at {site.path}", "Look how the path is written", **seen)
    if status == 404 and is_address(site.host):
        return failed("It answers 404: nothing is there for who asks by an address", "Ask by the name", **seen)
    return failed(MEANINGS.get(status, f"It answers {status}"), *page.remedy, **seen)


async def _seen(asking: Browser, lookup: Lookup, hops: list[Page]) -> dict[str, str]:
    """Each hop, how long the parts of the first took, and whether browsers are told to stay with HTTPS."""
    seen = {hop.url: f"{hop.status} after {hop.seconds * 1000:.0f} ms" for hop in hops}
    seen["leads to"] = hops[-1].location or "nowhere"
    paces = {"dns": lookup.seconds(asking.site.host), **await asking.paces(asking.site.path)}
    seen["took"] = ", ".join(f"{part} {seconds * 1000:.0f} ms" for part, seconds in paces.items())
    if not asking.site.is_plain:
        seen["HSTS"] = hops[0].headers.get("strict-transport-security", "none")
    return seen


@check(
    "http.api",
    title="The API answers under the same name",
    symptom="The page opens, and stays empty or says that the server cannot be reached.",
    remedy=("Compare the ingress's paths with those of the chart: /v1 must lead to the API",),
    faq=("F62", "F68"),
    needs=("http.page",),
    timeout=30,
)
async def api(site: Site, lookup: Lookup) -> Finding:
    """The path of the API is not routed, or leads to another service than the page."""
    try:
        found = await (await browser(site, lookup)).get("/v1/healthcheck")
    except NoAnswer as error:
        return failed(f"The connection breaks: {error}", *api.remedy)
    seen = {found.url: f"{found.status} {found.headers.get('content-type', '')}".strip()}
    if found.status == 200 and "json" in found.headers.get("content-type", ""):
        return passed("The API is well", **seen)
    if found.status == 401 or (found.location and found.leads_to_sign_in):
        return passed("The API is behind the sign-in", **seen)
    if found.status == 200:
        return failed("A page answers in place of the API", *api.remedy, **seen)
    return failed(MEANINGS.get(found.status, f"It answers {found.status}"), *api.remedy, **seen)


@check(
    "http.plain",
    title="Plain HTTP leads to HTTPS",
    symptom="Who types the name without https gets an error, or signs in unprotected.",
    remedy=("Let the load balancer or the ingress redirect port 80 to 443",),
    severity=Severity.MINOR,
    faq=("F64", "F68"),
    needs=("net.path",),
    timeout=30,
)
async def plain(site: Site, lookup: Lookup) -> Finding:
    """The listener of port 80 forwards to the pages in place of redirecting, or is closed."""
    asking = await browser(site, lookup)
    reached = await site.reach((asking.address,), site.http_port)
    if reached[0].problem:
        return skipped(f"port {site.http_port} is closed: {reached[0].problem}")
    try:
        found = await asking.get(secure=False)
    except NoAnswer as error:
        return warned(f"Port {site.http_port} does not speak HTTP: {error}", *plain.remedy)
    if found.location.startswith("https://"):
        return passed(f"It leads to {found.location}")
    return warned(f"Plain HTTP answers {found.status} itself", *plain.remedy, **{found.url: str(found.status)})


CHECKS = (page, api, plain)
