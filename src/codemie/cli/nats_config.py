"""`codemiectl nats config` and `nats rotate`: what a NATS server of one's own has to know, and new secrets."""

import json
from pathlib import Path
from urllib.parse import urlsplit

from codemie.cli.exits import Refused
from codemie.embedded import nats_configuration
from codemie.embedded.nats import keep_secret
from codemie.embedded.nats_access import new_secret, read_secrets
from codemie.kernel.errors import ConfigurationError
from codemie.settings import load_settings

_BCRYPT_COST = 11
_BCRYPT_MOST_BYTES = 72

_HEAD = """\
# A NATS server as the plugin engine of CodeMie needs it, by 'codemiectl nats config'. Passwords are hashed.
# Its secret is CODEMIE_PLUGINS_BROKER_SECRET; the password of {user} is the one in CODEMIE_NATS_URL.
listen: {listen}
"""
_TLS = """\
tls {{
  cert_file: {certificate}
  key_file: {key}
  min_version: "1.2"
  # Agents with tls:// begin TLS at once, those with nats:// after INFO.
  handshake_first: "300ms"
}}
"""


def show(listen: str, certificate: Path | None, key: Path | None) -> None:
    """Print the configuration.

    Args:
        listen: address and port of the server.
        certificate: chain in PEM, as the server finds it; None: no TLS at the server.
        key: its private key.

    Raises:
        ConfigurationError: the platform's own settings do not say what the server has to know.
    """
    settings = load_settings()[0]
    secret, url = settings.plugins.broker_secret, settings.kernel.nats_url
    if secret is None or url is None:
        missing = "CODEMIE_PLUGINS_BROKER_SECRET" if secret is None else "CODEMIE_NATS_URL"
        raise ConfigurationError(
            "The server's logins are not known yet",
            details=f"{missing} is not set",
            help="Set CODEMIE_PLUGINS_BROKER_SECRET (openssl rand -hex 32) and CODEMIE_NATS_URL, such as "
            "nats://codemie:PASSWORD@nats:4222, as the platform has them",
        )
    if (certificate is None) is not (key is None):
        raise ConfigurationError("--tls-certificate and --tls-key belong together")
    parts = urlsplit(url.get_secret_value())
    if not parts.username or not parts.password:
        raise ConfigurationError(
            "The platform's login at the server is not known",
            details="CODEMIE_NATS_URL names no user with a password",
            help="Write nats://codemie:PASSWORD@host:4222",
        )
    # As they stand there: the client library of NATS sends them so.
    user, password = parts.username, parts.password
    print(_HEAD.format(user=user, listen=json.dumps(listen)), end="")
    if certificate and key:
        print(_TLS.format(certificate=json.dumps(str(certificate)), key=json.dumps(str(key))), end="")
    access = read_secrets(secret.get_secret_value())[0]
    print(nats_configuration.accounts(access, _hashed, platform=(user, password)), end="")


def rotate(*, allow_write: bool) -> None:
    """Make a new secret for the embedded server, which it has from its next start on.

    Args:
        allow_write: do it; else only look whether it could be done.

    Raises:
        Refused: nobody allowed it.
        ConfigurationError: the secret is the operator's to change.
    """
    settings = load_settings()[0]
    folder = settings.kernel.home / "nats"
    if settings.plugins.broker_secret is not None:
        raise ConfigurationError(
            "The secret is set from outside, so it is changed there",
            help="Set CODEMIE_PLUGINS_BROKER_SECRET=NEW,OLD and restart the platform; give the NATS servers what "
            "'codemiectl nats config' prints now, one after the other; then leave the old one out",
        )
    if not folder.is_dir():
        raise ConfigurationError(
            "There is no embedded NATS server", details=f"{folder} does not exist", help="Name its home with --home"
        )
    if not allow_write:
        raise Refused(
            "Nothing is changed. Passwords of the platform and signing keys of agents would be new from the next start "
            "on: run it with --allow-write."
        )
    keep_secret(folder, new_secret())
    print("There is a new secret. Logins and signing keys change with the next start of 'codemiectl up'.")


def _hashed(password: str) -> str:
    import bcrypt

    raw = password.encode()
    if len(raw) > _BCRYPT_MOST_BYTES:
        raise ConfigurationError(
            "The password in CODEMIE_NATS_URL is too long",
            details=f"At most {_BCRYPT_MOST_BYTES} bytes of a password count in what NATS stores",
        )
    return bcrypt.hashpw(raw, bcrypt.gensalt(_BCRYPT_COST, b"2a")).decode()
