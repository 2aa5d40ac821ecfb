"""The first administrator: made once, when nobody administers the installation."""

import secrets
from dataclasses import dataclass, field

from codemie.identity import accounts, repository
from codemie.identity.settings import IdentitySettings
from codemie.kernel.database import Database
from codemie.kernel.errors import ConfigurationError, Conflict
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

USERNAME, NAME = "admin", "System Administrator"


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """Credentials to print, once.

    Args:
        generated: the password is ours and stands nowhere else; otherwise it came from ``CODEMIE_ADMIN_PASSWORD``.
    """

    username: str
    email: str
    password: str = field(repr=False)
    generated: bool


async def ensure_first_administrator(database: Database, settings: IdentitySettings) -> FirstAdministrator | None:
    """Create the first administrator unless there is an active one. Safe to call from several processes at once.

    Args:
        database: with the current schema.
        settings: address and password, where the operator chose them.

    Returns:
        The credentials when the account was created just now, else None.

    Raises:
        ConfigurationError: the address belongs to somebody who is no administrator.
    """
    if settings.mode != "local":
        return None  # Administrators are who the identity provider says; nobody could use a password.
    async with database.session() as session:
        if await repository.has_active_administrator(session):
            return None
        await repository.lock(session, repository.FIRST_ADMINISTRATOR_LOCK)
        if await repository.has_active_administrator(session):
            return None
        chosen = settings.admin_password.get_secret_value() if settings.admin_password else ""
        password = chosen or secrets.token_urlsafe(12)
        username = settings.admin_email if await repository.login_is_taken(session, USERNAME) else USERNAME
        try:
            await accounts.create_account(
                session,
                email=settings.admin_email,
                password=password,
                username=username,
                name=NAME,
                is_admin=True,
                is_maintainer=True,
                email_verified=True,
            )
        except Conflict as error:
            raise ConfigurationError(
                "Nobody administers this installation, and the first administrator's address is taken",
                details=f"{settings.admin_email} belongs to a user who is deactivated or no administrator.",
                help="Set CODEMIE_ADMIN_EMAIL to another address.",
            ) from error
    if chosen and len(chosen) < settings.password_min_length:
        log.warning("first_administrator_password_is_short", minimum=settings.password_min_length)
    return FirstAdministrator(username, settings.admin_email, password, generated=not chosen)
