"""The first steps: a name, an address, a port, and a proxy where there is one."""

import asyncio
import time
from typing import TYPE_CHECKING

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed, skipped, warned
from codemie.checks.sources import Unobservable
from codemie.plugins.diagnosis.dialling import ProxyRefused, connect, dialled, first_stop, reason, resolve
from codemie.plugins.diagnosis.target import authority, is_address
from codemie.plugins.diagnosis.visit import Visit

if TYPE_CHECKING:
    from codemie.plugins.diagnosis.views import Views

_FOR_THE_WORLD = 0.6
"""Share of the time of the step that may be spent on what the world is told."""


@check(
    "nats.dns",
    title="The name leads to an address",
    symptom="The agent says that the name is unknown.",
    remedy=(
        "Compare the name with the one that the platform shows",
        "Operators: create the A or CNAME record for the load balancer",
    ),
    faq=("F22", "F27"),
)
async def dns(visit: Visit) -> Finding:
    """The name is misspelt, has no record, or is known only to a DNS server that this machine does not ask.

    Where a private zone leads this network elsewhere than the world, both are named: agents outside go another way.
    """
    host, port = first_stop(visit.target, visit.options)
    if is_address(host):
        visit.addresses = [host]
        return skipped(f"{host} is an address, not a name")
    try:
        visit.addresses = await resolve(host, port)
    except (OSError, UnicodeError) as error:
        return _nowhere(host, reason(error), await _seen(visit, host, []))
    seen = {"name": host, "addresses": ", ".join(visit.addresses)}
    told = await _seen(visit, host, visit.addresses)
    if told is None:
        return passed(f"{host} is {seen['addresses']}", **seen)
    if isinstance(told, str):
        return passed(f"{host} is {seen['addresses']}", **seen, world=f"not seen: {told}")
    if told.split:
        return warned(
            told.split,
            "Look whether both lead to the load balancer of agents: codemiectl net dns NAME --target LOAD-BALANCER",
            "Run this test from where agents are, too: what follows was tried by the addresses of here",
            **seen,
            **told.seen,
        )
    return passed(f"{host} is {seen['addresses']}", **seen, **told.seen)


def _nowhere(host: str, why: str, told: "Views | str | None") -> Finding:
    world = () if told is None or isinstance(told, str) else told.world.addresses
    if world:
        return failed(
            f"{host} leads to no address here ({why}), and in the world to {', '.join(world)}",
            "A private zone of the same name may hide it: make the record there, too, or ask another DNS server",
            name=host,
            world=", ".join(world),
        )
    return failed(
        f"{host} leads to no address: {why}",
        "Compare the name with the one that the platform shows",
        "In a private network, check that this machine asks the DNS server that knows the name (VPN, /etc/hosts)",
        "Operators: create the A or CNAME record for the load balancer",
        name=host,
    )


async def _seen(visit: Visit, host: str, here: list[str]) -> "Views | str | None":
    """Both views of the name; why the world's is not seen; None where nobody asked for it, or a proxy resolves it."""
    lookup = visit.options.lookup
    if lookup is None or host != visit.target.host:
        return None
    from codemie.plugins.diagnosis import views

    try:
        async with asyncio.timeout(visit.options.timeout * _FOR_THE_WORLD):
            return await views.both(lookup, host, here)
    except TimeoutError:
        return "no answer in time"
    except Unobservable as error:
        return str(error)


@check(
    "nats.tcp",
    title="Somebody answers at the port",
    symptom="The agent cannot connect: refused, or no answer.",
    remedy=(
        "Compare the port with the one that the platform shows",
        "Check firewalls, security groups and source ranges, here and there",
    ),
    faq=("F22", "F25"),
    needs=("nats.dns",),
)
async def tcp(visit: Visit) -> Finding:
    """Nobody listens there, or something on the way drops the connection. The first address that answers is used."""
    _, port = first_stop(visit.target, visit.options)
    share = max(visit.options.timeout * 0.8 / len(visit.addresses), 0.2)
    answers: dict[str, str] = {}
    for address in visit.addresses:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(share):
                await (await connect(address, port)).close()
        except (OSError, TimeoutError) as error:
            answers[authority(address, port)] = reason(error)
            continue
        spent = time.monotonic() - begun
        answers[authority(address, port)] = f"answers after {spent * 1000:.0f} ms"
        if not visit.address:
            visit.address, visit.connect_seconds = address, spent
    return _answered(visit, answers)


def _answered(visit: Visit, answers: dict[str, str]) -> Finding:
    said = "; ".join(f"{place}: {answer}" for place, answer in answers.items())
    if not visit.address:
        refused = all("refused" in answer for answer in answers.values())
        first = (
            "Nobody listens there: compare the port with the one that the platform shows, and see whether it runs"
            if refused
            else "Something drops the connection: check firewalls, security groups and source ranges, here and there"
        )
        return failed(
            f"Nobody answers ({said})",
            first,
            "Where only HTTPS leads out, use wss:// on port 443, or give your proxy with --proxy",
            **answers,
        )
    if any(not answer.startswith("answers") for answer in answers.values()):
        return warned(
            f"Not every address answers ({said})",
            "Agents may meet a dead one: take it out of the DNS record",
            **answers,
        )
    return passed(said, **answers)


@check(
    "nats.proxy",
    title="The proxy opens a tunnel",
    symptom="The agent cannot connect from a network that only leads out through a proxy.",
    remedy=("Give the proxy's user and password", "Have host and port allowed at the proxy, or use wss:// on port 443"),
    faq=("F23",),
    needs=("nats.tcp",),
)
async def proxy(visit: Visit) -> Finding:
    """The proxy wants a user, forbids the target, or does not reach it."""
    through = visit.options.proxy
    if through is None:
        return skipped("no proxy was given")
    try:
        async with dialled(visit.target, visit.options, visit.address):
            return passed(f"{through.authority} leads to {visit.target.authority}", proxy=through.authority)
    except ProxyRefused as error:
        if error.status == 407:
            remedy = "The proxy wants a user: write --proxy http://USER:PASSWORD@host:port"
        elif error.status in {403, 405}:
            remedy = f"The proxy forbids it: have {visit.target.authority} allowed, or use wss:// on port 443"
        elif error.status:
            remedy = f"The proxy does not reach {visit.target.authority}: compare host and port, ask who runs the proxy"
        else:
            remedy = "That is no HTTP proxy: compare its address"
        return failed(f"The proxy answers: {error.line}", remedy, proxy=through.authority, status=error.status)
