"""Links that let any signed-in person read one conversation: made, listed and taken away by its owner."""

import secrets
import string
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations import service, sharing_repository
from codemie.conversations.sharing_schemas import OwnShare, Shared, SharedConversation, ShareRequest
from codemie.identity.caller import Caller
from codemie.kernel.database import utcnow
from codemie.kernel.errors import NotFound
from codemie.kernel.http import Page, Pagination

_ALPHABET = string.ascii_letters + string.digits
_TOKEN_CHARACTERS = 12
"""71 bits, the protocol's length: too many to guess over HTTP."""


async def share(session: AsyncSession, caller: Caller, request: ShareRequest) -> Shared:
    """Make a link to the caller's own conversation; asked again, the same link.

    Raises:
        NotFound: 404. EntityAccessDenied: 401, somebody else's.
    """
    conversation = await service.get_conversation(session, caller, request.chat_id, "write")
    days = request.expires_in_days
    expires_at = utcnow() + timedelta(days=days) if days is not None else None
    token = "".join(secrets.choice(_ALPHABET) for _ in range(_TOKEN_CHARACTERS))
    link = await sharing_repository.share(session, conversation.id, token, caller.name, expires_at)
    return Shared(
        share_id=f"share_{conversation.id}",
        token=link.token,
        created_at=link.date,
        access_count=link.access_count,
        expires_at=link.expires_at,
    )


async def open_shared(session: AsyncSession, caller: Caller, token: str) -> SharedConversation:
    """The conversation behind a link, for whoever is signed in; counts the visit.

    Raises:
        NotFound: 404, no such link, or it was revoked, or it has expired, or the caller's token is for other projects.
    """
    link = await sharing_repository.opened(session, token)
    if link is None:
        raise _missing()
    conversation = await service.shared(session, caller, link.conversation_id)
    if conversation is None:
        raise _missing()
    return SharedConversation(
        conversation=conversation, shared_by=link.shared_by, created_at=link.date, access_count=link.access_count
    )


async def own_links(session: AsyncSession, caller: Caller, *, page: int, per_page: int) -> Page[OwnShare]:
    """What the caller shares at the moment, newest first."""
    rows, total = await sharing_repository.page(session, caller.id, number=page, size=per_page)
    shares = [
        OwnShare(
            chat_id=link.conversation_id,
            conversation_name=name,
            token=link.token,
            created_at=link.date,
            access_count=link.access_count,
            expires_at=link.expires_at,
        )
        for link, name in rows
    ]
    return Page(data=shares, pagination=Pagination.of(page, per_page, total))


async def revoke(session: AsyncSession, caller: Caller, token: str) -> None:
    """Close a link to one of the caller's conversations for good.

    Raises:
        NotFound: 404, the caller has no such link.
    """
    if not await sharing_repository.revoke(session, caller.id, token):
        raise _missing()


def _missing() -> NotFound:
    return NotFound(
        "Shared conversation not found",
        details="The shared conversation you're trying to access doesn't exist or has been removed.",
    )
