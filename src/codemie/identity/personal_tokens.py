"""Personal access tokens: their form, their check, and how little they may do.

A token is `cmp_<id>_<secret>`: the id finds the row, the secret is 256 random bits of which only the hash is stored.
Its bearer acts as the user who made it, minus every platform role, minus other projects, minus writing if so chosen.
What no token may do, whoever made it, stands in `CLOSED`; the rest is the policy's work.
"""

import hmac
import re
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import personal_tokens_repository
from codemie.identity.caller import Caller
from codemie.identity.personal_tokens_tables import PersonalToken
from codemie.identity.refused_tokens import FAILED
from codemie.kernel.database import utcnow
from codemie.kernel.errors import AccessDenied, NotAuthenticated

PREFIX = "cmp_"
_FORM = re.compile(r"cmp_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_TOUCH_EVERY = timedelta(minutes=1)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CLOSED: tuple[tuple[str, bool], ...] = (
    ("/v1/admin", True),
    ("/v1/audit", True),
    ("/v1/auth", True),
    ("/v1/dynamic-config", True),
    ("/v1/local-auth", True),
    ("/v1/permissions", True),
    ("/v1/personal-tokens", True),
    ("/v1/projects", False),
    ("/v1/user/profile", False),
)
"""Paths closed to tokens, with all below them; False: open for reading. A stolen token must not make itself lasting,
nor change who may do what."""


JUDGED_WITHIN = frozenset({"/mcp"})
"""Paths where reading and writing look alike from outside; what writes there refuses a token that only reads."""


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A fresh token, in the only moment its text is known."""

    id: str
    text: str
    hash: bytes


def new_secret() -> NewSecret:
    """Random id and secret."""
    token_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    return NewSecret(token_id, f"{PREFIX}{token_id}_{secret}", sha256(secret.encode()).digest())


def is_personal(text: str) -> bool:
    """Does this credential claim to be one of ours?"""
    return text.startswith(PREFIX)


def public_part(text: str) -> str:
    """What of a token may be written down: its id; nothing of what only looks like one."""
    form = _FORM.fullmatch(text)
    return f"{PREFIX}{form[1]}" if form else ""


async def verify(session: AsyncSession, text: str) -> PersonalToken:
    """The row of a valid token; notes the use, at most once a minute.

    Raises:
        NotAuthenticated: unknown, wrong, revoked or expired; only the bearer of the secret learns which.
    """
    form = _FORM.fullmatch(text)
    token = await personal_tokens_repository.find(session, form[1]) if form else None
    expected = token.secret_hash if token else b""
    if form is None or token is None or not hmac.compare_digest(sha256(form[2].encode()).digest(), expected):
        raise NotAuthenticated(
            FAILED, details="There is no such personal access token.", help="Check that the whole token was copied."
        )
    now = utcnow()
    if token.revoked_at is not None:
        raise NotAuthenticated("Token has been revoked", help="Make a new personal access token.")
    if token.expires_at <= now:
        raise NotAuthenticated("Token has expired", help="Make a new personal access token.")
    await personal_tokens_repository.touch(session, token.id, now, now - _TOUCH_EVERY)
    return token


def narrowed(caller: Caller, token: PersonalToken) -> Caller:
    """The caller as a token's bearer: no platform role, and only the projects and the methods it was made for."""
    scope = None if token.projects is None else frozenset(token.projects)
    projects = caller.projects if scope is None else caller.projects & scope
    default = caller.default_project
    if scope is not None and default not in scope:
        default = min(projects, default="")
    return replace(
        caller,
        projects=projects,
        admin_projects=caller.admin_projects & projects,
        is_admin=False,
        is_maintainer=False,
        is_auditor=False,
        default_project=default,
        token_id=token.id,
        read_only=not token.can_write,
        project_scope=scope,
    )


def require_permitted(caller: Caller, method: str, path: str) -> None:
    """Refuse what a token's bearer may not even try.

    Args:
        caller: whoever asks; people who signed in pass.
        method: of the request.
        path: as the router sees it.

    Raises:
        AccessDenied: a closed path, or writing with a token that only reads.
    """
    if not caller.token_id:
        return
    safe = method in SAFE_METHODS
    for prefix, closed_for_reading in CLOSED:
        if (closed_for_reading or not safe) and (path == prefix or path.startswith(prefix + "/")):
            raise AccessDenied(
                "Access denied",
                details="A personal access token cannot be used here.",
                help="Sign in, in the browser or with your password.",
            )
    if caller.read_only and not safe and path not in JUDGED_WITHIN:
        raise AccessDenied(
            "Access denied",
            details="This personal access token may only read.",
            help="Make a token with the scope 'write'.",
        )
