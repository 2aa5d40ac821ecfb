"""What an assistant is to the policy and to the cipher, and which assistants it may use."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import repository
from codemie.assistants.tables import Assistant
from codemie.identity.caller import Caller
from codemie.identity.policy import Resource, decide
from codemie.kernel.crypto import Cipher
from codemie.parts.secrets import SecretKeeper


def resource_of(assistant: Assistant) -> Resource:
    """What the policy needs to know of an assistant. Agents managed in Bedrock are not edited here."""
    return Resource(
        kind="assistant",
        owner_id=assistant.created_by_id,
        project=assistant.project,
        shared=assistant.shared,
        is_global=assistant.is_global,
        locked=assistant.type in {"bedrock_agent", "bedrock_agentcore_runtime"},
    )


def keeper_of(cipher: Cipher, assistant_id: str) -> SecretKeeper:
    """Seals and opens the secrets of one assistant."""
    return SecretKeeper(cipher, f"assistant:{assistant_id}")


async def objection(
    session: AsyncSession, caller: Caller, *, parent_id: str | None, project: str, added: Iterable[str]
) -> str | None:
    """Why these sub-assistants cannot be added, in the words clients look for; None when they can."""
    wanted = list(added)
    found = await repository.find_many(session, wanted)
    if wanted and parent_id is not None and (name := await repository.user_of_sub_assistant(session, parent_id)):
        return f"Nested assistants aren't supported. Assistant '{name}' uses this assistant as its sub-assistant."
    for sub_id in wanted:
        if sub_id == parent_id:
            return f"Assistant '{sub_id}' can't be its own sub-assistant: circular reference."
        sub = found.get(sub_id)
        if sub is None or not decide(caller, "read", resource_of(sub)):
            return f"Assistant with id '{sub_id}' does not exist."
        if sub.assistant_ids:
            return f"Nested assistants aren't supported. Assistant '{sub.name}' can't have its own sub-assistants"
        if sub.project != project and not sub.is_global and not caller.is_superuser:
            return f"Assistant '{sub.name}' belongs to another project and is not published in the marketplace."
    return None
