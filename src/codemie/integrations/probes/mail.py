"""Signing in at a mail server, encrypted, without sending a mail."""

import asyncio
import smtplib
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from codemie.integrations.probes.clouds import microsoft
from codemie.integrations.probes.diagnosis import Diagnosis
from codemie.integrations.probes.question import RENEW, Question, Values
from codemie.integrations.settings import IntegrationsSettings

_SUBMISSION, _TLS_FROM_THE_START = 587, 465
_OUTLOOK = "https://outlook.office365.com/.default"


def email(values: Values) -> Question:
    """The mail server with user and password; Entra ID where a token is used instead."""
    if values.get("auth_type") == "oauth_azure":
        scope = str(values.get("oauth_scope") or _OUTLOOK)
        return microsoft(values, "oauth_tenant_id", "oauth_client_id", "oauth_client_secret", scope)
    address = str(values.get("url") or "").strip()
    address = address if "://" in address else f"smtp://{address}"
    parts = urlsplit(address)
    port = parts.port or (_TLS_FROM_THE_START if parts.scheme == "smtps" else _SUBMISSION)
    return Mailbox(
        parts.hostname or "", port, str(values.get("smtp_username") or ""), str(values.get("smtp_password") or "")
    )


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One account of a mail server."""

    host: str
    port: int
    user: str
    password: str
    verify: bool | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"smtp://{self.host}:{self.port}"

    async def ask(self, seen: Diagnosis, settings: IntegrationsSettings, trust: ssl.SSLContext) -> Diagnosis:
        """Say hello, encrypt, sign in, leave (RFC 5321, 3207, 4954)."""
        addresses = await settings.egress().resolve(self.host, self.port)
        return await asyncio.to_thread(self._signed_in, addresses[0], seen, settings.test_seconds, trust)

    def _signed_in(self, address: str, seen: Diagnosis, seconds: float, trust: ssl.SSLContext) -> Diagnosis:
        try:
            with _Server(self, address, seconds, trust) as server:
                seen.passed("answer", "It is a mail server")
                if not isinstance(server.sock, ssl.SSLSocket):
                    server.ehlo()
                    if not server.has_extn("starttls"):
                        action = "The password is not sent unencrypted: use a port that offers STARTTLS, or 465."
                        return seen.failed("tls", "The server offers no encryption", action)
                    server.starttls(context=trust)
                seen.passed("tls", "Encrypted")
                if self.user:
                    server.login(self.user, self.password)
                seen.passed("sign_in", "Signed in" if self.user else "No user name: mail is sent without signing in")
        except smtplib.SMTPAuthenticationError as error:
            return seen.failed("sign_in", f"SMTP Code: {error.smtp_code}, Message: {_text(error.smtp_error)}", RENEW)
        except ssl.SSLCertVerificationError as error:
            action = "Put the certificate of its authority into the field 'Certificate of the authority'."
            return seen.failed("tls", f"The certificate is not accepted: {error.verify_message}", action)
        except smtplib.SMTPResponseException as error:
            told = f"SMTP Code: {error.smtp_code}, Message: {_text(error.smtp_error)}"
            return seen.failed("answer", told, "Ask who runs the mail server.")
        except (OSError, smtplib.SMTPException) as error:
            told = f"The exchange broke off: {type(error).__name__}"
            return seen.failed("answer", told, "Check the port: 587 with STARTTLS, 465 encrypted from the start.")
        return seen


class _Server(smtplib.SMTP):
    """Connected to an address that was checked, known by its name to TLS."""

    def __init__(self, mailbox: Mailbox, address: str, seconds: float, trust: ssl.SSLContext) -> None:
        self._address, self._trust = address, trust
        super().__init__(mailbox.host, mailbox.port, timeout=seconds)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened = socket.create_connection((self._address, port), timeout)
        return self._trust.wrap_socket(opened, server_hostname=host) if port == _TLS_FROM_THE_START else opened


def _text(said: bytes | str) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said
