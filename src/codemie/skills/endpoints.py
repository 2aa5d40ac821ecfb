"""Routes of the skills room. Literal paths stand before those with an id."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Body, Query, Response, UploadFile

from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.errors import InvalidInput
from codemie.kernel.http import Message, PageNumber, read_filters
from codemie.parts.recommendations import Recommendations
from codemie.parts.schemas import CreatedBy
from codemie.reactions.schemas import ReactionOutcome, ReactionRequest
from codemie.skills import authoring, bundle, drafting, service
from codemie.skills.filters import SkillFilters
from codemie.skills.runtime import DeskDep, RuntimeDep
from codemie.skills.schemas import (
    CATEGORIES,
    BundlePreview,
    CategoryChoice,
    CompanionFile,
    CreateSkill,
    FileMetadata,
    GenerateInstructions,
    GenerateSkill,
    ImportSkill,
    InstructionsDraft,
    PublishSkill,
    RefineSkill,
    SkillDetail,
    SkillDraft,
    SkillLimits,
    SkillList,
    SortBy,
    UpdateSkill,
)

router = APIRouter(prefix="/v1/skills", tags=["skills"])

_FILTERS = Query(description='JSON object, for example {"scope":"marketplace","search":"review"}.')


@router.get("")
async def list_skills(
    session: SessionDep,
    caller: CallerDep,
    filters: Annotated[str | None, _FILTERS] = None,
    assistant_id: str | None = None,
    page: PageNumber = 0,
    per_page: Annotated[int, Query(ge=1, le=100)] = 20,
    sort_by: SortBy | None = None,
) -> SkillList:
    return await service.list_skills(
        session, caller, read_filters(filters, SkillFilters), sort_by, assistant_id, page=page, per_page=per_page
    )


@router.post("", status_code=201)
async def create_skill(session: SessionDep, caller: CallerDep, room: RuntimeDep, body: CreateSkill) -> SkillDetail:
    skill = await authoring.create(session, caller, room.cipher, room.settings, body)
    return await service.detail(session, caller, skill)


@router.get("/categories")
async def list_categories(_caller: CallerDep) -> list[CategoryChoice]:
    return [CategoryChoice.of(value) for value in CATEGORIES]


@router.get("/users")
async def list_creators(session: SessionDep, caller: CallerDep) -> list[CreatedBy]:
    return await service.creators(session, caller)


@router.get("/config")
async def get_limits(_caller: CallerDep, room: RuntimeDep) -> SkillLimits:
    settings = room.settings
    return SkillLimits(
        max_content_length=settings.max_content_length,
        bundle_seed_max_file_count=settings.max_files,
        bundle_seed_max_file_size_bytes=settings.max_file_bytes,
        bundle_seed_max_total_size_bytes=settings.max_files_bytes,
    )


@router.post("/import", status_code=201)
async def import_skill(session: SessionDep, caller: CallerDep, room: RuntimeDep, body: ImportSkill) -> SkillDetail:
    skill = await authoring.bring_in(session, caller, room.cipher, room.settings, body)
    return await service.detail(session, caller, skill)


@router.post("/import-bundle-preview")
async def preview_bundle(_caller: CallerDep, room: RuntimeDep, file: UploadFile) -> BundlePreview:
    """What a zip archive with a SKILL.md holds; nothing is saved."""
    most = room.settings.max_files_bytes
    archive = await file.read(most + 1)
    if len(archive) > most:
        raise InvalidInput("Invalid skill bundle", details=f"The archive is larger than {most} bytes.")
    return await asyncio.to_thread(bundle.preview, archive, room.settings)


@router.post("/generate")
async def generate_skill(desk: DeskDep, caller: CallerDep, body: GenerateSkill) -> SkillDraft:
    return await drafting.generate(desk, caller, body)


@router.post("/refine")
async def refine_skill(desk: DeskDep, caller: CallerDep, body: RefineSkill) -> Recommendations:
    return await drafting.refine(desk, caller, body)


@router.post("/instructions/generate")
async def generate_instructions(desk: DeskDep, caller: CallerDep, body: GenerateInstructions) -> InstructionsDraft:
    return await drafting.instruct(desk, caller, body)


@router.get("/{skill_id}")
async def get_skill(session: SessionDep, caller: CallerDep, skill_id: str) -> SkillDetail:
    return await service.detail(session, caller, await service.get_skill(session, caller, skill_id))


@router.put("/{skill_id}")
async def update_skill(
    session: SessionDep, caller: CallerDep, room: RuntimeDep, skill_id: str, body: UpdateSkill
) -> SkillDetail:
    skill = await authoring.update(session, caller, room.cipher, room.settings, skill_id, body)
    return await service.detail(session, caller, skill)


@router.delete("/{skill_id}", status_code=204)
async def delete_skill(session: SessionDep, caller: CallerDep, skill_id: str) -> None:
    await authoring.delete(session, caller, skill_id)


@router.get("/{skill_id}/companion-files")
async def list_companion_files(session: SessionDep, caller: CallerDep, skill_id: str) -> list[FileMetadata]:
    return await service.companion_files(session, caller, skill_id)


@router.get("/{skill_id}/companion-files/content")
async def get_companion_file(session: SessionDep, caller: CallerDep, skill_id: str, path: str) -> CompanionFile:
    return await service.companion_file(session, caller, skill_id, path)


@router.get("/{skill_id}/export", response_class=Response, responses={200: {"content": {"text/markdown": {}}}})
async def export_skill(session: SessionDep, caller: CallerDep, skill_id: str) -> Response:
    """The skill as a Markdown file with front matter."""
    name, text = await service.exported(session, caller, skill_id)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/markdown", headers=headers)


@router.post("/{skill_id}/marketplace/publish")
async def publish_skill(
    session: SessionDep, caller: CallerDep, skill_id: str, body: Annotated[PublishSkill | None, Body()] = None
) -> Message:
    await authoring.publish(session, caller, skill_id, body.categories if body else None)
    return Message(message=f"Skill {skill_id} published to marketplace successfully")


@router.post("/{skill_id}/marketplace/unpublish")
async def unpublish_skill(session: SessionDep, caller: CallerDep, skill_id: str) -> Message:
    await authoring.unpublish(session, caller, skill_id)
    return Message(message=f"Skill {skill_id} unpublished from marketplace successfully")


@router.post("/{skill_id}/reactions")
async def react(session: SessionDep, caller: CallerDep, skill_id: str, body: ReactionRequest) -> ReactionOutcome:
    """Like or dislike; once more takes it back."""
    return await authoring.react(session, caller, skill_id, body.reaction)


@router.delete("/{skill_id}/reactions")
async def remove_reaction(session: SessionDep, caller: CallerDep, skill_id: str) -> ReactionOutcome:
    return await authoring.react(session, caller, skill_id, None)
