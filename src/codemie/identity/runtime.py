"""What the identity room keeps open while a process runs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from codemie.identity import development
from codemie.identity.applications import Applications, open_applications
from codemie.identity.attempts import AttemptLimiter
from codemie.identity.authentication import Authenticator
from codemie.identity.bootstrap import ensure_first_administrator
from codemie.identity.client_address import ClientAddresses
from codemie.identity.keys import SigningKeys
from codemie.identity.oidc import SingleSignOn
from codemie.identity.origin import origin_of
from codemie.identity.passwords import Passwords
from codemie.identity.provider import ProviderUnreachable
from codemie.identity.refusals import Refusals
from codemie.identity.settings import IdentitySettings
from codemie.kernel.crypto import Cipher, DecryptionFailed
from codemie.kernel.database import Database
from codemie.kernel.errors import ConfigurationError
from codemie.kernel.master_keys import open_cipher
from codemie.kernel.messaging import Messaging
from codemie.kernel.settings import KernelSettings
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)


class RelevantSettings(Protocol):
    """The part of the process's settings that this room reads."""

    @property
    def kernel(self) -> KernelSettings: ...

    @property
    def identity(self) -> IdentitySettings: ...

    @property
    def speech(self) -> Any: ...  # of a room above: only whether there is a service


@dataclass(frozen=True, slots=True)
class Identity:
    """``resources.identity``.

    Args:
        cipher: seals secrets under the installation's master key; other rooms may use it.
        sign_in_failures: wrong passwords, counted by account and address together.
        address_failures: wrong passwords, counted by address alone.
        single_sign_on: the identity provider; None when accounts are kept here.
        offers_speech: clients may have speech recognised.
        applications: programs outside that data sources may be granted to; None when none are listed.
        addresses: where requests come from.
        refusals: bad credentials, counted by address.
        mail_requests: calls that may send mail or create accounts, counted by address.
    """

    settings: IdentitySettings
    frontend_url: str | None
    database: Database
    cipher: Cipher
    keys: SigningKeys
    passwords: Passwords
    authenticator: Authenticator
    sign_in_failures: AttemptLimiter
    address_failures: AttemptLimiter
    mail_requests: AttemptLimiter
    addresses: ClientAddresses
    refusals: Refusals
    single_sign_on: SingleSignOn | None
    applications: Applications | None
    offers_speech: bool


@asynccontextmanager
async def open_runtime(
    settings: RelevantSettings, database: Database, messaging: Messaging
) -> AsyncGenerator[Identity]:
    """Keys, caches and limits of one process.

    Args:
        settings: of the process.
        database: of the process.
        messaging: unused; every room's runtime opens alike.

    Raises:
        ConfigurationError: the master key is missing or another one, or development identities would be exposed.
    """
    del messaging
    identity, kernel = settings.identity, settings.kernel
    development.refuse_exposed(identity, kernel.host)
    if identity.dev_identities:
        log.warning("identity.development", who="any program on this machine is an administrator by a header alone")
    cipher = open_cipher(kernel.home, identity.master_key.get_secret_value() if identity.master_key else None)
    keys = SigningKeys(database, cipher, identity)
    passwords = Passwords(identity.password_min_length)
    await _require_readable(keys)
    trusted = origin_of(kernel.frontend_url)
    trusted_origins = frozenset({trusted} if trusted else ())
    if identity.admin_password:
        # With a password of the operator's there is nothing to print, so every process may do it.
        await ensure_first_administrator(database, identity)
    single_sign_on = await _open_single_sign_on(identity, database, cipher, kernel.frontend_url)
    applications = open_applications(identity)
    addresses, refusals = ClientAddresses(identity.trusted_proxies), Refusals(database, identity.refusals_per_minute)
    authenticator = Authenticator(
        database, keys, identity, trusted_origins, addresses, refusals, cipher, single_sign_on, applications
    )
    try:
        async with refusals.writing():
            yield Identity(
                settings=identity,
                frontend_url=kernel.frontend_url,
                database=database,
                cipher=cipher,
                keys=keys,
                passwords=passwords,
                authenticator=authenticator,
                sign_in_failures=AttemptLimiter(identity.login_failures, identity.login_window_seconds),
                address_failures=AttemptLimiter(identity.login_failures_per_address, identity.login_window_seconds),
                mail_requests=AttemptLimiter(identity.mail_requests_per_hour, 3600),
                addresses=addresses,
                refusals=refusals,
                single_sign_on=single_sign_on,
                applications=applications,
                offers_speech=settings.speech.is_configured,
            )
    finally:
        if applications is not None:
            await applications.close()
        if single_sign_on is not None:
            await single_sign_on.provider.close()
        passwords.close()


async def _open_single_sign_on(
    settings: IdentitySettings, database: Database, cipher: Cipher, frontend_url: str | None
) -> SingleSignOn | None:
    """The identity provider, looked at once: a wrong setting stops us, one that is away for the moment does not."""
    if settings.mode != "oidc":
        return None
    if settings.oidc_client_id and not (frontend_url or settings.oidc_redirect_uri):
        raise ConfigurationError(
            "kernel.frontend_url (CODEMIE_FRONTEND_URL) must be set when identity.oidc_client_id is",
            details="The identity provider must be told where to send browsers back.",
        )
    single_sign_on = SingleSignOn(settings, database, cipher, frontend_url)
    try:
        await single_sign_on.provider.discover()
    except ProviderUnreachable as error:
        log.warning("identity_provider_unreachable", reason=str(error))
    except ConfigurationError:
        await single_sign_on.provider.close()
        raise
    return single_sign_on


async def _require_readable(keys: SigningKeys) -> None:
    """Refuse to start with a master key that is not this database's: every sign-in would fail."""
    try:
        await keys.ring()
    except DecryptionFailed as error:
        raise ConfigurationError(error.message, help=error.help) from error
