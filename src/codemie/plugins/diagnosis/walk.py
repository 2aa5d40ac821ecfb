"""The way of a connection, step by step: each step says what it needs, and a failure stops only what builds on it."""

import asyncio
import datetime as dt
import ssl
import time
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack

from codemie import __version__
from codemie.checks.check import Check
from codemie.checks.report import Checked, Finding, Report, Status, failed, skipped, without
from codemie.plugins.diagnosis import life, network, rights, server, sign_in, tls, tls_checks
from codemie.plugins.diagnosis.conversation import NotNats
from codemie.plugins.diagnosis.dialling import Closed, ProxyRefused, reason
from codemie.plugins.diagnosis.target import Options, Target
from codemie.plugins.diagnosis.visit import Visit
from codemie.plugins.diagnosis.websocket import NotUpgraded

_MAX_IDLE = 3600.0


STEPS: tuple[Check, ...] = (
    sign_in.key,
    network.dns,
    network.tcp,
    network.proxy,
    server.scheme,
    tls_checks.handshake,
    tls_checks.sni,
    tls_checks.protocol,
    tls_checks.chain,
    tls_checks.name,
    tls_checks.expiry,
    server.websocket,
    server.info,
    sign_in.auth,
    life.roundtrip,
    rights.permissions,
    rights.isolation,
    life.platform,
    sign_in.wrong_key,
    sign_in.anonymous,
    life.idle,
)


async def walk(
    target: Target,
    options: Options,
    seen: Callable[[Checked], None] = lambda _: None,
    wanted: Collection[str] = frozenset(step.id for step in STEPS),
) -> Report:
    """Visit every step that is wanted; `seen` is told of each check as soon as it is made.

    Args:
        target: where the way leads.
        options: how to go it.
        seen: told of each check.
        wanted: ids of steps; what builds on one that is not among them is left out, too.

    Raises:
        InvalidInput: a file of certificates cannot be used.
    """
    tls.strict(options)
    started, clock = dt.datetime.now(dt.UTC), time.monotonic()
    checks: list[Checked] = []
    causes: dict[str, str] = {}
    async with AsyncExitStack() as left:
        visit = Visit(target, options, left)
        for step in STEPS:
            if step.id not in wanted:
                causes[step.id] = f"{step.id}, which was left out"
                continue
            checked = await _made(step, visit, causes)
            checks.append(checked)
            seen(checked)
    shown = {"uri": target.uri} | ({"proxy": options.proxy.authority} if options.proxy else {})
    return Report("nats test", __version__, shown, started, _since(clock), tuple(checks))


async def _made(step: Check, visit: Visit, causes: dict[str, str]) -> Checked:
    """One check; what it makes pointless is noted in `causes`, id → the step that failed."""
    clock = time.monotonic()
    cause = next((causes[need] for need in step.needs if need in causes), None)
    if cause is not None:
        causes[step.id] = cause
        finding = skipped(f"blocked by {cause}")
    else:
        finding = await _looked(step, visit)
        if finding.status is Status.FAIL:
            causes[step.id] = step.id
    secrets = (visit.options.key, visit.options.proxy.credentials if visit.options.proxy else "")
    return Checked(step.id, step.title, without(secrets, finding), _since(clock))


async def _looked(step: Check, visit: Visit) -> Finding:
    limit = visit.options.timeout + (min(visit.options.idle, _MAX_IDLE) if step is life.idle else 0)
    try:
        async with asyncio.timeout(limit):
            return await step.look(visit)
    except TimeoutError:
        return failed(
            f"No answer within {visit.options.timeout:g} s",
            "Look whether a firewall on the way drops packets",
            "Give a slow network more time with --timeout",
        )
    except ProxyRefused as error:
        return failed(f"The proxy opens no tunnel: {error.line}", "See nats.proxy: the proxy opened one before")
    except NotUpgraded as error:
        return failed(f"The server does not change to WebSocket: {error.line}", "See nats.websocket: it did before")
    except NotNats as error:
        return failed(f"What comes is not NATS: {error}", "Compare host and port with those that the platform shows")
    except (Closed, OSError) as error:
        return _broken(error)


def _broken(error: Closed | OSError) -> Finding:
    if tls.wants_certificate(error):
        return failed(
            "The server ends the connection: it wants a certificate of the client",
            "Give one with --cert and --cert-key, and the same to the agent",
        )
    kind = "TLS fails" if isinstance(error, ssl.SSLError) else "The connection breaks"
    return failed(f"{kind}: {reason(error)}", "Try again; then look into the logs of the server and of what is between")


def _since(clock: float) -> int:
    return round((time.monotonic() - clock) * 1000)
