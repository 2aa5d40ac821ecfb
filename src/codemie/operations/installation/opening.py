"""Opens what the checks of an installation look through."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from codemie.checks.sources import Sources
from codemie.embedded.nats_access import read_secrets
from codemie.identity.provider import Provider
from codemie.integrations.egress_address import EgressAddress
from codemie.integrations.runtime import IntegrationsRuntime
from codemie.integrations.vault import Vault
from codemie.integrations.withdrawals import Withdrawals
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import Database
from codemie.kernel.errors import ConfigurationError
from codemie.kernel.master_keys import FILE_NAME, VARIABLE, open_cipher
from codemie.kernel.rate_limits import RateLimit
from codemie.kernel.row_security import SYSTEM
from codemie.models.catalogue import Catalogue
from codemie.operations.installation.api import Api
from codemie.operations.installation.bus import MessageBus, PluginBroker, offer_visit
from codemie.operations.installation.keys import MasterKeys
from codemie.operations.installation.limits import Limits
from codemie.operations.installation.machine import Machine, ThisMachine
from codemie.operations.installation.outside import StoredCredentials
from codemie.operations.installation.outward import OutwardCalls
from codemie.operations.installation.provider_access import Realm
from codemie.operations.installation.sign_in import SignIns
from codemie.operations.installation.subject import Installation
from codemie.operations.installation.ways import ModelEndpoints
from codemie.plugins.diagnosis.visit import Visit
from codemie.plugins.servers import servers_of

_CONNECTIONS = 4


@asynccontextmanager
async def opened(installation: Installation) -> AsyncGenerator[Sources]:
    """Everything that can be looked through, while the block runs. It has connections of its own."""
    settings = installation.settings
    async with AsyncExitStack() as left:
        # Not those of the process: whoever looks must see something even where all of them are taken.
        database = Database(installation.database_url, pool_size=_CONNECTIONS, unbound=SYSTEM)
        left.push_async_callback(database.close)
        catalogue = Catalogue.of(settings.models, settings.kernel.home)
        sources = (
            Sources()
            .offer(Installation, installation)
            .offer(Limits, Limits())
            .offer(Machine, ThisMachine())
            .offer(Database, database)
            .offer(Catalogue, catalogue)
            .offer(MasterKeys, MasterKeys(lambda: _cipher(installation)))
        )
        if installation.nats_url:
            sources.offer(MessageBus, MessageBus(installation.nats_url))
        else:
            sources.unobservable(MessageBus, "nobody knows where NATS is", "Set CODEMIE_NATS_URL")
        if installation.network:
            sources.offer(ModelEndpoints, ModelEndpoints(catalogue))
        else:
            sources.not_applicable(ModelEndpoints, "nobody outside may be asked")
        if installation.api_url:
            sources.offer(Api, Api(installation.api_url.rstrip("/")))
        await _offer_broker(sources, installation, left)
        _offer_credentials(sources, installation)
        _offer_provider(sources, installation, left)
        yield sources


def broker_of(installation: Installation) -> PluginBroker | None:
    """The plugin engine's server; None where there is no engine, or nobody knows where it is.

    Raises:
        ConfigurationError: its secret cannot be used.
    """
    servers = servers_of(installation.settings.plugins, installation.settings.kernel)
    url = servers[0] if servers else installation.nats_url.rpartition("@")[2]
    if not installation.broker_secret or not url:
        return None
    access = read_secrets(installation.broker_secret)[0]
    return PluginBroker(url if "://" in url else f"nats://{url}", access)


async def _offer_broker(sources: Sources, installation: Installation, left: AsyncExitStack) -> None:
    broker = broker_of(installation)
    if broker is None:
        for kind in (PluginBroker, Visit):
            sources.not_applicable(kind, "there is no plugin engine: CODEMIE_PLUGINS_BROKER_SECRET is not set")
        return
    sources.offer(PluginBroker, broker)
    await offer_visit(sources, broker, left)


def _offer_credentials(sources: Sources, installation: Installation) -> None:
    if not installation.network:
        for kind in (StoredCredentials, OutwardCalls):
            sources.not_applicable(kind, "nobody outside may be asked")
        return
    settings = installation.settings.integrations
    try:
        vault = Vault(_cipher(installation))
    except ConfigurationError as error:
        # crypto.keys says so; whoever looks must see the rest.
        for kind in (StoredCredentials, OutwardCalls):
            sources.unobservable(kind, str(error), "See crypto.keys")
        return
    room = IntegrationsRuntime(
        vault, settings, RateLimit("connection tests", 0), EgressAddress(settings), Withdrawals()
    )
    sources.offer(OutwardCalls, OutwardCalls(room))
    if installation.integrations:
        sources.offer(StoredCredentials, StoredCredentials(room))
    else:
        sources.not_applicable(StoredCredentials, "not asked for: --integrations tries every stored credential")


def _offer_provider(sources: Sources, installation: Installation, left: AsyncExitStack) -> None:
    identity, access = installation.settings.identity, installation.provider_access
    absent = "" if identity.mode == "oidc" else "accounts are kept here (CODEMIE_IDENTITY_MODE=local)"
    absent = absent or ("" if installation.network else "nobody outside may be asked")
    if absent:
        for kind in (Provider, SignIns, Realm):
            sources.not_applicable(kind, absent)
        return
    provider = Provider(identity)
    left.push_async_callback(provider.close)
    frontend_url = installation.settings.kernel.frontend_url or ""
    sources.offer(Provider, provider).offer(SignIns, SignIns(provider, identity, frontend_url, access))
    sources.offer(Realm, Realm.of(provider.issuer, access))


def _cipher(installation: Installation) -> Cipher:
    """The installation's; whoever only looks makes no key.

    Raises:
        ConfigurationError: there is none, or it cannot be used.
    """
    home, given = installation.settings.kernel.home, installation.settings.identity.master_key
    if given is None and not (home / FILE_NAME).is_file():
        raise ConfigurationError(f"There is no {home / FILE_NAME}, and {VARIABLE} is not set")
    return open_cipher(home, given.get_secret_value() if given else None)
