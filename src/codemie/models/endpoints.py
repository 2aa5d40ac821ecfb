"""Routes of the models room: which models can be chosen."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from codemie.identity.authentication import CallerDep, authenticate
from codemie.kernel.database import SessionDep
from codemie.kernel.http import Message, Public
from codemie.models import checks, service
from codemie.models.entries import CATEGORIES
from codemie.models.runtime import CatalogueDep
from codemie.models.schemas import CatalogueStatus, EndpointReport, ModelRow, rows

router = APIRouter(prefix="/v1", tags=["models"])
SignedIn = Depends(authenticate)
IncludeAll = Annotated[bool, Query(description="Also the models hidden from the web.")]


@router.get("/llm_models", response_model_exclude_none=True, dependencies=[SignedIn])
async def list_models(catalogue: CatalogueDep, include_all: IncludeAll = False) -> list[ModelRow]:  # noqa: FBT002
    """The language models that can be chosen."""
    return rows(service.listed(catalogue, "chat", include_all=include_all))


@router.get("/embeddings_models", response_model_exclude_none=True, dependencies=[SignedIn])
async def list_embedding_models(catalogue: CatalogueDep, include_all: IncludeAll = False) -> list[ModelRow]:  # noqa: FBT002
    """The embedding models that can be chosen."""
    return rows(service.listed(catalogue, "embedding", include_all=include_all))


@router.get("/llm_models/image_generation", response_model_exclude_none=True, dependencies=[SignedIn])
async def list_image_models(catalogue: CatalogueDep, include_all: IncludeAll = False) -> list[ModelRow]:  # noqa: FBT002
    """The models that make pictures."""
    return rows(service.drawing(catalogue, include_all=include_all))


@router.get("/categories", dependencies=[Public])
async def list_categories() -> list[str]:
    """What a model can be the default for."""
    return list(CATEGORIES)


@router.get("/default_models", response_model_exclude_none=True, dependencies=[Public])
async def list_defaults(catalogue: CatalogueDep) -> dict[str, ModelRow]:
    """The default model of each category that has one."""
    return {category: ModelRow.of(entry) for category, entry in catalogue.defaults().items()}


@router.get(
    "/default_models/{category}",
    response_model=ModelRow,
    response_model_exclude_none=True,
    dependencies=[SignedIn],
    responses={404: {"description": "No model may be used."}, 422: {"description": "There is no such category."}},
)
async def get_default(category: str, catalogue: CatalogueDep) -> ModelRow | JSONResponse:
    """The default model of a category, else the first that may be used."""
    entry = service.default_of(catalogue, category)
    if entry is None:
        # One of the few bodies that clients expect outside the envelope.
        return JSONResponse({"detail": f"No default model found for category: {category}"}, status_code=404)
    return ModelRow.of(entry)


@router.get("/admin/llm/reload")
@router.post("/admin/llm/reload")
async def reload_models(session: SessionDep, caller: CallerDep, catalogue: CatalogueDep) -> Message:
    """Read the model file again; changes are noticed without this, too. The protocol's clients GET it."""
    service.reload(session, catalogue, caller)
    return Message(message="Models reloaded")


@router.get("/admin/llm/status")
async def catalogue_status(caller: CallerDep, catalogue: CatalogueDep) -> CatalogueStatus:
    """Where the models come from, and what is wrong with the file."""
    return service.status(catalogue, caller)


@router.post("/admin/llm/check")
async def check_models(caller: CallerDep, catalogue: CatalogueDep) -> list[EndpointReport]:
    """Make one tiny call to every model: is it reachable, does its key work, how fast is it?"""
    service.require_administrator(caller)
    return await checks.verify_all(catalogue)
