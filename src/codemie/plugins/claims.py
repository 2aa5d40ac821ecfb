"""The signed and sealed messages between a NATS server and whoever decides about logins (auth callout).

Source: ADR-26 of nats-io/nats-architecture-and-design, and observation of nats-server 2.15. A server seals what it asks
with X25519 (`xkv1`, a nonce, a NaCl box); the answer is sealed for it in return. Inside are JSON web tokens signed with
Ed25519, of the dialect of NATS.
"""

import base64
import binascii
import json
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any, cast

from nacl.exceptions import CryptoError
from nacl.public import Box, PrivateKey, PublicKey
from nacl.signing import SigningKey, VerifyKey

from codemie.embedded.nats_access import NatsAccess
from codemie.embedded.nkeys import Kind, public_bytes
from codemie.kernel.errors import InvalidInput

SERVER_CURVE_HEADER = "Nats-Server-Xkey"
_SEALED = b"xkv1"
_NONCE_BYTES = 24
_HEADER = {"typ": "JWT", "alg": "ed25519-nkey"}
_AUDIENCE = "nats-authorization-request"
_VERSION = 2
_CLOCKS_APART_SECONDS = 60


class BadRequest(InvalidInput):
    """A question of a server that cannot be read, or that nobody signed."""

    title = "This is no authorization request of a NATS server"


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """What a server asks about one connection.

    Args:
        server: its id, `N…`.
        server_curve: its xkey of this run, `X…`.
        user_nkey: the identity the server made up for the connection, `U…`.
        host: address the connection comes from.
        options: what the client said in its CONNECT; all of it is unproven.
    """

    server: str
    server_curve: str
    user_nkey: str
    host: str
    options: dict[str, Any]

    def option(self, name: str) -> str:
        """One text the client said; empty when it did not."""
        value = self.options.get(name)
        return value if isinstance(value, str) else ""


def open_request(access: NatsAccess, sealed: bytes, server_curve: str) -> LoginRequest | None:
    """What a server asked; None when it was not sealed for the keys of this secret.

    Raises:
        BadRequest: it is sealed for us, but not a signed question.
    """
    try:
        box = Box(PrivateKey(access.curve_seed), PublicKey(public_bytes(Kind.CURVE, server_curve)))
        token = box.decrypt(sealed[len(_SEALED) :]) if sealed.startswith(_SEALED) else b""
    except (InvalidInput, CryptoError, ValueError):
        return None
    claims = _verified(token) if token else {}
    asked = _mapping(claims.get("nats"))
    server, client = _mapping(asked.get("server_id")), _mapping(asked.get("client_info"))
    if claims.get("aud") != _AUDIENCE or server.get("id") != claims.get("iss"):
        raise BadRequest(details="It is not addressed to us, or another server signed it")
    if claims.get("exp", 0) < time.time() - _CLOCKS_APART_SECONDS:
        raise BadRequest(details="It is too old; are the clocks of platform and NATS server right?")
    return LoginRequest(
        str(server["id"]), server_curve, str(asked.get("user_nkey", "")), str(client.get("host", "")),
        _mapping(asked.get("connect_opts")),
    )  # fmt: skip


def seal_answer(access: NatsAccess, request: LoginRequest, *, user: str | None, error: str = "") -> bytes:
    """The answer to a question.

    Args:
        access: the one that opened the question.
        request: what was asked.
        user: the user's token by `user_token`; None refuses.
        error: why not, for the log of the server; never a secret.
    """
    decision = {"jwt": user} if user else {"error": error}
    token = _signed(
        access.issuer_seed,
        {
            "iss": access.issuer,
            "sub": request.user_nkey,
            "aud": request.server,
            "nats": {**decision, "type": "authorization_response", "version": _VERSION},
        },
    )
    box = Box(PrivateKey(access.curve_seed), PublicKey(public_bytes(Kind.CURVE, request.server_curve)))
    return _SEALED + bytes(box.encrypt(token.encode(), secrets.token_bytes(_NONCE_BYTES)))


@dataclass(frozen=True, slots=True)
class Permissions:
    """What a connection may do.

    Args:
        publish: subjects it may publish on.
        subscribe: subjects it may subscribe to.
        answers: how many messages it may send to the reply subject of one that it received.
        answer_seconds: for how long it may.
    """

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    answers: int
    answer_seconds: int


def user_token(
    access: NatsAccess,
    request: LoginRequest,
    permissions: Permissions,
    *,
    account: str,
    name: str,
    seconds: int | None = None,
) -> str:
    """The signed token that lets a connection in.

    Args:
        access: whose issuer signs.
        request: whose connection it is.
        permissions: of the connection.
        account: of the server, that the connection becomes part of.
        name: of the user, as monitoring shows it; never a secret.
        seconds: how long it counts; None: as long as the connection lasts.
    """
    rights: dict[str, Any] = {
        "pub": {"allow": list(permissions.publish)},
        "sub": {"allow": list(permissions.subscribe)},
        "resp": {"max": permissions.answers, "ttl": permissions.answer_seconds * 1_000_000_000},
        "subs": -1,
        "data": -1,
        "payload": -1,
        "type": "user",
        "version": _VERSION,
    }
    claims: dict[str, Any] = {
        "iss": access.issuer, "sub": request.user_nkey, "aud": account, "name": name, "nats": rights,
    }  # fmt: skip
    if seconds is not None:
        claims["exp"] = int(time.time()) + seconds
    return _signed(access.issuer_seed, claims)


def _signed(seed: bytes, claims: dict[str, Any]) -> str:
    complete = {"jti": secrets.token_hex(16), "iat": int(time.time()), **claims}
    body = f"{_part(_HEADER)}.{_part(complete)}"
    return f"{body}.{_encoded(SigningKey(seed).sign(body.encode()).signature)}"


def _verified(token: bytes) -> dict[str, Any]:
    """The claims of a token, if the server that it names signed it."""
    match = re.fullmatch(rb"([\w-]+)\.([\w-]+)\.([\w-]+)", token)
    try:
        if match is None:
            raise BadRequest(details="It is no token")
        claims = _mapping(json.loads(_decoded(match[2])))
        key = public_bytes(Kind.SERVER, str(claims.get("iss", "")))
        VerifyKey(key).verify(match[1] + b"." + match[2], _decoded(match[3]))
    except (ValueError, CryptoError, binascii.Error) as error:
        raise BadRequest(details="Its signature or its text is broken") from error
    return claims


def _mapping(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _part(value: dict[str, Any]) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(text: bytes) -> bytes:
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
