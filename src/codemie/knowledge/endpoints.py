"""Routes of data sources."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from codemie.identity.authentication import CallerDep
from codemie.kernel.database import DatabaseDep, SessionDep
from codemie.kernel.http import Message, PageNumber, PageSize, Pagination, parse_filters
from codemie.kernel.messaging import MessagingDep
from codemie.knowledge import intake, passages, progress, repository, service, views
from codemie.knowledge.runtime import KnowledgeDep
from codemie.knowledge.schemas import (
    CodeCreate,
    CodeUpdate,
    CreatedBy,
    FileCreate,
    FileUpdate,
    FoundPassages,
    HealthAnswer,
    HealthRequest,
    Indexes,
    IndexId,
    IndexInfo,
    IndexSize,
    Passage,
    Reindex,
    ReindexFlags,
    SearchAnswer,
    SearchRequest,
    SkippedDocument,
    SkippedDocuments,
)

router = APIRouter(prefix="/v1", tags=["data sources"])

# The body is taken as a stream by `uploads`, which FastAPI cannot see, so the document says what it holds.
_FILES_BODY: dict[str, Any] = {
    "requestBody": {
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                }
            }
        }
    }
}

Flags = Annotated[ReindexFlags, Query()]


@router.get("/index")
async def list_data_sources(
    session: SessionDep,
    caller: CallerDep,
    filters: str | None = None,
    sort_key: Literal["date", "update_date"] = "update_date",
    sort_order: Literal["asc", "desc"] = "desc",
    page: PageNumber = 0,
    per_page: PageSize = 10,
    full_response: Annotated[bool, Query()] = False,  # noqa: FBT002 - a query parameter
) -> Indexes:
    """List the data sources the caller may read."""
    rows, total = await repository.listing(
        session,
        caller,
        parse_filters(filters),
        sort_key=sort_key,
        descending=sort_order == "desc",
        page=page,
        per_page=per_page,
    )
    pagination = Pagination.of(page, per_page, total)
    if full_response:
        return Indexes(
            data=[views.detail(row, caller, processed=[], uploaded=[]) for row in rows], pagination=pagination
        )
    return Indexes(data=[views.list_item(row, caller) for row in rows], pagination=pagination)


@router.get("/index/users")
async def list_creators(session: SessionDep, caller: CallerDep) -> list[CreatedBy]:
    """Who made the data sources the caller may read."""
    return [CreatedBy(**person) for person in await repository.creators(session, caller)]


@router.get("/index/find_id")
async def find_data_source(
    session: SessionDep, caller: CallerDep, name: str, index_type: str, project_name: str | None = None
) -> IndexId:
    """The id of a data source by its name."""
    return IndexId(id=await service.find_id(session, caller, name, index_type, project_name))


@router.post("/index/health")
async def check_source(knowledge: KnowledgeDep, caller: CallerDep, body: HealthRequest) -> HealthAnswer:
    """Tell whether a source could be read."""
    return await intake.health(knowledge, caller, body)


@router.post("/index/knowledge_base/file", openapi_extra=_FILES_BODY)
async def create_file_source(
    knowledge: KnowledgeDep, caller: CallerDep, request: Request, draft: Annotated[FileCreate, Query()]
) -> Message:
    """Make uploaded files a data source. All fields are query parameters, the files are parts named `files`."""
    content_type = request.headers.get("content-type", "")
    return Message(message=await intake.create_files(knowledge, caller, draft, request.stream(), content_type))


@router.put("/index/knowledge_base/file", openapi_extra=_FILES_BODY)
async def update_file_source(
    knowledge: KnowledgeDep, caller: CallerDep, request: Request, change: Annotated[FileUpdate, Query()]
) -> Message:
    """Edit a file data source, add files, remove files. The body may hold files, or be empty JSON."""
    content_type = request.headers.get("content-type", "")
    return Message(message=await intake.update_files(knowledge, caller, change, request.stream(), content_type))


@router.put("/index/knowledge_base/{kind}/reindex")
async def reindex_source(session: SessionDep, caller: CallerDep, kind: str, body: Reindex) -> Message:
    """Build the index of a data source anew."""
    return Message(message=await service.reindex(session, caller, body.project_name, body.name, kind))


@router.post("/application/{project}/index", status_code=201)
async def create_code_source(knowledge: KnowledgeDep, caller: CallerDep, project: str, body: CodeCreate) -> Message:
    """Make a Git repository a data source."""
    return Message(message=await intake.create_code(knowledge, caller, project, body))


@router.put("/application/{project}/index/{name}", status_code=201)
async def update_code_source(
    knowledge: KnowledgeDep, caller: CallerDep, project: str, name: str, body: CodeUpdate, flags: Flags
) -> Message:
    """Edit a Git data source: only the fields in the body change."""
    return Message(message=await intake.update_code(knowledge, caller, project, name, body, flags))


@router.get("/index/{index_id}")
async def read_data_source(session: SessionDep, caller: CallerDep, index_id: str) -> IndexInfo:
    """A data source with its settings and progress."""
    source = await service.get(session, caller, index_id)
    processed = await service.processed_files(session, source)
    uploaded = await service.uploaded_names(session, source)
    shown = views.detail(source, caller, processed=processed, uploaded=uploaded)
    shown.guardrail_assignments = await service.guards(session, caller, source)
    return shown


@router.delete("/index/{index_id}")
async def delete_data_source(session: SessionDep, caller: CallerDep, index_id: str) -> Message:
    """Delete a data source with everything indexed from it."""
    return Message(message=await service.delete(session, caller, index_id))


@router.post("/index/{index_id}/cancel")
async def cancel_indexing(session: SessionDep, caller: CallerDep, index_id: str) -> Message:
    """Stop indexing; what was searchable before stays so (ours)."""
    return Message(message=await service.cancel(session, caller, index_id))


@router.get("/index/{index_id}/elasticsearch")
async def read_index_size(session: SessionDep, caller: CallerDep, index_id: str) -> IndexSize:
    """Name and size of the search index."""
    name, size = await service.index_size(session, caller, index_id)
    return IndexSize(index_name=name, size_in_bytes=size)


@router.get("/index/{index_id}/events", response_class=StreamingResponse)
async def follow_progress(
    database: DatabaseDep, messaging: MessagingDep, caller: CallerDep, index_id: str
) -> StreamingResponse:
    """Progress as server-sent events, until indexing ends (ours)."""
    async with database.session() as session:
        await service.get(session, caller, index_id)
    events = progress.follow(database, messaging, caller, index_id)
    return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


@router.get("/index/{index_id}/skipped")
async def list_skipped(
    session: SessionDep, caller: CallerDep, index_id: str, page: PageNumber = 0, per_page: PageSize = 10
) -> SkippedDocuments:
    """Documents that were not indexed, with reasons (ours)."""
    rows, total = await service.skipped(session, caller, index_id, page, per_page)
    shown = [
        SkippedDocument(source=row.source, reason=row.skipped_reason or "", code=row.skipped_code or "") for row in rows
    ]
    return SkippedDocuments(data=shown, pagination=Pagination.of(page, per_page, total))


@router.get("/index/{index_id}/passages/{chunk_id}")
async def read_passage(session: SessionDep, caller: CallerDep, index_id: str, chunk_id: str) -> Passage:
    """A passage with what stands around it, to open a citation (ours)."""
    return await passages.read(session, caller, index_id, chunk_id)


@router.get("/index/{index_id}/search")
async def search_passages(
    knowledge: KnowledgeDep,
    session: SessionDep,
    caller: CallerDep,
    index_id: str,
    query: Annotated[str, Query(min_length=1, max_length=10_000)],
    top_k: Annotated[int, Query(ge=1, le=100)] = 10,
) -> FoundPassages:
    """Try what an assistant would find (ours)."""
    return FoundPassages(data=await passages.find(knowledge, session, caller, index_id, query, top_k))


@router.post("/index/{index_id}/search")
async def search_as_tool(
    knowledge: KnowledgeDep, session: SessionDep, caller: CallerDep, index_id: str, body: SearchRequest
) -> SearchAnswer:
    """What the search tool of an assistant answers."""
    return await passages.ask(knowledge, session, caller, index_id, body)
