"""What the identity room keeps open while a process runs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from codemie.identity import development
from codemie.identity.attempts import AttemptLimiter
from codemie.identity.authentication import Authenticator
from codemie.identity.bootstrap import ensure_first_administrator
from codemie.identity.keys import SigningKeys
from codemie.identity.origin import origin_of
from codemie.identity.passwords import Passwords
from codemie.identity.settings import IdentitySettings
from codemie.kernel.crypto import Cipher, DecryptionFailed, open_cipher
from codemie.kernel.database import Database
from codemie.kernel.errors import ConfigurationError
from codemie.kernel.messaging import Messaging
from codemie.kernel.settings import KernelSettings


class RelevantSettings(Protocol):
    """The part of the process's settings that this room reads."""

    @property
    def kernel(self) -> KernelSettings: ...

    @property
    def identity(self) -> IdentitySettings: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """``resources.identity``.

    Args:
        cipher: seals secrets under the installation's master key; other rooms may use it.
        sign_in_failures: wrong passwords, counted by account and address together.
        address_failures: wrong passwords, counted by address alone.
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
    cipher = open_cipher(kernel.home, identity.master_key.get_secret_value() if identity.master_key else None)
    keys = SigningKeys(database, cipher, identity)
    passwords = Passwords(identity.password_min_length)
    await _require_readable(keys)
    trusted = origin_of(kernel.frontend_url)
    if identity.admin_password:
        # With a password of the operator's there is nothing to print, so every process may do it.
        await ensure_first_administrator(database, identity)
    try:
        yield Identity(
            settings=identity,
            frontend_url=kernel.frontend_url,
            database=database,
            cipher=cipher,
            keys=keys,
            passwords=passwords,
            authenticator=Authenticator(database, keys, identity, frozenset({trusted} if trusted else ())),
            sign_in_failures=AttemptLimiter(identity.login_failures, identity.login_window_seconds),
            address_failures=AttemptLimiter(identity.login_failures_per_address, identity.login_window_seconds),
            mail_requests=AttemptLimiter(identity.mail_requests_per_hour, 3600),
        )
    finally:
        passwords.close()


async def _require_readable(keys: SigningKeys) -> None:
    """Refuse to start with a master key that is not this database's: every sign-in would fail."""
    try:
        await keys.ring()
    except DecryptionFailed as error:
        raise ConfigurationError(error.message, help=error.help) from error
