"""Routes of attached files: upload, bulk upload, download."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse

from codemie.conversations import attachment_service
from codemie.conversations.attachment_store import AttachmentStore, first_bytes
from codemie.conversations.attachments import serving_of
from codemie.conversations.schemas import BulkUploaded, Uploaded
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.errors import InvalidInput
from codemie.kernel.http import resources
from codemie.knowledge.uploads import receive

router = APIRouter(prefix="/v1/files", tags=["files"])


def _store(request: Request) -> AttachmentStore:
    return AttachmentStore(resources(request).settings.kernel.home / "files")


StoreDep = Annotated[AttachmentStore, Depends(_store)]


def _multipart(field: str, schema: dict[str, Any]) -> dict[str, Any]:
    content = {"schema": {"type": "object", "required": [field], "properties": {field: schema}}}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": content}}}


_FILE = {"type": "string", "format": "binary"}


@router.post("", include_in_schema=False)
@router.post("/", openapi_extra=_multipart("file", _FILE))
async def upload(request: Request, caller: CallerDep, store: StoreDep) -> Uploaded:
    """Keep one file. The body is read as it arrives and refused as soon as it is too large."""
    limit = resources(request).settings.conversations.max_upload_bytes
    limits = attachment_service.limits(files=1, file_bytes=limit)
    async with receive(request.stream(), _content_type(request), store.incoming, limits) as files:
        if not files:
            raise InvalidInput("Invalid file", details="The request holds no file; send one in the part 'file'.")
        return Uploaded(file_url=await attachment_service.keep(store, caller, files[0]))


@router.post("/bulk", openapi_extra=_multipart("files", {"type": "array", "items": _FILE}))
async def upload_many(request: Request, caller: CallerDep, store: StoreDep) -> BulkUploaded:
    """Keep several files; those that are too large are named, the others are kept."""
    settings = resources(request).settings
    limit = settings.conversations.max_upload_bytes
    limits = attachment_service.limits(
        files=settings.conversations.max_files_per_message, file_bytes=settings.kernel.max_request_bytes
    )
    kept: list[Uploaded] = []
    failed: dict[str, str] = {}
    async with receive(request.stream(), _content_type(request), store.incoming, limits) as files:
        if not files:
            raise InvalidInput("Invalid file", details="The request holds no files; send them in parts named 'files'.")
        for file in files:
            if file.size_bytes > limit:
                failed[file.name] = attachment_service.too_large(file.name, limit)
            else:
                kept.append(Uploaded(file_url=await attachment_service.keep(store, caller, file)))
    return BulkUploaded(files=kept, failed_files=failed or None)


@router.get("/{token:path}", response_class=FileResponse)
async def download(
    session: SessionDep, caller: CallerDep, store: StoreDep, token: str, share_token: str | None = None
) -> FileResponse:
    """The bytes of a file of the caller, or of a shared conversation."""
    address, path = await attachment_service.locate(session, store, caller, token, share_token)
    serving = serving_of(address.name, await asyncio.to_thread(first_bytes, path))
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"}
    if serving.sandbox:
        headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return FileResponse(
        path,
        media_type=serving.media_type,
        headers=headers,
        filename=address.name,
        content_disposition_type="inline" if serving.inline else "attachment",
    )


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "")
