"""Routes of attached files: upload, bulk upload, download."""

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from codemie.conversations import attachment_service, byte_ranges, diagrams
from codemie.conversations.attachment_store import AttachmentStore, MadeFile
from codemie.conversations.attachments import disposition, serving_of
from codemie.conversations.diagrams import DiagramFormat
from codemie.conversations.schemas import BulkUploaded, MermaidRequest, Uploaded
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep, new_id
from codemie.kernel.errors import InvalidInput, TooLarge
from codemie.kernel.http import Message, resources
from codemie.knowledge.uploads import receive

router = APIRouter(prefix="/v1/files", tags=["files"])


async def _store(request: Request) -> AttachmentStore:
    store: AttachmentStore = resources(request).conversations.files
    return store


StoreDep = Annotated[AttachmentStore, Depends(_store)]


def _scratch(request: Request) -> Path:
    """Where uploads wait until they are complete."""
    return resources(request).settings.kernel.home / "uploads"


def _multipart(field: str, schema: dict[str, Any]) -> dict[str, Any]:
    content = {"schema": {"type": "object", "required": [field], "properties": {field: schema}}}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": content}}}


_SANDBOX = "sandbox; default-src 'none'"
_FILE = {"type": "string", "format": "binary"}


@router.post("", include_in_schema=False)
@router.post("/", openapi_extra=_multipart("file", _FILE))
async def upload(request: Request, caller: CallerDep, store: StoreDep) -> Uploaded:
    """Keep one file. The body is read as it arrives and refused as soon as it is too large."""
    resources(request).conversations.upload_limit.spend(caller.id)
    limit = resources(request).settings.conversations.max_upload_bytes
    limits = attachment_service.limits(files=1, file_bytes=limit)
    async with receive(request.stream(), _content_type(request), _scratch(request), limits) as files:
        if not files:
            raise InvalidInput("Invalid file", details="The request holds no file; send one in the part 'file'.")
        return Uploaded(file_url=await attachment_service.keep(store, caller, files[0]))


@router.post("/bulk", openapi_extra=_multipart("files", {"type": "array", "items": _FILE}))
async def upload_many(request: Request, caller: CallerDep, store: StoreDep) -> BulkUploaded:
    """Keep several files; those that are too large are named, the others are kept."""
    resources(request).conversations.upload_limit.spend(caller.id)
    settings = resources(request).settings
    limit = settings.conversations.max_upload_bytes
    limits = attachment_service.limits(
        files=settings.conversations.max_files_per_message, file_bytes=settings.kernel.max_request_bytes
    )
    kept: list[Uploaded] = []
    failed: dict[str, str] = {}
    async with receive(request.stream(), _content_type(request), _scratch(request), limits) as files:
        if not files:
            raise InvalidInput("Invalid file", details="The request holds no files; send them in parts named 'files'.")
        for file in files:
            if file.size_bytes > limit:
                failed[file.name] = attachment_service.too_large(file.name, limit)
                continue
            try:
                kept.append(Uploaded(file_url=await attachment_service.keep(store, caller, file)))
            except TooLarge as error:
                failed[file.name] = str(error)
    return BulkUploaded(files=kept, failed_files=failed or None)


@router.post(
    "/diagram/mermaid",
    response_model=Uploaded,
    responses={200: {"content": {kind: {} for kind in diagrams.MEDIA_TYPES.values()}}},
)
async def draw_diagram(
    request: Request,
    caller: CallerDep,
    store: StoreDep,
    body: MermaidRequest,
    content_type: DiagramFormat = "svg",
    response_type: Literal["file", "raw"] = "file",
) -> Uploaded | Response:
    """A Mermaid diagram as a picture: itself, or the address of a file of the caller's."""
    resources(request).conversations.upload_limit.spend(caller.id)
    picture = await diagrams.drawn(body.code, content_type)
    if response_type == "raw":
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": _SANDBOX}
        return Response(picture, headers=headers, media_type=diagrams.MEDIA_TYPES[content_type])
    file = MadeFile(f"diagram-{new_id()}.{content_type}", picture)
    token = await store.keep(file, caller.id)
    return Uploaded(file_url=f"{str(request.base_url).rstrip('/')}/v1/files/{token}")


@router.get("/{token:path}", response_class=StreamingResponse, responses={206: {"description": "A part of it"}})
async def download(
    request: Request,
    session: SessionDep,
    caller: CallerDep,
    store: StoreDep,
    token: str,
    share_token: str | None = None,
) -> Response:
    """The bytes of a file of the caller, or of a shared conversation; whole, a range, or nothing new."""
    file = await attachment_service.locate(session, caller, token, share_token)
    serving = serving_of(file.name, await store.first_bytes(file))
    etag = f'"{file.sha256}"'
    wanted = byte_ranges.wanted(request.headers, etag, file.size_bytes)
    headers = {
        **wanted.headers(file.size_bytes),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
        "ETag": etag,
        "Content-Disposition": disposition(file.name, inline=serving.inline),
    }
    if serving.sandbox:
        headers["Content-Security-Policy"] = _SANDBOX
    if wanted.status in {304, 416}:
        return Response(status_code=wanted.status, headers=headers)
    body = store.slices(file, wanted.start, wanted.end)
    return StreamingResponse(body, wanted.status, headers, media_type=serving.media_type)


@router.delete("/{token:path}")
async def remove(session: SessionDep, caller: CallerDep, token: str) -> Message:
    """Delete a file of the caller's own, also where messages refer to it."""
    await attachment_service.remove(session, caller, token)
    return Message(message="Specified file removed")


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "")
