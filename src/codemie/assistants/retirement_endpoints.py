"""Routes of administrators who retire language models."""

from fastapi import APIRouter

from codemie.assistants import retirement
from codemie.assistants.retirement_schemas import RetiredModel, RetiredModels, RetireModel, RetireModels
from codemie.identity.access import SuperuserDep
from codemie.kernel.database import SessionDep
from codemie.models.runtime import CatalogueDep

router = APIRouter(prefix="/v1/admin/llm", tags=["models"])


@router.post("/retire")
async def retire_model(
    session: SessionDep, caller: SuperuserDep, catalogue: CatalogueDep, body: RetireModel
) -> RetiredModel:
    """Let one model take another's place in every assistant and its versions."""
    done = await retirement.retire(session, caller, catalogue, body)
    return RetiredModel(message=f"Model '{body.deprecated_model}' replaced by '{body.replacement_model}'", data=done)


@router.post("/retire/bulk")
async def retire_models(
    session: SessionDep, caller: SuperuserDep, catalogue: CatalogueDep, body: RetireModels
) -> RetiredModels:
    """The same for several, each by itself."""
    done = await retirement.retire_many(session, caller, catalogue, body)
    return RetiredModels(message=f"{done.succeeded} of {done.total} models retired", data=done)
