"""Routes that join skills and assistants."""

from fastapi import APIRouter

from codemie.assistants import teaching
from codemie.assistants.schemas import AssistantItem
from codemie.assistants.teaching_schemas import AttachSkill, BulkAttach, BulkAttached
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import Message
from codemie.skills.schemas import SkillItem

router = APIRouter(tags=["skills"])


@router.get("/v1/assistants/{assistant_id}/skills")
async def list_assistant_skills(session: SessionDep, caller: CallerDep, assistant_id: str) -> list[SkillItem]:
    return await teaching.listed(session, caller, assistant_id)


@router.post("/v1/assistants/{assistant_id}/skills")
async def attach_skill(session: SessionDep, caller: CallerDep, assistant_id: str, body: AttachSkill) -> Message:
    await teaching.attach(session, caller, assistant_id, body.skill_id)
    return Message(message="Skill attached successfully")


@router.delete("/v1/assistants/{assistant_id}/skills/{skill_id}")
async def detach_skill(session: SessionDep, caller: CallerDep, assistant_id: str, skill_id: str) -> Message:
    await teaching.detach(session, caller, assistant_id, skill_id)
    return Message(message="Skill detached successfully")


@router.get("/v1/skills/{skill_id}/assistants")
async def list_skill_assistants(session: SessionDep, caller: CallerDep, skill_id: str) -> list[AssistantItem]:
    return await teaching.assistants_with(session, caller, skill_id)


@router.post("/v1/skills/{skill_id}/assistants/bulk-attach")
async def attach_to_many(session: SessionDep, caller: CallerDep, skill_id: str, body: BulkAttach) -> BulkAttached:
    return await teaching.attach_to_many(session, caller, skill_id, body.assistant_ids)
