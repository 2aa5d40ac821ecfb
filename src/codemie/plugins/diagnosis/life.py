"""Whether the connection lives: the server's echo, the platform's sign of life, quiet."""

import asyncio
import itertools
import statistics
import time

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed, skipped, warned
from codemie.plugins.diagnosis.conversation import Message, heard_within
from codemie.plugins.diagnosis.dialling import Closed
from codemie.plugins.diagnosis.visit import Visit

_ECHOES = 5
_SLOW_MS = 500.0
_PLATFORM_SECONDS = 5.0


@check(
    "nats.roundtrip",
    title="The server answers quickly",
    symptom="Every call of a tool is slow.",
    remedy=("Look at the network on the way: VPN, proxy, wireless",),
    faq=("F21", "F22"),
    needs=("nats.auth",),
)
async def roundtrip(visit: Visit) -> Finding:
    """The way to the server is long or busy; no call of a tool can be faster than an echo of it."""
    spent: list[float] = []
    for _ in range(_ECHOES):
        begun = time.perf_counter()
        await visit.shared().settled()
        spent.append((time.perf_counter() - begun) * 1000)
    middle = statistics.median(spent)
    evidence = {"median": f"{middle:.1f} ms", "slowest": f"{max(spent):.1f} ms", "echoes": str(_ECHOES)}
    if middle > _SLOW_MS:
        return warned(
            f"An echo takes {middle:.0f} ms",
            "No call of a tool is faster: look at the network",
            **evidence,
        )
    return passed(f"An echo takes {middle:.1f} ms", **evidence)


@check(
    "nats.platform",
    title="The platform answers a sign of life",
    symptom="The agent is connected and its tools never appear.",
    remedy=("See whether the platform runs, whether its plugin engine is on, and whether it uses this NATS server",),
    faq=("F21",),
    needs=("nats.permissions",),
)
async def platform(visit: Visit) -> Finding:
    """The platform does not run, has no plugin engine (CODEMIE_PLUGINS_BROKER_SECRET), or uses another NATS server."""
    key, talk = visit.options.key, visit.shared()
    await talk.send(f"SUB {key}.list  11", f"SUB {key}.live.reply  12")
    begun = time.perf_counter()
    await talk.publish(f"{key}.live", f"{key}.live.reply", visit.session)
    answer = await _live_reply(visit)
    spent = (time.perf_counter() - begun) * 1000
    await talk.publish(f"{key}.disconnected", "", visit.session)
    await talk.settled("UNSUB 11", "UNSUB 12")
    if answer is None:
        return failed(
            "The server is there, but no platform answers there",
            "See whether the platform runs, whether its plugin engine is on, and whether it uses this NATS server",
        )
    return passed(f"The platform answers after {spent:.0f} ms: {answer}", answer=answer, after=f"{spent:.0f} ms")


async def _live_reply(visit: Visit) -> str | None:
    until = time.monotonic() + _PLATFORM_SECONDS
    while (left := until - time.monotonic()) > 0:
        event = await heard_within(visit.shared(), left)
        if isinstance(event, Message) and event.sid == "12":
            if not event.has_responder:
                return None
            return event.payload.decode("utf-8", "replace").strip()[:200] or "(an empty text)"
    return None


@check(
    "nats.idle",
    title="A quiet connection stays",
    symptom="Agents lose their connection after some minutes without a call.",
    remedy=(
        "Raise the idle limit of the load balancer, firewall or ingress on the way",
        "Operators: or set ping_interval of the server below that",
    ),
    faq=("F22",),
    needs=("nats.auth",),
)
async def idle(visit: Visit) -> Finding:
    """Something on the way forgets connections on which nobody speaks."""
    wanted = visit.options.idle
    if wanted <= 0:
        return skipped("not asked for; --idle 400 outlives the usual limits of load balancers and firewalls")
    talk = visit.shared()
    begun, talk.pinged = time.monotonic(), []
    try:
        await talk.settled()
        async with asyncio.timeout(wanted):
            while True:
                await talk.event()
    except TimeoutError:
        pass
    except Closed as error:
        return _cut(time.monotonic() - begun, str(error))
    try:
        await talk.settled()
    except Closed as error:
        return _cut(time.monotonic() - begun, str(error))
    gap = _longest_gap([begun, *talk.pinged, time.monotonic()])
    return passed(
        f"Still there after {wanted:g} s; the server asked {len(talk.pinged)} times for a sign of life",
        pings=len(talk.pinged),
        longest_silence=f"{gap:.0f} s",
    )


def _cut(after: float, said: str) -> Finding:
    return failed(
        f"The connection was cut after {after:.0f} s: {said}",
        f"Raise the idle limit of the load balancer, firewall or ingress on the way above {after:.0f} s",
        "Operators: or set ping_interval of the server below that",
        after=f"{after:.0f} s",
    )


def _longest_gap(moments: list[float]) -> float:
    return max(later - earlier for earlier, later in itertools.pairwise(moments))
