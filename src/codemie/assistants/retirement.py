"""Retiring language models: what names the old one names the new one from now on, in assistants and their versions.

Conversations that chose the old model for themselves are their owners' alone; a model that is gone from the catalogue
is replaced by the default there, as everywhere.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import retirement_repository as repository
from codemie.assistants.retirement_schemas import (
    ModelPair,
    Retired,
    RetirementResult,
    Retirements,
    RetireModel,
    RetireModels,
)
from codemie.identity import audit
from codemie.identity.caller import Caller
from codemie.identity.policy import require_superuser
from codemie.kernel.errors import CodeMieError, InvalidInput, NotFound
from codemie.models.catalogue import Catalogue


async def retire(session: AsyncSession, caller: Caller, catalogue: Catalogue, request: RetireModel) -> Retired:
    """Replace one model.

    Raises:
        AccessDenied: 403, only administrators may.
        InvalidInput: 400, a model cannot replace itself.
        NotFound: 404, the catalogue does not know one of them, and that was to be checked.
    """
    require_superuser(caller)
    return await _replace(session, caller, catalogue, request, check=request.check_models_existence)


async def retire_many(
    session: AsyncSession, caller: Caller, catalogue: Catalogue, request: RetireModels
) -> Retirements:
    """Replace several models, in their order; one that cannot be replaced does not stop the others.

    Raises:
        AccessDenied: 403, only administrators may.
    """
    require_superuser(caller)
    results: list[RetirementResult] = []
    for pair in request.retirements:
        error, done = None, Retired()
        try:
            done = await _replace(session, caller, catalogue, pair, check=request.check_models_existence)
        except (InvalidInput, NotFound) as refusal:
            error = _told(refusal)
        told = {**pair.model_dump(by_alias=False), **done.model_dump(), "success": error is None, "error": error}
        results.append(RetirementResult.model_validate(told))
    succeeded = sum(result.success for result in results)
    return Retirements(total=len(results), succeeded=succeeded, failed=len(results) - succeeded, results=results)


async def _replace(
    session: AsyncSession, caller: Caller, catalogue: Catalogue, pair: ModelPair, *, check: bool
) -> Retired:
    old, new = pair.deprecated_model, pair.replacement_model
    if old == new:
        raise InvalidInput("A model cannot replace itself", details=f"Both are '{old}'.")
    for name in (old, new) if check else ():
        if not catalogue.is_known(name):
            raise NotFound(
                "Model not found",
                details=f"The catalogue has no enabled chat model '{name}'.",
                help="Correct the name, or send checkModelsExistence: false for a model that is gone already.",
            )
    return await replace(session, old, new, actor_id=caller.id)


async def replace(session: AsyncSession, old: str, new: str, *, actor_id: str | None) -> Retired:
    """Let one model take another's place, and write it down; for callers that have settled who may.

    Args:
        session: the transaction; it may touch every row.
        old: base name of the one that goes.
        new: base name of the one that takes its place.
        actor_id: who does it; None for a command of the operator.
    """
    assistants = await repository.replace_in_assistants(session, old, new)
    versions = await repository.replace_in_versions(session, old, new)
    audit.record(
        session,
        audit.MODELS,
        "model.retired",
        entity_id=old,
        actor_id=actor_id,
        replacement=new,
        assistants=assistants,
        versions=versions,
    )
    return Retired(assistants_updated=assistants, assistant_configurations_updated=versions)


def _told(refusal: CodeMieError) -> str:
    return f"{refusal.message}: {refusal.details}"
