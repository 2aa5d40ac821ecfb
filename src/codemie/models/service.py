"""Use cases of the models room."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import audit
from codemie.identity.caller import Caller
from codemie.kernel.database import utcnow
from codemie.kernel.errors import AccessDenied, ConfigurationError, Unprocessable
from codemie.models import repository
from codemie.models.catalogue import Catalogue
from codemie.models.costs import cost
from codemie.models.entries import CATEGORIES, ModelEntry, ModelKind
from codemie.models.pictures import painters
from codemie.models.schemas import CatalogueStatus, LastSwitch
from codemie.models.usage import Usage
from codemie.models.versions import Exchange, Manifest, Versions


@dataclass(frozen=True, slots=True)
class Spending:
    """Who used a model, and for what.

    Args:
        entry: the model.
        usage: its tokens.
        user_id: who asked.
        project: the project that pays.
        duration_ms: how long the reply took.
        error_code: why it ended early, if it did; what was used is charged all the same.
    """

    entry: ModelEntry
    usage: Usage
    user_id: str
    project: str
    conversation_id: str | None = None
    assistant_id: str | None = None
    workflow_execution_id: str | None = None
    duration_ms: int = 0
    error_code: str | None = None


async def record(session: AsyncSession, spending: Spending) -> float:
    """Add a reply to the ledger, in the caller's transaction; return its price in USD."""
    entry, usage = spending.entry, spending.usage
    price = cost(entry, usage)
    row: dict[str, object] = {
        "date": utcnow(),
        "kind": entry.kind,
        "user_id": spending.user_id,
        "project": spending.project,
        "model": entry.base_name,
        "provider": entry.provider,
        "conversation_id": spending.conversation_id,
        "assistant_id": spending.assistant_id,
        "workflow_execution_id": spending.workflow_execution_id,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_creation_tokens": usage.cache_creation_tokens,
        "cost": price,
        "duration_ms": spending.duration_ms,
        "error_code": spending.error_code,
    }
    await repository.add_usage(session, row)
    return price


def listed(catalogue: Catalogue, kind: ModelKind, *, include_all: bool) -> list[ModelEntry]:
    """Return the models a client may offer; `include_all` adds those hidden from the web."""
    rows = catalogue.chat_models() if kind == "chat" else catalogue.embedding_models()
    return [row for row in rows if include_all or not row.forbidden_for_web]


def drawing(catalogue: Catalogue, *, include_all: bool) -> list[ModelEntry]:
    """Return the models that make pictures."""
    return [row for row in painters(catalogue.models()) if include_all or not row.forbidden_for_web]


def default_of(catalogue: Catalogue, category: str) -> ModelEntry | None:
    """Return the model for a category.

    Raises:
        Unprocessable: there is no such category.
    """
    if category not in CATEGORIES:
        raise Unprocessable(
            "Unknown category", details=f"There is no category '{category}'.", help=f"Known: {', '.join(CATEGORIES)}."
        )
    return catalogue.default_for(category)


def reload(session: AsyncSession, catalogue: Catalogue, caller: Caller) -> None:
    """Read the catalogue again now; written down.

    Raises:
        AccessDenied: the caller is no administrator.
        Unprocessable: the file is broken; the models in use stay.
    """
    require_administrator(caller)
    if problem := catalogue.reload():
        raise Unprocessable(
            "The model catalogue is broken", details=problem, help="Correct the file; the last good one stays in use."
        )
    source = str(catalogue.source)
    audit.record(session, audit.MODELS, "models.reloaded", entity_id="catalogue", actor_id=caller.id, source=source)


def status(catalogue: Catalogue, caller: Caller) -> CatalogueStatus:
    """Return where the models come from and what is wrong with the file.

    Raises:
        AccessDenied: the caller is no administrator.
    """
    require_administrator(caller)
    models, problem = catalogue.models(), catalogue.problem
    try:
        manifest = Versions(catalogue.path).manifest()
    except ConfigurationError as error:  # the models work without their history
        manifest, problem = Manifest(), problem or str(error)
    return CatalogueStatus(
        source=str(catalogue.source),
        problem=problem,
        warnings=list(models.warnings),
        chat_models=len(models.chat),
        embedding_models=len(models.embedding),
        mock_active=models.default("chat").is_mock,
        version=next((each.number for each in manifest.versions if each.sha256 == catalogue.digest), None),
        last_switch=_last_switch(manifest.last),
    )


def _last_switch(last: Exchange | None) -> LastSwitch | None:
    if last is None:
        return None
    return LastSwitch(kind=last.kind, from_version=last.former, to_version=last.wanted, date=last.date, by=last.by)


def require_administrator(caller: Caller) -> None:
    """Raise `AccessDenied` for anybody else."""
    if not caller.is_superuser:
        raise AccessDenied(details="Only administrators may look after the models.")
