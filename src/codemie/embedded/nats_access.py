"""Who there is at the NATS server, and with which keys: everything follows from one secret.

Four accounts, which cannot hear each other: PLATFORM (events between our processes), PLUGINS (the plugin engine and
all agents), AUTH (who decides whether an agent may enter), SYS (who sees connections and ends them). Passwords and
signing keys are derived, so an operator keeps and rotates one value, and every replica knows the same.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass, field
from enum import StrEnum

from codemie.embedded.nkeys import Kind, public_text
from codemie.kernel.errors import ConfigurationError

SHORTEST = 32


class Login(StrEnum):
    """Users of the platform's own; the value is the user's name."""

    PLATFORM = "codemie"
    PLUGINS = "engine"
    AUTH = "callout"
    SYS = "sys"


@dataclass(frozen=True, slots=True)
class NatsAccess:
    """What one secret gives.

    Args:
        secret: at least 32 characters that nobody can guess.
    """

    secret: str = field(repr=False)

    def password(self, login: Login) -> str:
        """The password of one of our users."""
        return base64.urlsafe_b64encode(self.derive(f"password {login.value}")[:24]).decode()

    @property
    def issuer_seed(self) -> bytes:
        """32 bytes: the Ed25519 seed that signs what the callout answers."""
        return self.derive("issuer")

    @property
    def curve_seed(self) -> bytes:
        """32 bytes: the X25519 key that opens what the server asks the callout."""
        return self.derive("xkey")

    @property
    def issuer(self) -> str:
        """The public half of the issuer, `A…`."""
        from nacl.signing import SigningKey

        return public_text(Kind.ACCOUNT, bytes(SigningKey(self.issuer_seed).verify_key))

    @property
    def curve(self) -> str:
        """The public half of the xkey, `X…`."""
        from nacl.public import PrivateKey

        return public_text(Kind.CURVE, bytes(PrivateKey(self.curve_seed).public_key))

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose; they tell nothing about the secret or about those for another purpose."""
        return hmac.digest(self.secret.encode(), f"codemie nats: {purpose}".encode(), "sha256")


def new_secret() -> str:
    """One that nobody can guess."""
    return secrets.token_urlsafe(32)


def read_secrets(text: str) -> tuple[NatsAccess, ...]:
    """The secret in use, and after commas those that servers may still know while it is being changed.

    Raises:
        ConfigurationError: one is too short.
    """
    found = tuple(NatsAccess(one.strip()) for one in text.split(",") if one.strip())
    if not found or any(len(one.secret) < SHORTEST for one in found):
        raise ConfigurationError(
            "The secret of the plugin broker is too short",
            details=f"Each has at least {SHORTEST} characters; several are separated by commas",
            help="Make one with: openssl rand -hex 32",
        )
    return found
