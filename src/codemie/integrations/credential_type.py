"""What a type of credential is made of, and the keys that many types share."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Key:
    """One field of a credential.

    Args:
        name: on the wire.
        label: for people.
        secret: sealed, masked, write-only.
        required: without it the credential cannot work.
        default: what an absent value means.
        hint: where a person finds the value, or what it looks like.
        aliases: other names that clients send for the same.
    """

    name: str
    label: str
    secret: bool = False
    required: bool = False
    default: Any = None
    hint: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CredentialType:
    """One kind of external system.

    Args:
        name: on the wire.
        label: for people.
        keys: in the order of a form.
        about: what it is for, in a sentence.
        personal: people may have their own.
        all_secret: every value is a secret, whatever its key is called.
    """

    name: str
    label: str
    keys: tuple[Key, ...]
    about: str
    personal: bool = True
    all_secret: bool = False

    def key(self, name: str) -> Key | None:
        """The key of that name or alias."""
        return next((key for key in self.keys if name == key.name or name in key.aliases), None)


def secret(name: str, label: str, hint: str = "", *, required: bool = True, aliases: tuple[str, ...] = ()) -> Key:
    """A key whose value is sealed."""
    return Key(name, label, secret=True, required=required, hint=hint, aliases=aliases)


def open_value(
    name: str,
    label: str,
    hint: str = "",
    *,
    required: bool = True,
    default: Any = None,
    aliases: tuple[str, ...] = (),
) -> Key:
    """A key whose value is shown; one with a default need not be sent."""
    return Key(name, label, required=required and default is None, default=default, hint=hint, aliases=aliases)


URL = open_value("url", "URL", "https://…")
VERIFY = open_value("verify_ssl", "Check the certificate", default=True)
AUTHORITY = open_value(
    "ca_certificate",
    "Certificate of the authority",
    "Only for a system whose certificate your company's own authority signed: PEM. It is believed for this one alone.",
    required=False,
)
AWS = (
    open_value("aws_region", "Region", "For example eu-central-1.", aliases=("region",)),
    secret("aws_access_key_id", "Access key ID", "IAM → Users → Security credentials.", aliases=("access_key_id",)),
    secret("aws_secret_access_key", "Secret access key", "Shown once, when made.", aliases=("secret_access_key",)),
    secret("aws_session_token", "Session token", "For temporary keys.", required=False, aliases=("session_token",)),
)
ATLASSIAN = (
    URL,
    open_value(
        "username",
        "User name or e-mail",
        "The e-mail address in the cloud; empty for a personal token.",
        required=False,
    ),
    secret("token", "API token", "Cloud: id.atlassian.com → Security → API tokens. Server: profile → Personal tokens."),
    open_value("is_cloud", "Atlassian cloud", default=False),
    AUTHORITY,
)
