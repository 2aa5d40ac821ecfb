"""Runs an agent in this process, from its configuration to its end."""

import asyncio
import signal
import uuid
from collections.abc import Mapping

from codemie.plugins.agent.addresses import parse_address, proxy_for
from codemie.plugins.agent.agent import Agent, Rhythm
from codemie.plugins.agent.calls import Calls
from codemie.plugins.agent.configuration import Configuration, host_name
from codemie.plugins.agent.connection import Door
from codemie.plugins.agent.consent import Gate, Terminal
from codemie.plugins.agent.console import Console
from codemie.plugins.agent.offer import offered_tools
from codemie.plugins.agent.trust import tls_context
from codemie.plugins.wire.subjects import SessionAddress

STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


async def serve(configuration: Configuration, variables: Mapping[str, str], stop: asyncio.Event | None = None) -> None:
    """Serve until told to stop: the first signal lets running calls end, a second one does not.

    Args:
        configuration: of the agent.
        variables: of the environment, for MCP servers: server → names.
        stop: tells to stop, beside the signals.

    Raises:
        Misconfigured, NotFound, ServerFailed: it cannot start.
        NotReached, KeyRefused: it was not connected for as long as that may take, or when its time was over.
    """
    configuration.require_connection()
    console = Console(configuration.key)
    address = parse_address(configuration.uri)
    trust = tls_context(configuration)
    door = Door(address, proxy_for(address, configuration.proxy), trust, configuration.connect_seconds)
    for warning in configuration.warnings:
        console.say(warning)
    if address.shows_key:
        console.say(f"{address.scheme}:// may send the key in the clear: use wss:// or tls:// outside of this machine.")
    stop = stop or asyncio.Event()
    _stop_on_signals(stop)
    is_over = asyncio.Event()
    if configuration.serve_seconds:
        asyncio.get_running_loop().call_later(configuration.serve_seconds, lambda: (is_over.set(), stop.set()))
    asker = None if configuration.non_interactive else Terminal.here()
    gate = Gate(configuration.allow, asker, configuration.consent_seconds)
    async with offered_tools(configuration, trust, variables, console.say) as offered:
        tools = offered.tools
        console.say(f"Serving {configuration.root} with {', '.join(tools)}.", most=4_000)
        agent = Agent(
            SessionAddress(configuration.key, str(uuid.uuid4()), configuration.address_label),
            door,
            offered,
            Calls(tools, gate, configuration.tool_seconds, console),
            _rhythm(configuration),
            console,
            host=host_name(),
            max_payload=configuration.max_payload,
            tells_all=configuration.debug_updates,
        )
        await agent.run(stop)
        if is_over.is_set() and agent.trouble is not None:
            raise agent.trouble  # a pipeline must not take this for a success
    console.say("Stopped.")


def _rhythm(configuration: Configuration) -> Rhythm:
    return Rhythm(
        live=max(1.0, configuration.live_seconds),
        live_reply=configuration.live_reply_seconds,
        drain=configuration.drain_seconds,
        give_up=configuration.give_up_seconds,
    )


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    main = asyncio.current_task()

    def told() -> None:
        if stop.is_set() and main is not None:
            main.cancel()
        stop.set()

    for number in STOPS:
        loop.add_signal_handler(number, told)
