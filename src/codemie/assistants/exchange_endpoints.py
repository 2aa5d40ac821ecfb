"""Routes by which assistants leave and come."""

from typing import Annotated

from fastapi import APIRouter, Body, Form, Response, UploadFile
from pydantic import Field

from codemie.assistants import exchange
from codemie.assistants.runtime import CipherDep
from codemie.assistants.schemas import AssistantCreated
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.errors import TooLarge
from codemie.kernel.http import WireModel

router = APIRouter(prefix="/v1/assistants", tags=["assistants"])

_MOST_BYTES = 20 * 2**20
_Value = Annotated[str, Field(max_length=10_000)]


class EnvVars(WireModel):
    """Settings that may travel along."""

    azure_openai_url: _Value | None = None
    azure_openai_api_key: _Value | None = None
    openai_api_type: _Value | None = None
    openai_api_version: _Value | None = None
    models_env: _Value | None = None


class ExportRequest(WireModel):
    env_vars: EnvVars | None = None


@router.post(
    "/id/{assistant_id}/export", response_class=Response, responses={200: {"content": {"application/zip": {}}}}
)
async def export_assistant(
    session: SessionDep, caller: CallerDep, assistant_id: str, body: Annotated[ExportRequest | None, Body()] = None
) -> Response:
    """The assistant and its skills as an archive; secrets and integrations stay here."""
    env_vars = body.env_vars.model_dump(exclude_none=True) if body and body.env_vars else {}
    name, content = await exchange.export(session, caller, assistant_id, env_vars)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/zip", headers=headers)


@router.post("/import")
async def import_assistant(
    session: SessionDep, caller: CallerDep, cipher: CipherDep, project: Annotated[str, Form()], file: UploadFile
) -> AssistantCreated:
    """Save an exported assistant in a project of the caller's."""
    content = await file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise TooLarge(details=f"An exported assistant has at most {_MOST_BYTES} bytes.")
    assistant = await exchange.bring_in(session, caller, cipher, project, content)
    return AssistantCreated(message="Specified assistant saved", assistant_id=assistant.id)
