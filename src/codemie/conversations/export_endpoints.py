"""Routes that give conversations and answers as files."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from codemie.conversations import exports, service
from codemie.conversations.attachment_endpoints import StoreDep
from codemie.conversations.attachments import disposition
from codemie.conversations.branches import Place
from codemie.conversations.exports import MEDIA_TYPES, AnswerFormat, ConversationFormat
from codemie.conversations.service import HistoryPage
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import DatabaseDep
from codemie.models.runtime import CatalogueDep

router = APIRouter(prefix="/v1/conversations", tags=["conversations"])

ConversationId = Annotated[str, Path(max_length=500)]
BranchQuery = Annotated[
    str | None,
    Query(
        pattern=r"^\d{1,7}\.\d{1,7}$",
        description="`turn.variant` of a message in the branch that is wanted; without it, the one in which something "
        "was said last.",
    ),
]
Number = Annotated[int, Path(ge=0, lt=2**31)]


# No transaction is held while a document is made.
@router.get("/{conversation_id}/export", response_class=Response)
async def export_conversation(
    database: DatabaseDep,
    caller: CallerDep,
    store: StoreDep,
    catalogue: CatalogueDep,
    conversation_id: ConversationId,
    export_format: ConversationFormat = "json",
    page: Annotated[int | None, Query(ge=0, le=1_000_000)] = None,
    per_page: Annotated[int | None, Query(ge=1, le=500)] = None,
    branch: BranchQuery = None,
) -> Response:
    """The conversation as a file, whole or one page of its history; JSON without empty fields. Markdown is ours.

    JSON has every branch, the others one.
    """
    part = HistoryPage(page or 0, per_page or 20) if page is not None or per_page is not None else None
    name = f"{conversation_id}.{export_format}"
    if export_format == "json":
        async with database.session() as session:
            exported = await service.export(session, caller, conversation_id, part)
        return _file(exported.model_dump_json(exclude_none=True).encode(), export_format, name)
    async with database.session() as session:
        models = catalogue.models()
        document = await exports.conversation_document(session, caller, models, conversation_id, part, _place(branch))
    document = await exports.illustrated(store, caller, document)
    return _file(await exports.file_of(document, export_format), export_format, name)


@router.get("/{conversation_id}/history/{history_index}/{variant}/export", response_class=Response)
async def export_answer(
    database: DatabaseDep,
    caller: CallerDep,
    store: StoreDep,
    catalogue: CatalogueDep,
    conversation_id: ConversationId,
    history_index: Number,
    variant: Number,
    export_format: AnswerFormat = "docx",
) -> Response:
    """One answer as a file. Markdown is ours."""
    async with database.session() as session:
        models = catalogue.models()
        document = await exports.answer_document(session, caller, models, conversation_id, history_index, variant)
    made = await exports.file_of(await exports.illustrated(store, caller, document), export_format)
    return _file(made, export_format, f"{conversation_id}-{history_index}-{variant}.{export_format}")


def _place(branch: str | None) -> Place | None:
    if branch is None:
        return None
    turn, variant = branch.split(".")
    return int(turn), int(variant)


def _file(content: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": disposition(name), "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=MEDIA_TYPES[kind], headers=headers)
