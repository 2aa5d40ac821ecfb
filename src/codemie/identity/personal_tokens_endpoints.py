"""Routes of personal access tokens. They take a person: no token opens them."""

from typing import Annotated

from fastapi import APIRouter, Path

from codemie.identity import personal_tokens_management
from codemie.identity.authentication import CallerDep
from codemie.identity.personal_tokens_schemas import CreatedToken, NewToken, Tokens
from codemie.identity.sign_in_endpoints import IdentityDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import Message

router = APIRouter(prefix="/v1/personal-tokens", tags=["personal access tokens"])


@router.get("")
async def list_tokens(session: SessionDep, caller: CallerDep) -> Tokens:
    """The caller's tokens, without their secrets."""
    return Tokens(data=await personal_tokens_management.listed(session, caller))


@router.post("", status_code=201)
async def create_token(wanted: NewToken, session: SessionDep, caller: CallerDep) -> CreatedToken:
    """Make a token; its text is in this answer and nowhere else."""
    return await personal_tokens_management.create(session, caller, wanted)


@router.delete("/{token_id}")
async def revoke_token(
    token_id: Annotated[str, Path(max_length=64)], session: SessionDep, caller: CallerDep, identity: IdentityDep
) -> Message:
    """Make a token worthless."""
    await personal_tokens_management.revoke(session, identity, caller, token_id)
    return Message(message="Token revoked")
