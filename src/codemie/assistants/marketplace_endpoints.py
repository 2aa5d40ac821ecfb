"""Routes of the marketplace."""

from typing import Annotated

from fastapi import APIRouter, Body

from codemie.assistants import marketplace
from codemie.assistants.marketplace_schemas import PublishRequest, PublishValidation
from codemie.assistants.publisher import PublisherDep
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import Message

router = APIRouter(prefix="/v1/assistants/{assistant_id}/marketplace", tags=["assistants"])


@router.post("/publish/validate")
async def validate_publishing(session: SessionDep, caller: CallerDep, assistant_id: str) -> PublishValidation:
    return await marketplace.validate(session, caller, assistant_id)


@router.post("/publish")
async def publish(
    publisher: PublisherDep,
    caller: CallerDep,
    assistant_id: str,
    body: Annotated[PublishRequest | None, Body()] = None,
) -> Message:
    await marketplace.publish(publisher, caller, assistant_id, body or PublishRequest())
    return Message(message=f"Assistant {assistant_id} published to marketplace successfully")


@router.post("/unpublish")
async def unpublish(session: SessionDep, caller: CallerDep, assistant_id: str) -> Message:
    await marketplace.unpublish(session, caller, assistant_id)
    return Message(message=f"Assistant {assistant_id} unpublished from marketplace successfully")
