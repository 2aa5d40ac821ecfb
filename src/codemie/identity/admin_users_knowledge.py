"""Names of knowledge bases that administrators note for a user, as identity providers do in a claim."""

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import audit, policy
from codemie.identity.admin_users_schemas import KnowledgeBase
from codemie.identity.caller import Caller
from codemie.identity.user_administration import require_user
from codemie.kernel.errors import Conflict, NotFound


async def listed(session: AsyncSession, caller: Caller, user_id: str) -> list[KnowledgeBase]:
    """A user's knowledge bases; when each was added is in the audit log.

    Raises:
        AccessDenied: the caller oversees nothing.
        NotFound: there is no such user.
    """
    policy.require_overseer(caller)
    user = await require_user(session, user_id)
    return [KnowledgeBase(kb_name=name) for name in user.knowledge_bases]


async def add(session: AsyncSession, caller: Caller, user_id: str, name: str) -> None:
    """Note a knowledge base.

    Raises:
        AccessDenied: the caller is no administrator.
        NotFound: there is no such user.
        Conflict: the user has it already.
    """
    policy.require_superuser(caller)
    user = await require_user(session, user_id)
    if name in user.knowledge_bases:
        raise Conflict(f"Knowledge base '{name}' is already assigned")
    user.knowledge_bases = [*user.knowledge_bases, name]
    _tell(session, caller, "added", user_id, name)


async def remove(session: AsyncSession, caller: Caller, user_id: str, name: str) -> None:
    """Strike a knowledge base out.

    Raises:
        AccessDenied: the caller is no administrator.
        NotFound: there is no such user, or they do not have it.
    """
    policy.require_superuser(caller)
    user = await require_user(session, user_id)
    if name not in user.knowledge_bases:
        raise NotFound("Knowledge base is not assigned", details=f"Knowledge base: '{name}'.")
    user.knowledge_bases = [kept for kept in user.knowledge_bases if kept != name]
    _tell(session, caller, "removed", user_id, name)


def _tell(session: AsyncSession, caller: Caller, what: str, user_id: str, name: str) -> None:
    event = f"user.knowledge_base.{what}"
    audit.record(session, audit.USER_MANAGEMENT, event, entity_id=user_id, actor_id=caller.id, kb_name=name)
