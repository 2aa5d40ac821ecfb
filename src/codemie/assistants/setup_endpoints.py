"""Routes of what people and projects set up for themselves with an assistant."""

from typing import Annotated

from fastapi import APIRouter, Query

from codemie.assistants import features, setup
from codemie.assistants.features_schemas import Feature, FeatureRequest
from codemie.assistants.runtime import CipherDep, SettingsDep
from codemie.assistants.schemas import AssistantItem
from codemie.assistants.setup_schemas import MappingRequest, MappingView, VariablesRequest, VariablesView
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import Message, Page, PageNumber, PageSize

router = APIRouter(prefix="/v1/assistants", tags=["assistants"])

_Workflow = Annotated[str | None, Query(max_length=100)]
_Project = Annotated[str, Query(min_length=1, max_length=255)]


@router.get("/projects/mapping")
async def list_project_mapping(
    session: SessionDep,
    caller: CallerDep,
    settings: SettingsDep,
    feature: Feature,
    project: _Project,
    page: PageNumber = 0,
    per_page: PageSize = 12,
) -> Page[AssistantItem]:
    features.require_feature(settings)
    return await features.page(session, caller, project, feature, number=page, size=per_page)


@router.post("/{assistant_id}/projects/mapping")
async def enable_for_project(
    session: SessionDep, caller: CallerDep, settings: SettingsDep, assistant_id: str, body: FeatureRequest
) -> Message:
    features.require_feature(settings)
    await features.switch_on(session, caller, assistant_id, body.project_name, body.feature)
    return Message(message=f"Assistant {assistant_id} enabled for {body.feature} in {body.project_name}")


@router.delete("/{assistant_id}/projects/mapping")
async def disable_for_project(
    session: SessionDep,
    caller: CallerDep,
    settings: SettingsDep,
    assistant_id: str,
    project: _Project,
    feature: Feature,
) -> Message:
    features.require_feature(settings)
    await features.switch_off(session, caller, assistant_id, project, feature)
    return Message(message=f"Assistant {assistant_id} disabled for {feature} in {project}")


@router.get("/{assistant_id}/users/mapping")
async def get_user_mapping(
    session: SessionDep, caller: CallerDep, assistant_id: str, workflow_id: _Workflow = None
) -> MappingView:
    return await setup.mapping(session, caller, assistant_id, workflow_id)


@router.post("/{assistant_id}/users/mapping")
async def save_user_mapping(session: SessionDep, caller: CallerDep, assistant_id: str, body: MappingRequest) -> Message:
    await setup.save_mapping(session, caller, assistant_id, body)
    return Message(message="Mapping saved successfully")


@router.delete("/{assistant_id}/users/mapping")
async def delete_user_mapping(
    session: SessionDep, caller: CallerDep, assistant_id: str, workflow_id: _Workflow = None
) -> Message:
    await setup.remove_mapping(session, caller, assistant_id, workflow_id)
    return Message(message="Mapping removed successfully")


@router.get("/{assistant_id}/users/prompt-variables")
async def get_prompt_variables(session: SessionDep, caller: CallerDep, assistant_id: str) -> VariablesView:
    return await setup.variables(session, caller, assistant_id)


@router.post("/{assistant_id}/users/prompt-variables")
async def save_prompt_variables(
    session: SessionDep, caller: CallerDep, cipher: CipherDep, assistant_id: str, body: VariablesRequest
) -> Message:
    await setup.save_variables(session, caller, cipher, assistant_id, body)
    return Message(message="Prompt variables saved successfully")
