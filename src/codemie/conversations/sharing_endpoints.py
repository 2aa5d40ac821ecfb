"""Routes of share links."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from codemie.conversations import sharing
from codemie.conversations.sharing_schemas import OwnShare, Shared, SharedConversation, ShareRequest
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import Message, Page, PageNumber

router = APIRouter(prefix="/v1/share/conversations", tags=["conversations"])

Token = Annotated[str, Path(max_length=100)]


@router.post("", status_code=status.HTTP_201_CREATED)
async def share_conversation(session: SessionDep, caller: CallerDep, body: ShareRequest) -> Shared:
    return await sharing.share(session, caller, body)


@router.get("")
async def list_shares(
    session: SessionDep, caller: CallerDep, page: PageNumber = 0, per_page: Annotated[int, Query(ge=1, le=200)] = 20
) -> Page[OwnShare]:
    """The caller's own open links."""
    return await sharing.own_links(session, caller, page=page, per_page=per_page)


@router.get("/{token}")
async def open_shared_conversation(session: SessionDep, caller: CallerDep, token: Token) -> SharedConversation:
    """Any signed-in person who has the link may read along."""
    return await sharing.open_shared(session, caller, token)


@router.delete("/{token}")
async def revoke_share(session: SessionDep, caller: CallerDep, token: Token) -> Message:
    await sharing.revoke(session, caller, token)
    return Message(message="Specified share link removed")
