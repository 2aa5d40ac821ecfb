"""One-time links by mail: confirm an address, set a forgotten password."""

import asyncio
import secrets
import smtplib
import ssl
from datetime import timedelta
from email.message import EmailMessage
from hashlib import sha256
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.runtime import Identity
from codemie.identity.settings import IdentitySettings
from codemie.identity.tables import MailToken, User
from codemie.kernel.database import utcnow
from codemie.kernel.errors import Unavailable

Purpose = Literal["verify_email", "reset_password"]

_TIMEOUT_SECONDS = 15.0
_LIFE = {"verify_email": timedelta(hours=24), "reset_password": timedelta(hours=1)}
_PAGE = {"verify_email": "/auth/verify-email", "reset_password": "/auth/reset-password"}
_SUBJECT = {"verify_email": "Confirm your e-mail address", "reset_password": "Set a new password"}
_TEXT = {
    "verify_email": "Open this link within 24 hours to confirm your CodeMie account:",
    "reset_password": "Open this link within an hour to set a new CodeMie password. "
    "If you did not ask for it, do nothing:",
}


def require_ready(identity: Identity) -> None:
    """Refuse what needs mail while none can be sent (503)."""
    if identity.settings.smtp_host is None:
        raise Unavailable(
            "E-mail is not set up on this installation",
            help="An administrator can set a new password, or set identity.smtp_host "
            "(CODEMIE_IDENTITY_SMTP_HOST) to let the platform send mail.",
        )
    if identity.frontend_url is None:
        raise Unavailable(
            "Mails cannot link back to this installation", help="An administrator must set CODEMIE_FRONTEND_URL."
        )


def new_link(session: AsyncSession, identity: Identity, user: User, purpose: Purpose) -> EmailMessage:
    """A one-time token, stored as its hash, in a mail that is ready to be sent."""
    token = secrets.token_urlsafe(32)
    expires = utcnow() + _LIFE[purpose]
    session.add(MailToken(id=token_hash(token), user_id=user.id, purpose=purpose, email=user.email, expires_at=expires))
    message = EmailMessage()
    message["From"], message["To"] = identity.settings.mail_sender, user.email
    message["Subject"] = _SUBJECT[purpose]
    address = (identity.frontend_url or "").rstrip("/")
    message.set_content(f"{_TEXT[purpose]}\n\n{address}{_PAGE[purpose]}?token={token}\n")
    return message


def token_hash(token: str) -> str:
    """How a mailed token is stored."""
    return sha256(token.encode()).hexdigest()


async def send(settings: IdentitySettings, message: EmailMessage) -> None:
    """Hand a mail to the mail server.

    Raises:
        Unavailable: the server cannot be reached or refuses; its words are logged, not shown.
    """
    try:
        await asyncio.to_thread(_send, settings, message)
    except (OSError, smtplib.SMTPException) as error:
        raise Unavailable("The mail could not be sent", help="Try again later.", retry_after=60) from error


def _send(settings: IdentitySettings, message: EmailMessage) -> None:
    host, port = settings.smtp_host or "", settings.smtp_port
    context = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_SECONDS, context=context)
        if settings.smtp_tls == "tls"
        else smtplib.SMTP(host, port, timeout=_TIMEOUT_SECONDS)
    ) as server:
        if settings.smtp_tls == "starttls":
            server.starttls(context=context)
        if settings.smtp_username and settings.smtp_password:
            server.login(settings.smtp_username, settings.smtp_password.get_secret_value())
        server.send_message(message)
