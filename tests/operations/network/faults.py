"""What may be wrong with a domain: each turns exactly its own check red."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dns.rcode

from codemie.checks.report import Status
from tests.operations.injection import Fault
from tests.operations.network.world import HOST, MACHINES, ZONE, World
from tests.plugins.diagnosis.certificates import DAY, issued


@dataclass(frozen=True)
class NetworkFault(Fault):
    """A fault of the domain on loopback."""

    inject: Callable[[World], object] = lambda _: None


def _no_name(world: World) -> None:
    for server in (world.resolver, world.child):
        server.codes[HOST] = dns.rcode.NXDOMAIN


def _no_data(world: World) -> None:
    for server in (world.resolver, world.child):
        del server.records[HOST, "A"]


def _broken_zone(world: World) -> None:
    world.resolver.codes[HOST] = dns.rcode.SERVFAIL


def _silent_resolver(world: World) -> None:
    world.resolver.is_silent = True


def _other_servers(world: World) -> None:
    world.parent.delegated[ZONE] = ["ns.old-provider.example"]


def _never_delegated(world: World) -> None:
    world.parent.delegated = {}


def _half_delegated(world: World) -> None:
    world.parent.delegated[ZONE] = ["ns.ai.example.org", "ns.old-provider.example"]


def _private_zone(world: World) -> None:
    # The servers that Route 53 names for every private zone; in the world they answer for none.
    world.resolver.records[ZONE, "NS"] = (3600, ["ns-0.awsdns-00.com", "ns-512.awsdns-00.net"])


def _hidden(world: World) -> None:
    _private_zone(world)
    world.resolver.codes[HOST] = dns.rcode.NXDOMAIN


def _two_views(world: World) -> None:
    _private_zone(world)
    world.child.records[HOST, "A"] = (60, ["127.0.0.9"])


def _only_here(world: World) -> None:
    _private_zone(world)
    del world.child.records[HOST, "A"]


def _stale(world: World) -> None:
    world.child.records[HOST, "A"] = (60, ["127.0.0.9"])


def _old_balancer(world: World) -> None:
    world.expected = ("127.0.0.8",)


def _dead_address(world: World) -> None:
    for server in (world.resolver, world.child):
        server.records[HOST, "A"] = (60, ["127.0.0.1", "127.0.0.77"])
    world.expected = ("127.0.0.1", "127.0.0.77")


def _being(**facts: Any) -> Callable[[World], None]:
    def inject(world: World) -> None:
        vars(world).update(facts)

    return inject


def _called(status: int, location: str = "", body: str = "") -> Callable[[World], None]:
    return lambda world: world.callbacks.update({MACHINES[1]: (status, location, body)})


def _certificate(**facts: Any) -> Callable[[World], None]:
    def inject(world: World) -> None:
        world.certificate = issued(HOST, world.root, **{"names": (HOST,), **facts})

    return inject


def _intermediate_missing(world: World) -> None:
    middle = issued("Intermediate of the test", world.root, is_authority=True)
    world.certificate = issued(HOST, middle, names=(HOST,))


def _strange_authority(world: World) -> None:
    world.certificate = issued(HOST, issued("Proxy of a company", is_authority=True), names=(HOST,))


def _placeholder(world: World) -> None:
    world.certificate = issued("Kubernetes Ingress Controller Fake Certificate", world.root, names=("ingress.local",))


FAULTS: tuple[NetworkFault, ...] = (
    NetworkFault("dns.records", "the name does not exist", inject=_no_name),
    NetworkFault("dns.records", "the name has no address", inject=_no_data),
    NetworkFault("dns.records", "the servers of the zone do not answer the resolver", inject=_broken_zone),
    NetworkFault("dns.records", "a private zone of the same name lacks the record", inject=_hidden),
    NetworkFault("dns.views", "a private zone leads elsewhere than the public one", Status.WARN, _two_views),
    NetworkFault("dns.views", "the name stands in a private zone only", Status.WARN, _only_here),
    NetworkFault("dns.resolver", "no resolver answers", inject=_silent_resolver),
    NetworkFault("dns.delegation", "the parent zone names the servers of a former provider", inject=_other_servers),
    NetworkFault("dns.delegation", "the zone was never delegated", inject=_never_delegated),
    NetworkFault("dns.delegation", "the parent zone names a server too many", Status.WARN, _half_delegated),
    NetworkFault("dns.propagation", "the record was changed a minute ago", Status.WARN, _stale),
    NetworkFault("dns.target", "the record leads to a load balancer that was replaced", inject=_old_balancer),
    NetworkFault("net.path", "nobody listens at the port", inject=_being(listens=False)),
    NetworkFault("net.path", "one of two addresses is dead", inject=_dead_address),
    NetworkFault("tls.handshake", "the listener speaks plain HTTP", inject=_being(is_secure=False)),
    NetworkFault("tls.attached", "the ingress controller serves its placeholder", inject=_placeholder),
    NetworkFault("tls.chain", "the intermediate certificate is not sent", inject=_intermediate_missing),
    NetworkFault("tls.chain", "a proxy on the way looks into TLS", inject=_strange_authority),
    NetworkFault("tls.coverage", "the certificate is for another host", inject=_certificate(names=("x.org",))),
    NetworkFault("tls.coverage", "the wildcard is one label short", inject=_certificate(names=("*.example.org",))),
    NetworkFault("tls.expiry", "the certificate has expired", inject=_certificate(ends=-DAY)),
    NetworkFault("tls.expiry", "the certificate is not valid yet", inject=_certificate(begins=DAY)),
    NetworkFault(
        "tls.expiry",
        "the certificate ends in a week",
        Status.WARN,
        _certificate(ends=dt.timedelta(days=7)),
    ),
    NetworkFault("tls.stapling", "a staple is demanded, and none is sent", inject=_certificate(wants_staple=True)),
    NetworkFault("http.page", "the load balancer has no healthy target", inject=_being(page=(503, ""))),
    NetworkFault("http.page", "the service's port is wrong", inject=_being(page=(502, ""))),
    NetworkFault("http.page", "the ingress does not know the host", inject=_being(page=(404, ""))),
    NetworkFault("http.api", "a page answers in place of the API", inject=_being(api=(200, "text/html"))),
    NetworkFault("http.api", "the API's path is not routed", inject=_being(api=(404, ""))),
    NetworkFault("http.plain", "plain HTTP is served", Status.WARN, _being(plain=(200, ""))),
    NetworkFault("proxy.auth_request", "a forged header is believed", inject=_being(believes=True)),
    NetworkFault(
        "proxy.webhooks",
        "callbacks are sent to the sign-in",
        inject=_called(302, "/oauth2/start"),
    ),
    NetworkFault("proxy.webhooks", "the proxy keeps callbacks out with 401", inject=_called(401, "", "{}")),
    NetworkFault("proxy.webhooks", "nobody behind answers callbacks", inject=_called(502, "", "Bad Gateway")),
    NetworkFault("http.page", "redirects lead in a circle", inject=_being(page=(301, "/"))),
    NetworkFault("proxy.bearer", "a token is sent to the sign-in", inject=_being(bearer=302)),
    NetworkFault("proxy.bearer", "a token is refused", inject=_being(bearer=401)),
    NetworkFault(
        "proxy.redirect_uri",
        "the sign-in leads back to another name",
        inject=_being(redirect_uri="https://old.example.org/oauth2/callback"),
    ),
    NetworkFault("proxy.cookies", "the cookie goes over plain HTTP", inject=_being(cookie="; HttpOnly; SameSite=Lax")),
    NetworkFault("proxy.cookies", "other sites send the cookie", Status.WARN, _being(cookie="; HttpOnly; Secure")),
)
