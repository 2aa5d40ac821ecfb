"""The route of whoever indexes a data source outside."""

from typing import Annotated

from fastapi import APIRouter, Header, Path

from codemie.identity.sign_in_endpoints import AddressDep, IdentityDep
from codemie.kernel import row_security
from codemie.kernel.http import Public
from codemie.knowledge import callbacks
from codemie.knowledge.runtime import KnowledgeDep
from codemie.knowledge.schemas import CallbackBody, CallbackTaken

router = APIRouter(prefix="/v1/callbacks", tags=["data sources"])


@router.post("/index/{index_id}", dependencies=[Public])
async def index_called_back(
    index_id: Annotated[str, Path(max_length=255)],
    body: CallbackBody,
    knowledge: KnowledgeDep,
    identity: IdentityDep,
    address: AddressDep,
    otp: Annotated[str | None, Header(alias="X-Callback-OTP", max_length=255)] = None,
) -> CallbackTaken:
    """Tell what became of indexing that was done outside; needs the one-time password given for it."""
    with identity.refusals.watching(address, "callback", lambda: index_id):
        knowledge.callback_limit.spend(address)
        with row_security.system("take a callback"):
            async with knowledge.database.session() as session:
                await callbacks.receive(session, index_id, otp, body.status, body.errors)
    return CallbackTaken(status="success")
