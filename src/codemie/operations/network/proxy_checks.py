"""Checks of the proxy that signs people in: it believes nobody, lets the right ones through, and leads back here."""

from urllib.parse import parse_qs, urlsplit

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, skipped, unknown, warned
from codemie.checks.sources import Unobservable
from codemie.operations.network.browser import NoAnswer, Page, browser
from codemie.operations.network.http_checks import MEANINGS
from codemie.operations.network.site import Site
from codemie.plugins.diagnosis import tls
from codemie.plugins.diagnosis.lookup import Lookup

_START = "/oauth2/start?rd=%2F"
_CALLBACK = "/oauth2/callback"
_FOR_MACHINES = ("/v1/webhooks/none", "/v1/callbacks/index/none")
_NO_PROXY = "no oauth2-proxy stands in front"


async def _asked(site: Site, lookup: Lookup, path: str, **headers: str) -> Page:
    try:
        return await (await browser(site, lookup)).get(path, headers=headers)
    except NoAnswer as error:
        raise Unobservable(f"{path} does not answer: {error}", "Run again") from error


@check(
    "proxy.auth_request",
    title="The proxy that signs people in believes nobody's headers",
    symptom="Whoever knows the header is let in as anybody.",
    remedy=(
        "Let the ingress delete X-Auth-Request-Access-Token of requests, and set identity.trusted_proxies",
        "See the page on oauth2-proxy",
    ),
    faq=("F18",),
    needs=("http.api",),
    timeout=30,
)
async def auth_request(site: Site, lookup: Lookup) -> Finding:
    """The API trusts a header that the ingress passes on from outside, or the sign-in lets everybody through."""
    forged = {"X-Auth-Request-Access-Token": "forged", "X-Forwarded-User": "admin", "X-Auth-Request-User": "admin"}
    found = await _asked(site, lookup, "/v1/user", **forged)
    seen = {f"{found.url} with a forged header": str(found.status)}
    if found.status == 200:
        return failed("A forged header is believed", *auth_request.remedy, **seen)
    if found.status in {401, 403} or (found.location and found.leads_to_sign_in):
        return passed(f"A forged header is refused with {found.status}", **seen)
    leads = f", which leads to {found.location}" if found.location else ""
    return warned(f"A forged header is answered with {found.status}{leads}", *auth_request.remedy, **seen)


@check(
    "proxy.bearer",
    title="Programs with a valid token pass the sign-in",
    symptom="SDK and command lines get the page of the sign-in, or 401, with a token that is valid.",
    remedy=(
        "oauth2-proxy: skip_jwt_bearer_tokens = true, and the client of the platform in oidc_extra_audiences",
        "Let the ingress pass the header Authorization on to the API",
    ),
    severity=Severity.MAJOR,
    faq=("F18",),
    needs=("http.api", "tls.chain", "tls.coverage", "tls.expiry"),
    timeout=30,
)
async def bearer(site: Site, lookup: Lookup) -> Finding:
    """The proxy does not know the token's issuer or audience, or keeps the header from the API.

    The token is CODEMIE_TOKEN; it is sent only where the certificate holds what it promises.
    """
    if not site.token:
        return skipped("there is no token to try: set CODEMIE_TOKEN")
    headers = {"Authorization": f"Bearer {site.token}"}
    try:
        asking = await browser(site, lookup)
        found = await asking.get("/v1/user", headers=headers, context=tls.strict(site.options))
    except NoAnswer as error:
        raise Unobservable(f"/v1/user does not answer: {error}", "Run again") from error
    seen = {f"{found.url} with the token": str(found.status)}
    if found.status == 200:
        return passed("The token is let in", **seen)
    if found.location:
        return failed("The token is sent to the sign-in", *bearer.remedy, **seen)
    if found.status == 401 and found.is_of_api:
        return failed("The API refuses the token: it has ended, or is of another issuer", "Take a fresh one", **seen)
    return failed(f"The token is answered with {found.status}", *bearer.remedy, **seen)


