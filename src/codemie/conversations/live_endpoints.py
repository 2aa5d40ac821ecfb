"""Routes to a reply that is being written: continue its stream, stop it."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from codemie.conversations import resuming
from codemie.conversations.runtime import ConversationsRuntime
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import DatabaseDep
from codemie.kernel.http import Message, resources

router = APIRouter(prefix="/v1/conversations/{conversation_id}/history/{history_index}", tags=["Chat"])

ConversationId = Annotated[str, Path(max_length=500)]
TurnIndex = Annotated[int, Path(ge=0, lt=2**31)]
After = Annotated[int, Query(ge=0, lt=2**31, description="How many objects of the stream the client has.")]
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A sequence of JSON objects without separators, as `POST /v1/assistants/{id}/model` streams.",
        "content": {"application/x-ndjson": {}},
    }
}


@router.get("/stream", responses=_STREAM, response_class=Response)
async def continue_stream(
    conversation_id: ConversationId,
    history_index: TurnIndex,
    request: Request,
    caller: CallerDep,
    database: DatabaseDep,
    after: After = 0,
) -> Response:
    """The stream of the latest answer to a turn, exactly from behind the objects the client has.

    Where that cannot be told any more, one last object holds the whole answer.
    """
    async with database.session() as session:
        place = await resuming.locate(session, caller, conversation_id, history_index, "read")
    return await resuming.follow(_runtime(request), place, after)


@router.post("/stop")
async def stop(
    conversation_id: ConversationId,
    history_index: TurnIndex,
    request: Request,
    caller: CallerDep,
    database: DatabaseDep,
) -> Message:
    """End the latest answer to a turn while it is written; what there is of it is kept."""
    async with database.session() as session:
        place = await resuming.locate(session, caller, conversation_id, history_index, "write")
    await resuming.stop(_runtime(request), place)
    return Message(message="Reply stopped")


def _runtime(request: Request) -> ConversationsRuntime:
    runtime: ConversationsRuntime = resources(request).conversations
    return runtime
