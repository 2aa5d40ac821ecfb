"""What is told of a token that does not hold: what is wrong with it, never what would be right."""

import binascii
import json
from base64 import urlsafe_b64decode
from typing import Any, cast

from joserfc.errors import JoseError

from codemie.kernel.errors import NotAuthenticated

MAX_TOKEN_LENGTH = 16_384
FAILED = "Token validation failed"


def peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token, unverified: good for choosing a key and for explaining, for nothing else.

    Raises:
        NotAuthenticated: not a signed JSON web token.
    """
    parts = token.split(".", 3)
    if len(token) > MAX_TOKEN_LENGTH or len(parts) != 3:
        raise refused("It is no signed JSON web token.")
    try:
        header, claims = (json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (ValueError, binascii.Error, RecursionError) as error:
        raise refused("It is no signed JSON web token.") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise refused("It is no signed JSON web token.")
    return cast("dict[str, Any]", header), cast("dict[str, Any]", claims)


def claim_problem(error: JoseError, audience: str) -> str:
    """In words, which claim does not hold; ``audience`` is the setting that names ours."""
    claim = str(getattr(error, "claim", "") or "")
    if claim == "aud":
        return f"It is meant for another audience; see {audience}."
    if claim == "iss":
        return "It is from another issuer."
    if claim == "nbf":
        return "It is not valid yet."
    return f"Claim {claim or str(error)[:60]} is missing or does not hold."


def algorithm(found: object) -> NotAuthenticated:
    """The refusal of a signature that is not of a kind we accept."""
    return refused(f"Signature algorithm {str(found)[:20]!r} is not accepted.")


def refused(reason: str, help: str = "Sign in again.") -> NotAuthenticated:
    """The refusal of a token, with what is wrong with it."""
    return NotAuthenticated(FAILED, details=reason, help=help)
