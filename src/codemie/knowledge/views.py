"""Rows → wire models."""

from typing import Any

from codemie.identity import policy
from codemie.identity.caller import Caller
from codemie.knowledge.repository import resource
from codemie.knowledge.schemas import IndexInfo, IndexListItem, Progress
from codemie.knowledge.tables import DataSource


def list_item(source: DataSource, caller: Caller) -> IndexListItem:
    """A row of the list."""
    return IndexListItem(**_common(source, caller))


def detail(source: DataSource, caller: Caller, *, processed: list[str], uploaded: list[str]) -> IndexInfo:
    """The detail page of a data source."""
    settings = source.settings
    return IndexInfo(
        **_common(source, caller),
        description=source.description,
        prompt=settings.get("prompt"),
        embeddings_model=source.embeddings_model,
        summarization_model=settings.get("summarization_model"),
        docs_generation=bool(settings.get("docs_generation")),
        branch=settings.get("branch"),
        files_filter=settings.get("files_filter") or "",
        processed_files=processed,
        uploaded_files=uploaded,
        updated_by=source.updated_by,  # type: ignore[arg-type]  # pydantic takes the dictionary
        tokens_usage=source.tokens_usage,
        processing_info=_processing(source),
        last_reindex_triggered_at=source.last_reindex_triggered_at,
        last_reindex_date=source.last_reindex_date,
        timezone=source.timezone or "UTC",
    )


def progress(source: DataSource) -> Progress:
    """The moving part of a row."""
    return Progress(
        id=source.id,
        current_state=source.current_state,
        complete_state=source.complete_state,
        current__chunks_state=source.current_chunks_state,
        is_queued=source.is_queued,
        is_fetching=source.is_fetching,
        completed=source.completed,
        error=source.error,
        text=source.text,
        update_date=source.update_date,
        processing_info=_processing(source),
        refinement=source.processing_info.get("refinement"),
    )


def finished(shown: Progress) -> bool:
    """Whether nothing moves any more: the run ended and so did the second embedding pass."""
    refining = shown.completed and shown.refinement is not None and not shown.refinement.get("finished")
    return (shown.completed or shown.error) and not refining


def _common(source: DataSource, caller: Caller) -> dict[str, Any]:
    return {
        "id": source.id,
        "project_name": source.project,
        "repo_name": source.name,
        "index_type": source.type,
        "created_by": source.created_by,
        "project_space_visible": source.shared,
        "link": source.settings.get("link"),
        "date": source.date,
        "update_date": source.update_date,
        "setting_id": source.setting_id,
        "text": source.text,
        "full_name": f"{source.id}-{source.project}-{source.name}-{source.type}",
        "current_state": source.current_state,
        "complete_state": source.complete_state,
        "documents_count": source.processing_info.get("documents_count_key"),
        "current__chunks_state": source.current_chunks_state,
        "error": source.error,
        "completed": source.completed,
        "is_fetching": source.is_fetching,
        "is_queued": source.is_queued,
        "user_abilities": policy.abilities(caller, resource(source)),
        "cron_expression": source.cron_expression,
        "refinement": source.processing_info.get("refinement"),
    }


def _processing(source: DataSource) -> dict[str, Any]:
    return {name: value for name, value in source.processing_info.items() if name != "refinement"}
