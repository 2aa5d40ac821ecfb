"""Use cases of what one person sets up for themselves with an assistant."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import setup_repository as repository
from codemie.assistants.service import get_assistant
from codemie.assistants.setup_schemas import (
    VARIABLE_MASK,
    MappingRequest,
    MappingView,
    Slot,
    VariablesRequest,
    VariablesView,
    VariableValue,
)
from codemie.identity.caller import Caller
from codemie.integrations import resolution
from codemie.kernel.crypto import Cipher
from codemie.kernel.errors import AccessDenied
from codemie.parts.schemas import SECRET_MASK
from codemie.parts.secrets import SecretKeeper, conceal

_NO_WORKFLOW = ""


async def mapping(session: AsyncSession, caller: Caller, assistant_id: str, workflow_id: str | None) -> MappingView:
    """The caller's integrations for the assistant's tools, in a workflow or outside of any.

    Raises:
        NotFound: 404. EntityAccessDenied: 401.
    """
    await get_assistant(session, caller, assistant_id)
    row = await repository.mapping(session, assistant_id, caller.id, workflow_id or _NO_WORKFLOW)
    general = row
    if workflow_id:
        general = await repository.mapping(session, assistant_id, caller.id, _NO_WORKFLOW)
    has_general = general is not None and bool(general.slots)
    if row is None:
        return MappingView(
            id="",
            assistant_id=assistant_id,
            user_id=caller.id,
            workflow_id=workflow_id,
            tools_config=[],
            has_assistant_scope_selection=has_general,
        )
    return MappingView(
        id=row.id,
        date=row.date,
        update_date=row.update_date,
        assistant_id=assistant_id,
        user_id=caller.id,
        workflow_id=row.workflow_id or None,
        tools_config=[Slot.model_validate(slot) for slot in row.slots],
        has_assistant_scope_selection=has_general,
        created_at=row.date,
        updated_at=row.update_date,
    )


async def save_mapping(session: AsyncSession, caller: Caller, assistant_id: str, request: MappingRequest) -> None:
    """Merge into what is set up: a slot replaces the one of its name, a slot without a choice removes it.

    Raises:
        NotFound: 404. EntityAccessDenied: 401.
        AccessDenied: 403, an integration is not the caller's to use.
    """
    await get_assistant(session, caller, assistant_id)
    await refuse_inaccessible(
        session, caller, [slot.integration_id for slot in request.tools_config if slot.integration_id]
    )
    scopes = [request.workflow_id or _NO_WORKFLOW]
    if request.workflow_id and request.apply_to_assistant_scope:
        scopes.append(_NO_WORKFLOW)
    for scope in scopes:
        row = await repository.mapping(session, assistant_id, caller.id, scope)
        slots = merged(row.slots if row else [], request.tools_config)
        await repository.put_mapping(session, assistant_id, caller.id, scope, slots)


async def remove_mapping(session: AsyncSession, caller: Caller, assistant_id: str, workflow_id: str | None) -> None:
    """Forget what is set up in one scope.

    Raises:
        NotFound: 404. EntityAccessDenied: 401.
    """
    await get_assistant(session, caller, assistant_id)
    await repository.remove_mapping(session, assistant_id, caller.id, workflow_id or _NO_WORKFLOW)


def merged(stored: list[dict[str, Any]], given: list[Slot]) -> list[dict[str, Any]]:
    """What is stored afterwards, in the order the slots came."""
    slots = {slot["name"]: slot for slot in stored}
    for slot in given:
        if slot.integration_id or slot.auto_lookup or slot.explicit_none:
            slots[slot.name] = slot.model_dump(exclude_none=True)
        else:
            slots.pop(slot.name, None)
    return list(slots.values())


async def refuse_inaccessible(session: AsyncSession, caller: Caller, integration_ids: list[str]) -> None:
    """Nobody chooses a credential that is not theirs to use.

    Raises:
        AccessDenied: 403, an integration does not exist or is somebody else's.
    """
    refused = sorted(set(integration_ids) - await resolution.usable(session, caller, integration_ids))
    if refused:
        raise AccessDenied(
            "Access denied",
            details=f"You do not have access to the integration(s) {', '.join(refused)}.",
            help="Choose an integration of your own or of one of your projects.",
        )


async def variables(session: AsyncSession, caller: Caller, assistant_id: str) -> VariablesView:
    """The caller's values of the assistant's prompt variables; sensitive ones masked.

    Raises:
        NotFound: 404. EntityAccessDenied: 401.
    """
    await get_assistant(session, caller, assistant_id)
    row = await repository.values(session, assistant_id, caller.id)
    if row is None:
        return VariablesView(id="", assistant_id=assistant_id, user_id=caller.id, variables_config=[])
    return VariablesView(
        id=row.id,
        date=row.date,
        update_date=row.update_date,
        assistant_id=assistant_id,
        user_id=caller.id,
        variables_config=[_shown(item) for item in row.variables],
        created_at=row.date,
        updated_at=row.update_date,
    )


async def save_variables(
    session: AsyncSession, caller: Caller, cipher: Cipher, assistant_id: str, request: VariablesRequest
) -> None:
    """Merge into what is set: an empty value takes one back, the mask keeps a secret. Secrets are sealed.

    Raises:
        NotFound: 404. EntityAccessDenied: 401.
    """
    assistant = await get_assistant(session, caller, assistant_id)
    row = await repository.values(session, assistant_id, caller.id)
    stored = row.variables if row else []
    secret = {item["key"] for item in assistant.prompt_variables if item.get("is_sensitive")}
    given = [
        {
            "key": item.variable_key,
            "default_value": SECRET_MASK if item.variable_value == VARIABLE_MASK else item.variable_value,
            "is_sensitive": bool(item.is_sensitive) or item.variable_key in secret,
        }
        for item in request.variables_config
    ]
    keeper = SecretKeeper(cipher, f"assistant:{assistant_id}:user:{caller.id}")
    known = {item["key"]: item for item in stored}
    for item in keeper.seal_variables(given, stored):
        if item["default_value"]:
            known[item["key"]] = item
        else:
            known.pop(item["key"], None)
    await repository.put_values(session, assistant_id, caller.id, list(known.values()))


def _shown(item: dict[str, Any]) -> VariableValue:
    sensitive = bool(item.get("is_sensitive"))
    value = VARIABLE_MASK if sensitive else conceal(item["default_value"])
    return VariableValue(variable_key=item["key"], variable_value=value, is_sensitive=sensitive)
