"""Access tokens: RS256, signed with keys of our own, checked without mercy."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import GuestProtocol, RSAKey

from codemie.identity import refused_tokens
from codemie.identity.settings import IdentitySettings
from codemie.kernel.errors import NotAuthenticated

ALGORITHM = "RS256"
MAX_TOKEN_LENGTH = 8192
"""Characters. Longer ones are refused unread."""

KEY_BITS = 2048


class UnknownSigningKey(NotAuthenticated):
    """The token names a key that we do not have (yet: another replica may just have made it)."""

    title = refused_tokens.FAILED


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid access token of ours says.

    Args:
        token_id: the ``jti``, by which it can be revoked.
        generation: the user's token generation when it was issued.
        expires_at: Unix time in seconds.
    """

    user_id: str
    token_id: str
    generation: int
    expires_at: float


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A fresh token and what its holder needs to know."""

    text: str
    claims: Claims


class KeyRing:
    """The signing keys: one signs, all verify.

    Args:
        keys: key id → RSA key with its private half.
        signing: id of the key that signs.
        settings: issuer, audience, token life, leeway.
    """

    def __init__(self, keys: Mapping[str, RSAKey], signing: str, settings: IdentitySettings) -> None:
        self._keys = dict(keys)
        self._signing = signing
        self._settings = settings
        essential = {name: {"essential": True} for name in ("sub", "exp", "iat", "jti", "gen")}
        self._expected = jwt.JWTClaimsRegistry(
            leeway=settings.leeway_seconds,
            iss={"essential": True, "value": settings.issuer},
            aud={"essential": True, "value": settings.audience},
            **essential,  # pyright: ignore[reportArgumentType]  # a dict of the TypedDict's shape
        )

    def issue(self, user_id: str, email: str, generation: int) -> IssuedToken:
        """Sign a token for a user who has just proved who they are."""
        now = int(time.time())
        expires = now + int(self._settings.token_hours * 3600)
        token_id = uuid.uuid4().hex
        payload: dict[str, Any] = {
            "iss": self._settings.issuer,
            "aud": self._settings.audience,
            "sub": user_id,
            "email": email,
            "auth_source": "local",
            "iat": now,
            "exp": expires,
            "jti": token_id,
            "gen": generation,
        }
        header = {"alg": ALGORITHM, "kid": self._signing}
        text = jwt.encode(header, payload, self._keys[self._signing], algorithms=[ALGORITHM])
        return IssuedToken(text, Claims(user_id, token_id, generation, expires))

    def verify(self, token: str) -> Claims:
        """Check signature, algorithm, issuer, audience and times.

        Raises:
            UnknownSigningKey: signed with a key that is not on the ring.
            NotAuthenticated: anything else that is wrong; says what.
        """
        if len(token) > MAX_TOKEN_LENGTH:
            raise refused_tokens.refused("It is too long.")
        header, _ = refused_tokens.peek(token)
        algorithm = header.get("alg")
        if algorithm != ALGORITHM:
            raise refused_tokens.algorithm(algorithm)
        try:
            claims = jwt.decode(token, self._key_of, algorithms=[ALGORITHM]).claims
            self._expected.validate(claims)
        except ExpiredTokenError as error:
            raise NotAuthenticated("Token has expired", help="Sign in again.") from error
        except (InvalidClaimError, MissingClaimError) as error:
            raise refused_tokens.refused(refused_tokens.claim_problem(error, "identity.audience")) from error
        except (JoseError, ValueError, TypeError) as error:
            raise refused_tokens.refused("Its signature does not hold.") from error
        if not isinstance(claims["gen"], int):
            raise refused_tokens.refused("Claim gen is missing or does not hold.")
        return Claims(claims["sub"], claims["jti"], claims["gen"], claims["exp"])

    def public_keys(self) -> list[dict[str, Any]]:
        """The JWK set that lets others verify our tokens."""
        return [
            {**key.as_dict(private=False), "kid": key_id, "use": "sig", "alg": ALGORITHM}
            for key_id, key in self._keys.items()
        ]

    def _key_of(self, signature: GuestProtocol) -> RSAKey:
        key_id = signature.headers().get("kid")
        key = self._keys.get(key_id) if isinstance(key_id, str) else None
        if key is None:
            raise UnknownSigningKey(details="The token is signed with an unknown key.", help="Sign in again.")
        return key
