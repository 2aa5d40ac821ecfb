"""Checks of NATS from inside: it answers, events arrive, and whoever has no right to enter does not."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error, NoRespondersError, NoServersError

from codemie.checks.check import check
from codemie.checks.report import Finding, Status, failed, passed
from codemie.checks.sources import Sources
from codemie.embedded.nats_access import Login, NatsAccess
from codemie.plugins.diagnosis import network, server, sign_in
from codemie.plugins.diagnosis.target import Options, Target
from codemie.plugins.diagnosis.visit import Visit

_SECONDS = 3.0


@dataclass(frozen=True)
class MessageBus:
    """The NATS server that the platform's processes use.

    Attributes:
        url: with user and password.
    """

    url: str = field(repr=False)

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator[Client]:
        """A connection of our own, which gives up at once."""
        async with _connection(self.url) as client:
            yield client


@dataclass(frozen=True)
class PluginBroker:
    """The NATS server of the plugin engine.

    Attributes:
        url: without user.
        access: its logins.
    """

    url: str
    access: NatsAccess

    @asynccontextmanager
    async def connected(self, login: Login) -> AsyncGenerator[Client]:
        """A connection of our own with one of its logins, which gives up at once."""
        async with _connection(self.url, login, self.access) as client:
            yield client


@asynccontextmanager
async def _connection(url: str, login: Login | None = None, access: NatsAccess | None = None) -> AsyncGenerator[Client]:
    client = Client()

    async def unheard(_: Exception) -> None:
        """What goes wrong is raised, too."""

    await client.connect(
        url,
        name="codemie-doctor",
        connect_timeout=2,
        allow_reconnect=False,
        # 0 would mean without end.
        max_reconnect_attempts=1,
        reconnect_time_wait=0,
        error_cb=unheard,
        user=login.value if login else None,
        password=access.password(login) if login and access else None,
    )
    try:
        yield client
    finally:
        await client.close()


@check(
    "nats.reachable",
    title="NATS answers and admits the platform",
    symptom="/health/ready answers 503; streams of events stand still.",
    remedy=("Look whether NATS runs", "Compare CODEMIE_NATS_URL with the server's address, user and password"),
    faq=("F06", "F21"),
)
async def reachable(bus: MessageBus) -> Finding:
    """The server is down, its address or password is wrong, or a firewall drops the way to it."""
    try:
        async with bus.connected() as client:
            version = client.connected_server_version
    except (NoServersError, Error, OSError, TimeoutError) as error:
        said = str(error).removeprefix("nats: ").strip("'") or type(error).__name__
        return failed(f"No connection: {said}", *reachable.remedy)
    return passed(f"NATS {version.major}.{version.minor}.{version.patch} answers")


@check(
    "nats.events",
    title="Events go from process to process",
    symptom="Progress of indexing does not move, a stopped chat goes on, tools of agents are seen late.",
    remedy=("Allow the platform's user to publish and subscribe: compare with codemiectl nats config",),
    faq=("F21",),
    needs=("nats.reachable",),
)
async def events(bus: MessageBus) -> Finding:
    """The platform's user may not publish or subscribe, because the server's configuration limits it."""
    subject = f"codemie.doctor.{secrets.token_hex(8)}"

    async def echo(message: Msg) -> None:
        await message.respond(message.data)

    async with bus.connected() as asking, bus.connected() as answering:
        await answering.subscribe(subject, cb=echo)
        try:
            await _answered(asking, subject)
        except (Error, TimeoutError) as error:
            return failed(f"A message did not come back: {type(error).__name__}", *events.remedy)
    return passed("A message went there and back")


async def _answered(asking: Client, subject: str) -> None:
    """Ask until the server knows who answers: a client's flush may overtake its subscription."""
    until = time.monotonic() + _SECONDS
    while True:
        try:
            await asking.request(subject, b"", timeout=1)
        except NoRespondersError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.02)
        else:
            return


@check(
    "nats.accounts",
    title="The plugin engine's logins are admitted, and apart",
    symptom="Plugins cannot connect; the log speaks of an authorization violation.",
    remedy=(
        "Give both the same CODEMIE_PLUGINS_BROKER_SECRET: codemiectl nats config prints the server's part",
        "Restart the server after its configuration has changed",
    ),
    faq=("F21", "F28"),
    needs=("nats.reachable",),
)
async def accounts(broker: PluginBroker) -> Finding:
    """The server's logins follow from another secret than the platform's, or all logins share one account."""
    refused: list[str] = []
    for login in (Login.PLUGINS, Login.AUTH, Login.SYS):
        try:
            async with _connection(broker.url, login, broker.access):
                continue
        except (NoServersError, Error, OSError, TimeoutError):
            refused.append(login.value)
    if refused:
        return failed(f"The server refuses {', '.join(refused)}", *accounts.remedy, refused=", ".join(refused))
    if await _overheard(broker):
        return failed("The callout hears what the engine says: they share an account", *accounts.remedy)
    return passed("Three logins are admitted, none hears another")


async def _overheard(broker: PluginBroker) -> bool:
    """Whether what one account says is heard in another."""
    subject = f"codemie.doctor.{secrets.token_hex(8)}"
    async with (
        _connection(broker.url, Login.AUTH, broker.access) as outside,
        _connection(broker.url, Login.PLUGINS, broker.access) as inside,
    ):
        listens, speaks = await outside.subscribe(subject), await inside.subscribe(subject)
        # Who hears itself is subscribed, and what it said has been handed to everybody.
        await _said(outside, listens, b"first")
        await _said(inside, speaks, b"secret")
        await outside.publish(subject, b"last")
        heard = await listens.next_msg(_SECONDS)
        return heard.data != b"last"


async def _said(client: Client, subscription: Subscription, words: bytes) -> None:
    await client.publish(subscription.subject, words)
    await subscription.next_msg(_SECONDS)


async def offer_visit(sources: Sources, broker: PluginBroker, left: AsyncExitStack) -> None:
    """Let the steps of `plugins/diagnosis` that need no key of a plugin look at the broker."""
    options = Options(secrets.token_urlsafe(24), timeout=_SECONDS, access=broker.access)
    visit = Visit(Target.parsed(broker.url), options, left)
    try:
        for step in (network.dns, network.tcp, server.scheme):
            found = await step.look(visit)
            if found.status is Status.FAIL:
                sources.unobservable(Visit, found.detail, *found.remedy)
                return
    except OSError as error:
        sources.unobservable(Visit, f"The way to the broker breaks: {type(error).__name__}")
        return
    sources.offer(Visit, visit)


_ENGINE = ("nats.accounts",)
CHECKS = (
    reachable,
    events,
    accounts,
    replace(sign_in.wrong_key, needs=_ENGINE),
    replace(sign_in.anonymous, needs=_ENGINE),
)