@check(
    "proxy.webhooks",
    title="Webhooks are not sent to the sign-in",
    symptom="Webhooks of other systems and callbacks never arrive; their logs show a redirect.",
    remedy=("Leave /v1/webhooks and /v1/callbacks out of the sign-in: skip_auth_routes, or an ingress of their own",),
    severity=Severity.MAJOR,
    faq=("F18",),
    needs=("http.api",),
    timeout=30,
)
async def webhooks(site: Site, lookup: Lookup) -> Finding:
    """Other systems cannot sign in as people do: their requests carry a secret of their own.

    Only an error that the API itself has written shows that a request came that far.
    """
    found = [await _asked(site, lookup, path) for path in _FOR_MACHINES]
    seen = {each.url: str(each.status) for each in found}
    for each in found:
        path = urlsplit(each.url).path
        if each.location and each.leads_to_sign_in:
            return failed(f"{path} is sent to the sign-in", *webhooks.remedy, **seen)
        if each.is_of_api:
            continue
        if each.status in {401, 403}:
            return failed(f"{path} is refused with {each.status} before it reaches the API", *webhooks.remedy, **seen)
        told = MEANINGS.get(each.status, "that is no answer of the API")
        return failed(f"{path} does not reach the API, but {each.status}: {told}", *webhooks.remedy, **seen)
    return passed(f"Both reach the API, which answers {found[0].status} and {found[1].status}", **seen)


async def _sign_in(site: Site, lookup: Lookup) -> list[Page] | None:
    """What oauth2-proxy answers to whoever wants to sign in; None where none is there."""
    try:
        hops = await (await browser(site, lookup)).followed(_START)
    except NoAnswer as error:
        raise Unobservable(f"/oauth2/start does not answer: {error}", "Run again") from error
    return hops if hops[0].location else None


@check(
    "proxy.redirect_uri",
    title="The sign-in leads back to this name",
    symptom="The identity provider says: Invalid parameter: redirect_uri. Or people end at another name.",
    remedy=(
        "Set OAUTH2_PROXY_REDIRECT_URL to https://NAME/oauth2/callback, and register the same with the client",
        "Behind a load balancer: reverse_proxy = true, so that the proxy sees the name and HTTPS",
    ),
    faq=("F18", "F20"),
    needs=("http.page",),
    timeout=30,
)
async def redirect_uri(site: Site, lookup: Lookup) -> Finding:
    """The proxy was configured for another name, or makes the address up of what the load balancer tells it."""
    hops = await _sign_in(site, lookup)
    if hops is None:
        return skipped(_NO_PROXY)
    named = parse_qs(urlsplit(hops[-1].location).query).get("redirect_uri", [""])[0]
    wanted = f"https://{site.name}{'' if site.port == 443 else f':{site.port}'}{_CALLBACK}"
    if not named:
        return unknown("The sign-in names no address to come back to", f"Look at {hops[-1].url} in a browser")
    seen = {"redirect_uri": named, "of this name": wanted}
    if named != wanted:
        return failed(f"The sign-in leads back to {named}", *redirect_uri.remedy, **seen)
    return passed(f"It leads back to {named}", **seen)


@check(
    "proxy.cookies",
    title="Cookies of the sign-in are kept from scripts and from plain HTTP",
    symptom="None, until somebody takes over a session.",
    remedy=("oauth2-proxy: cookie_secure = true, cookie_httponly = true, cookie_samesite = lax",),
    severity=Severity.MAJOR,
    faq=("F18",),
    needs=("http.page",),
    timeout=30,
)
async def cookies(site: Site, lookup: Lookup) -> Finding:
    """The proxy was set up for plain HTTP, and kept those settings."""
    hops = await _sign_in(site, lookup)
    if hops is None:
        return skipped(_NO_PROXY)
    flags = {name: kept for hop in hops for name, kept in map(_flags, hop.cookies)}
    if not flags:
        return skipped("the sign-in sets no cookie before the password")
    seen = {name: ", ".join(sorted(kept)) for name, kept in flags.items()}
    for name, kept in flags.items():
        if lacking := [each for each in ("secure", "httponly") if each not in kept]:
            return failed(f"The cookie {name} is not {' and '.join(lacking)}", *cookies.remedy, **seen)
    open_ones = [name for name, kept in flags.items() if not {"samesite=lax", "samesite=strict"} & kept]
    if open_ones:
        return warned(f"The cookie {open_ones[0]} is sent along from other sites", *cookies.remedy, **seen)
    return passed(f"{', '.join(flags)}: Secure, HttpOnly, SameSite", **seen)


def _flags(cookie: str) -> tuple[str, set[str]]:
    """Name and flags, never its value."""
    first, *rest = cookie.split(";")
    return first.partition("=")[0].strip(), {each.strip().lower() for each in rest if "expires" not in each.lower()}


CHECKS = (auth_request, bearer, webhooks, redirect_uri, cookies)
