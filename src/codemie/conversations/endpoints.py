"""Routes of conversations, their history and folders. Literal paths stand before those with an id."""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Path, Query, Request, Response, status

from codemie.conversations import folders, listing_repository, repository, service, turns
from codemie.conversations.conversation_ids import NewConversationId
from codemie.conversations.driver import Driver
from codemie.conversations.replicas import Replicas
from codemie.conversations.schemas import (
    ConversationItem,
    ConversationObject,
    CreateConversation,
    EditAnswer,
    Finished,
    FolderObject,
    FolderRequest,
    Found,
    HistoryUpserted,
    UpdateConversation,
    UpsertHistory,
)
from codemie.conversations.service import HistoryPage
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import MAX_PER_PAGE, Message, resources

router = APIRouter(prefix="/v1/conversations", tags=["conversations"])

ConversationId = Annotated[str, Path(max_length=500)]
TurnIndex = Annotated[int, Path(ge=0, lt=2**31)]
VariantQuery = Annotated[int | None, Query(ge=0, lt=2**31)]


async def _replicas(request: Request) -> Replicas:
    return cast("Replicas", resources(request).conversations.replicas)


ReplicasDep = Annotated[Replicas, Depends(_replicas)]

OptionalPage = Annotated[int | None, Query(ge=0, le=1_000_000, description="Page, counted from 0.")]


@router.get("", response_model=list[ConversationItem])
async def list_conversations(
    request: Request,
    _caller: CallerDep,
    page: OptionalPage = None,
    per_page: Annotated[int | None, Query(ge=1, le=200)] = None,
    is_finished: Annotated[bool | None, Query(alias="isFinished")] = None,
) -> Response:
    """The caller's conversations; without paging all of them, up to the largest page there is."""
    unpaged = page is None and per_page is None
    size = MAX_PER_PAGE if unpaged else per_page or 20
    driver: Driver = resources(request).conversations.driver
    rows = await listing_repository.page(driver, number=page or 0, size=size, finished=is_finished)
    return Response(rows, media_type="application/json")


@router.post("")
async def create_conversation(session: SessionDep, caller: CallerDep, body: CreateConversation) -> ConversationObject:
    return await service.create(session, caller, body)


@router.delete("")
async def delete_conversations(session: SessionDep, caller: CallerDep, replicas: ReplicasDep) -> Message:
    await service.delete_all(session, caller, replicas)
    return Message(message="Conversation history cleared")


@router.get("/new")
async def preview_conversation(
    session: SessionDep,
    caller: CallerDep,
    initial_assistant_id: str | None = None,
    is_workflow: bool | None = False,  # noqa: FBT001, FBT002 - query parameter
    folder: str | None = None,
) -> ConversationObject:
    wanted = CreateConversation(initial_assistant_id=initial_assistant_id, folder=folder, is_workflow=is_workflow)
    return await service.preview(session, caller, wanted)


@router.get("/search")
async def search_conversations(
    session: SessionDep, caller: CallerDep, query: Annotated[str, Query(min_length=3, max_length=100)]
) -> Found:
    return await service.search(session, caller, query)


@router.get("/folders/list")
async def list_folders(session: SessionDep, caller: CallerDep) -> list[FolderObject]:
    return await folders.list_folders(session, caller)


@router.post("/folder")
async def create_folder(session: SessionDep, caller: CallerDep, body: FolderRequest) -> Message:
    await folders.create(session, caller, body.folder)
    return Message(message="Folder created")


@router.put("/folder/{name:path}")
async def rename_folder(session: SessionDep, caller: CallerDep, name: str, body: FolderRequest) -> Message:
    await folders.rename(session, caller, name, body.folder)
    return Message(message="Folder name updated")


@router.delete("/folder/{name:path}")
async def delete_folder(
    session: SessionDep,
    caller: CallerDep,
    replicas: ReplicasDep,
    name: str,
    remove_conversations: bool = False,  # noqa: FBT001, FBT002 - query parameter
) -> Message:
    await folders.remove(session, caller, replicas, name, with_conversations=remove_conversations)
    return Message(message="Folder removed")


@router.get("/{conversation_id}")
async def get_conversation(
    session: SessionDep,
    caller: CallerDep,
    conversation_id: ConversationId,
    page: OptionalPage = None,
    per_page: Annotated[int | None, Query(ge=1, le=500)] = None,
    sort_order: Literal["asc", "desc"] | None = None,
) -> ConversationObject:
    paged = page is not None or per_page is not None or sort_order is not None
    part = HistoryPage(page or 0, per_page or 20, sort_order or "asc") if paged else None
    return await service.read(session, caller, conversation_id, part)


@router.put("/{conversation_id}")
async def update_conversation(
    session: SessionDep, caller: CallerDep, conversation_id: ConversationId, body: UpdateConversation
) -> ConversationObject:
    return await service.update(session, caller, conversation_id, body)


@router.delete("/{conversation_id}")
async def delete_conversation(
    session: SessionDep, caller: CallerDep, replicas: ReplicasDep, conversation_id: ConversationId
) -> Message:
    await service.delete(session, caller, replicas, conversation_id)
    return Message(message="Specified conversation removed")


@router.post("/{conversation_id}/finish")
async def finish_conversation(session: SessionDep, caller: CallerDep, conversation_id: ConversationId) -> Finished:
    return await service.finish(session, caller, conversation_id)


@router.get("/{conversation_id}/files")
async def list_files(session: SessionDep, caller: CallerDep, conversation_id: ConversationId) -> list[str]:
    await service.get_conversation(session, caller, conversation_id)
    return await repository.file_tokens(session, conversation_id)


@router.delete("/{conversation_id}/history")
async def clear_history(session: SessionDep, caller: CallerDep, conversation_id: ConversationId) -> ConversationObject:
    return await turns.clear(session, caller, conversation_id)


@router.put("/{conversation_id}/history", responses={status.HTTP_201_CREATED: {"model": HistoryUpserted}})
async def upsert_history(
    session: SessionDep, caller: CallerDep, conversation_id: NewConversationId, body: UpsertHistory, response: Response
) -> HistoryUpserted:
    """Answers 201 when the conversation did not exist before."""
    answer = await turns.upsert(session, caller, conversation_id, body)
    if answer.created:
        response.status_code = status.HTTP_201_CREATED
    return answer


@router.delete("/{conversation_id}/history/{history_index}")
async def remove_turn(
    session: SessionDep,
    caller: CallerDep,
    conversation_id: ConversationId,
    history_index: TurnIndex,
    variant: VariantQuery = None,
) -> ConversationObject:
    """The turn goes in every version, and later ones move up; with `variant`, that version and all that follows it."""
    if variant is None:
        return await turns.remove_turn(session, caller, conversation_id, history_index)
    return await turns.remove_version(session, caller, conversation_id, history_index, variant)


@router.put("/{conversation_id}/history/{history_index}")
async def edit_answer(
    session: SessionDep, caller: CallerDep, conversation_id: ConversationId, history_index: TurnIndex, body: EditAnswer
) -> ConversationObject:
    return await turns.edit_answer(session, caller, conversation_id, history_index, body)
