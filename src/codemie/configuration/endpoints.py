"""Routes of dynamic values, of components, and of what clients read before anybody has signed in."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from codemie.configuration import components, service
from codemie.configuration.runtime import Configuration
from codemie.configuration.schemas import (
    ApplicationView,
    ChangeDynamicValue,
    CreateDynamicValue,
    DeclarationView,
    DynamicValueView,
    SavedSettings,
    SaveSettings,
)
from codemie.configuration.tables import DynamicValue
from codemie.identity import client_configuration
from codemie.identity.access import SuperuserDep
from codemie.identity.schemas import Component
from codemie.identity.sign_in_endpoints import IdentityDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import Public, resources

router = APIRouter(tags=["configuration"])


async def _configuration(request: Request) -> Configuration:
    configuration: Configuration = resources(request).configuration
    return configuration


ConfigurationDep = Annotated[Configuration, Depends(_configuration)]


@router.get("/v1/config", dependencies=[Public])
async def client_components(identity: IdentityDep, configuration: ConfigurationDep) -> list[Component]:
    """Enabled features, texts, and how to sign in."""
    return await components.shown(configuration, client_configuration.components(identity.settings))


@router.get("/v1/applications", dependencies=[Public])
async def applications(configuration: ConfigurationDep) -> list[ApplicationView]:
    """Further applications in the web UI's menu."""
    return components.applications(configuration)


@router.get("/v1/config/declarations", response_model_exclude_none=True)
async def list_declarations(
    session: SessionDep, caller: SuperuserDep, configuration: ConfigurationDep
) -> list[DeclarationView]:
    """Components that can be changed here, with what they say now."""
    return await components.declarations(session, caller, configuration)


@router.put("/v1/config/declarations/{component_id}")
async def save_declared(
    session: SessionDep, caller: SuperuserDep, configuration: ConfigurationDep, component_id: str, body: SaveSettings
) -> SavedSettings:
    """Override what a component says."""
    return await components.save(session, caller, configuration, component_id, body.settings)


@router.delete("/v1/config/declarations/{component_id}", status_code=204, response_class=Response)
async def reset_declared(
    session: SessionDep, caller: SuperuserDep, configuration: ConfigurationDep, component_id: str
) -> None:
    """Let a component say again what the customer's file says."""
    await components.reset(session, caller, configuration, component_id)


@router.get("/v1/dynamic-config", response_model=list[DynamicValueView], include_in_schema=False)
@router.get("/v1/dynamic-config/", response_model=list[DynamicValueView])
async def list_values(session: SessionDep, caller: SuperuserDep) -> Sequence[DynamicValue]:
    """Every dynamic value, by key."""
    return await service.listing(session, caller)


@router.post("/v1/dynamic-config", status_code=201, response_model=DynamicValueView, include_in_schema=False)
@router.post("/v1/dynamic-config/", status_code=201, response_model=DynamicValueView)
async def create_value(
    session: SessionDep, caller: SuperuserDep, configuration: ConfigurationDep, body: CreateDynamicValue
) -> DynamicValue:
    """Store a new value."""
    return await service.create(session, caller, configuration, body)


@router.get("/v1/dynamic-config/{key}", response_model=DynamicValueView)
async def get_value(session: SessionDep, caller: SuperuserDep, key: str) -> DynamicValue:
    """One value."""
    return await service.get(session, caller, key)


@router.put("/v1/dynamic-config/{key}", response_model=DynamicValueView)
async def change_value(
    session: SessionDep, caller: SuperuserDep, configuration: ConfigurationDep, key: str, body: ChangeDynamicValue
) -> DynamicValue:
    """Change a value."""
    return await service.change(session, caller, configuration, key, body)


@router.delete("/v1/dynamic-config/{key}", status_code=204, response_class=Response)
async def delete_value(session: SessionDep, caller: SuperuserDep, configuration: ConfigurationDep, key: str) -> None:
    """Forget a value; what reads it falls back to its default."""
    await service.delete(session, caller, configuration, key)
