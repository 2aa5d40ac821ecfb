"""What listens, whether the URI's scheme fits it, and how the server introduces itself."""

import ipaddress

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed, skipped, warned
from codemie.plugins.diagnosis import tls
from codemie.plugins.diagnosis.listener import Greeting, Listener, probed
from codemie.plugins.diagnosis.target import Target
from codemie.plugins.diagnosis.visit import Visit
from codemie.plugins.diagnosis.websocket import NotUpgraded, WebSocket

_LITTLE = 1024 * 1024
_WORDS = {
    "nats": "NATS that greets before anything else",
    "tls": "NATS inside TLS that begins at once",
    "ws": "a web server without TLS",
    "wss": "a web server with TLS",
}


@check(
    "nats.scheme",
    title="The scheme of the URI fits what listens",
    symptom="The agent waits for a greeting that never comes, or hears no NATS.",
    remedy=("Use the scheme that the finding names", "Compare host and port with those that the platform shows"),
    faq=("F26",),
    needs=("nats.proxy",),
)
async def scheme(visit: Visit) -> Finding:
    """The URI says tls:// where TLS begins later, nats:// where it begins at once, or another program listens there."""
    context = tls.permissive(visit.options)
    listener = await probed(visit.link, visit.target, context, visit.sni, visit.connect_seconds)
    visit.listener = listener
    if visit.target.scheme in listener.schemes:
        return _fits(visit, listener)
    if visit.target.is_tls_first and listener.trouble is not None:
        return passed("Somebody speaks TLS there; the next step looks at it")
    if listener.schemes:
        return _another(visit.target, listener)
    return _none(visit.target, listener)


def _fits(visit: Visit, listener: Listener) -> Finding:
    target = visit.target
    detail = f"There is {_WORDS[target.scheme]}; {target.scheme}:// fits"
    if visit.is_upgraded:
        detail += ", and the server asks for TLS after its greeting"
    if visit.needs_tls or _is_this_machine(visit.address):
        return passed(detail, listener=_WORDS[target.scheme])
    remedy = "Let the server or a load balancer offer TLS, and use tls:// or wss://"
    if listener.info.get("tls_available"):
        remedy = "The server offers TLS but does not ask for it: take allow_non_tls out of its configuration"
    return warned(f"{detail}, without TLS: others on the way can read the key", remedy, listener=_WORDS[target.scheme])


def _another(target: Target, listener: Listener) -> Finding:
    """Somebody else is there: say with which scheme."""
    fitting = listener.schemes[0]
    remedies = [f"Use {target.with_scheme(fitting)}"]
    if target.scheme == "tls" and fitting == "nats":
        begun = "TLS begins after the greeting" if listener.info.get("tls_required") else "it is without TLS"
        remedies = [
            f"Use {target.with_scheme(fitting)} ({begun})",
            "Operators: set handshake_first: auto in the TLS block of the server; then both schemes fit",
        ]
    elif fitting in {"ws", "wss"}:
        remedies = [f"Use {target.with_scheme(fitting)} if that is the platform", "Else compare host and port"]
    return failed(
        f"There is {_WORDS[fitting]}; {target.scheme}:// does not fit", *remedies, listener=_WORDS[fitting],
        fits=", ".join(f"{each}://" for each in listener.schemes),
    )  # fmt: skip


def _none(target: Target, listener: Listener) -> Finding:
    if listener.trouble is not None or listener.secured is not None:
        return failed(
            f"There is something with TLS that is not NATS; {target.scheme}:// does not fit",
            "Compare host and port with those that the platform shows",
            listener="TLS",
        )
    said = listener.plain or Greeting.SILENT
    remedy = (
        "Compare host and port: another program listens there"
        if said is Greeting.OTHER
        else "A load balancer without healthy targets, or a firewall that answers for others, does this: look behind it"
    )
    return failed(f"The port accepts connections and says {said}", remedy, listener=said)


_PATH = "/v1/plugin-engine/ws"


def _is_this_machine(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


@check(
    "nats.websocket",
    title="The path answers as a WebSocket",
    symptom="The agent says that the server did not upgrade the connection.",
    remedy=(
        "Compare the path: the platform's is /v1/plugin-engine/ws",
        "Allow the headers Upgrade and Connection at the ingress",
    ),
    faq=("F22",),
    needs=("nats.tls.protocol", "nats.tls.chain", "nats.tls.name", "nats.tls.expiry"),
)
async def websocket(visit: Visit) -> Finding:
    """The path is wrong, a sign-in in front wants a person, or the ingress does not pass WebSocket on."""
    if not visit.target.is_websocket:
        return skipped(f"{visit.target.scheme}:// uses none")
    context = tls.strict(visit.options)
    try:
        async with visit.secured(context, visit.target.host) if visit.needs_tls else visit.link() as link:
            await WebSocket.upgraded(link, visit.target)
    except NotUpgraded as error:
        return failed(
            f"{visit.target.path} answers {error.line}",
            *_remedies(error, visit.target.path),
            status=error.status,
            content_type=error.kind,
        )
    return passed(f"{visit.target.path} is a WebSocket", path=visit.target.path)


def _remedies(error: NotUpgraded, path: str) -> tuple[str, ...]:
    """Most likely first: where the path is not the platform's, it may be that, whatever the status is."""
    is_ours = path.rstrip("/").endswith(_PATH)
    wrong = f"Compare the path: the platform's is {_PATH}, behind the prefix of the platform if any"
    return (_remedy(error),) if is_ours or error.status in {404, 405} else (wrong, _remedy(error))


def _remedy(error: NotUpgraded) -> str:
    match error.status:
        case 404 | 405:
            return f"The path is wrong: the platform's is {_PATH}, behind the prefix of the platform if any"
        case 401 | 403 | 302 | 303 | 307:
            return "A sign-in in front wants a person: let the path of the plugin engine pass it"
        case 429:
            return "Too many attempts from this address: wait a minute"
        case 500 | 502 | 503 | 504:
            return "The platform, or its NATS server, is away: look into the log of the platform"
        case 101:
            return "Something in between answers for the server: have WebSocket allowed on the way"
        case _:
            return "The ingress does not pass WebSocket on: allow the headers Upgrade and Connection"


@check(
    "nats.info",
    title="The server introduces itself as one for plugins",
    symptom="The agent connects to a server that is not the platform's.",
    remedy=("Compare host and port", "Operators: compare the server's configuration with codemiectl nats config"),
    faq=("F22", "F28"),
    needs=("nats.websocket",),
)
async def info(visit: Visit) -> Finding:
    """The address leads to another NATS server, or the authorization block is missing in its configuration."""
    async with visit.talking() as conversation:
        said = conversation.info
    limit = said.get("max_payload")
    shown = {name: said.get(name, "–") for name in ("server_name", "version", "auth_required", "tls_required")}
    evidence = shown | {"max_payload": limit}
    if not isinstance(limit, int) or not said.get("version"):
        return failed(
            "It speaks like NATS, but names no version or no largest message", "Compare host and port", **evidence
        )
    if not said.get("auth_required"):
        return warned(
            "The server asks nobody for a key",
            "This is not the plugin engine's listener, or its authorization block is missing (codemiectl nats config)",
            **evidence,
        )
    if limit < _LITTLE:
        return warned(
            f"Answers of tools may have {limit} bytes at most; larger ones are lost", "Set max_payload: 8MB", **evidence
        )
    return passed(f"NATS {said['version']}, messages up to {limit // 1024} KiB, a key is asked for", **evidence)
