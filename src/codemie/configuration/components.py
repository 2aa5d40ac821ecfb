"""What clients are told about this installation, and what administrators may change of it."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.configuration import repository
from codemie.configuration.declarations import DECLARATIONS, INTERACTIVE_ELEMENTS, Declaration
from codemie.configuration.runtime import Configuration
from codemie.configuration.schemas import ApplicationView, DeclarationView, SavedSettings
from codemie.configuration.tables import DynamicValue
from codemie.identity import audit, policy
from codemie.identity.caller import Caller
from codemie.identity.schemas import Component
from codemie.kernel.errors import NotFound

_APPLICATION = "applications:"
_EVERYBODY = {"enabled": True, "availableForExternal": True}


async def shown(configuration: Configuration, own: Sequence[Component]) -> list[Component]:
    """Every component that is switched on.

    Args:
        configuration: the file, and what administrators changed.
        own: what the platform says of itself; a file cannot deny it.
    """
    told = {component.id: component.settings for component in own}
    said: dict[str, dict[str, Any]] = {INTERACTIVE_ELEMENTS: _EVERYBODY, **configuration.from_file}
    for component_id in DECLARATIONS:
        said[component_id] = {**_EVERYBODY, **await configuration.component(component_id)}
    listed = {name: settings for name, settings in said.items() if settings.get("enabled") and name not in told}
    return [*(Component(id=name, settings=settings) for name, settings in listed.items()), *own]


def applications(configuration: Configuration) -> list[ApplicationView]:
    """Further applications for the menu of the web UI, from the customer's file."""
    return [
        ApplicationView(
            name=settings.get("name") or name.removeprefix(_APPLICATION),
            description=settings.get("description"),
            slug=name.removeprefix(_APPLICATION),
            entry=settings["url"],
            type=settings.get("type") or "link",
            created_by=settings.get("created_by"),
            icon_url=settings.get("icon_url"),
            arguments=settings.get("arguments"),
        )
        for name, settings in configuration.from_file.items()
        if name.startswith(_APPLICATION) and settings.get("enabled") and settings.get("url")
    ]


async def declarations(session: AsyncSession, caller: Caller, configuration: Configuration) -> list[DeclarationView]:
    """What administrators may change, as it is stored at this moment."""
    policy.require_superuser(caller)
    stored = {row.key: row for row in await repository.listing(session)}
    return [_view(one, configuration, stored.get(one.key)) for one in DECLARATIONS.values()]


def _view(one: Declaration, configuration: Configuration, override: DynamicValue | None) -> DeclarationView:
    merged = one.merged(configuration.from_file.get(one.component_id), override.value if override else None)
    value = {field.name: merged[field.name] for field in one.fields}
    if one.component_id in configuration.forced:
        value["enabled"] = True
    return DeclarationView(
        component_id=one.component_id,
        label=one.label,
        description=one.description,
        overridden=override is not None,
        value=value,
        fields=list(one.fields),
        updated_at=override.updated_at if override else None,
        updated_by=override.updated_by if override else None,
    )


async def save(
    session: AsyncSession, caller: Caller, configuration: Configuration, component_id: str, settings: dict[str, Any]
) -> SavedSettings:
    """Override a component.

    Raises:
        NotFound: 404, no component that can be changed.
        InvalidInput: 400, its settings cannot be that.
    """
    policy.require_superuser(caller)
    declaration = _declared(component_id)
    wanted = declaration.checked(settings)
    row = await repository.by_key(session, declaration.key, lock=True)
    if row is None:
        row = DynamicValue(key=declaration.key, description=declaration.label)
        session.add(row)
    row.value, row.value_type, row.updated_by = json.dumps(wanted, ensure_ascii=False), "string", caller.id
    _tell(session, caller, configuration, declaration, "updated", wanted)
    return SavedSettings(component_id=component_id, settings=wanted)


async def reset(session: AsyncSession, caller: Caller, configuration: Configuration, component_id: str) -> None:
    """Take an override away; nothing happens where there is none.

    Raises:
        NotFound: 404, no component that can be changed.
    """
    policy.require_superuser(caller)
    declaration = _declared(component_id)
    row = await repository.by_key(session, declaration.key, lock=True)
    if row is not None:
        await session.delete(row)
        _tell(session, caller, configuration, declaration, "reset", None)


def _declared(component_id: str) -> Declaration:
    if component_id not in DECLARATIONS:
        raise NotFound(
            "Setting not found",
            details=f"'{component_id[:100]}' is not a component that can be changed here.",
            help=f"These can: {', '.join(_names(DECLARATIONS))}.",
        )
    return DECLARATIONS[component_id]


def _names(known: Iterable[str]) -> list[str]:
    return sorted(known)


def _tell(
    session: AsyncSession,
    caller: Caller,
    configuration: Configuration,
    declaration: Declaration,
    what: str,
    value: dict[str, Any] | None,
) -> None:
    audit.record(
        session,
        audit.CUSTOMER_CONFIG,
        f"customer_config.setting.{what}",
        entity_id=declaration.component_id,
        actor_id=caller.id,
        key=declaration.key,
        new_value=value,
    )
    configuration.forget_on_commit(session)
