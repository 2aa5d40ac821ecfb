"""Data sources, their generations, documents, chunks and vectors.

Revision ID: 0004_knowledge
Revises: 0003_models
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR, UUID

revision = "0004_knowledge"
down_revision = "0003_models"
branch_labels = None
depends_on = None

SEARCH_DOCUMENT = (
    "setweight(to_tsvector('english'::regconfig, labels), 'A')"
    " || setweight(to_tsvector('english'::regconfig, terms), 'C')"
    " || to_tsvector('english'::regconfig, body)"
)


def upgrade() -> None:
    """Create the room's tables; the leaves of `chunks` and `vectors` are made at run time."""
    _create_data_sources()
    _create_uploads()
    _create_generations()
    _create_partitioned()


def downgrade() -> None:
    """Drop the room's tables with all their leaves."""
    tables = ("lexemes", "vectors", "chunks", "documents", "generations", "uploaded_parts", "uploaded_files")
    for table in (*tables, "data_sources"):
        op.drop_table(table)


def _record() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("date", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_date", sa.DateTime(timezone=True), nullable=False),
    ]


def _text(name: str, default: str | None = None, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable, server_default=default)


def _flag(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default="false")


def _count(name: str, kind: type[sa.Integer] = sa.Integer) -> sa.Column[object]:
    return sa.Column(name, kind(), nullable=False, server_default="0")


def _owner(name: str, target: str, kind: type[sa.types.TypeEngine[Any]], *, key: bool = False) -> sa.Column[object]:
    return sa.Column(name, kind(), sa.ForeignKey(target, ondelete="CASCADE"), nullable=False, primary_key=key)


def _create_data_sources() -> None:
    op.create_table(
        "data_sources",
        *_record(),
        *map(_text, ("project_id", "name", "type", "owner_id")),
        _text("description", ""),
        _flag("shared"),
        sa.Column("created_by", JSONB(), nullable=False),
        sa.Column("updated_by", JSONB()),
        *(
            _text(name, nullable=True)
            for name in ("setting_id", "embeddings_model", "cron_expression", "timezone", "run_id")
        ),
        sa.Column("settings", JSONB(), nullable=False, server_default="{}"),
        sa.Column("live_generation", sa.BigInteger()),
        sa.Column("cursor", JSONB()),
        *map(_count, ("current_state", "complete_state", "current_chunks_state")),
        *map(_flag, ("is_queued", "is_fetching", "completed", "error")),
        _text("text", ""),
        sa.Column("processing_info", JSONB(), nullable=False, server_default="{}"),
        sa.Column("tokens_usage", JSONB()),
        sa.Column("last_reindex_triggered_at", sa.DateTime(timezone=True)),
        sa.Column("last_reindex_date", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("project_id", "name", name="uq_data_sources_project_id_name"),
    )
    op.create_index("ix_data_sources_owner_id", "data_sources", ["owner_id"])
    op.create_index("ix_data_sources_update_date", "data_sources", ["update_date"])


def _create_uploads() -> None:
    op.create_table(
        "uploaded_files",
        *_record(),
        _owner("data_source_id", "data_sources.id", sa.Text),
        _text("name"),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        _text("sha256"),
        sa.UniqueConstraint("data_source_id", "name", name="uq_uploaded_files_data_source_id_name"),
    )
    op.create_table(
        "uploaded_parts",
        _owner("file_id", "uploaded_files.id", sa.Text, key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )


def _create_generations() -> None:
    op.create_table(
        "generations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        _owner("data_source_id", "data_sources.id", sa.Text),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        _text("static_identity"),
        _text("dense_identity", nullable=True),
        sa.Column("dense_dimension", sa.Integer()),
        _flag("dense_ready"),
        _count("chunk_count", sa.BigInteger),
    )
    op.create_index("ix_generations_data_source_id", "generations", ["data_source_id"])
    op.create_table(
        "documents",
        _owner("generation_id", "generations.id", sa.BigInteger),
        sa.Column("id", UUID(as_uuid=False), nullable=False),
        *map(_text, ("source", "content_hash")),
        _count("size_bytes", sa.BigInteger),
        _count("chunk_count"),
        *(_text(name, nullable=True) for name in ("skipped_code", "skipped_reason")),
        sa.PrimaryKeyConstraint("generation_id", "id"),
    )
    op.create_table(
        "lexemes",
        _owner("generation_id", "generations.id", sa.BigInteger),
        _text("lexeme"),
        sa.Column("chunk_count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation_id", "lexeme"),
    )


def _create_partitioned() -> None:
    op.create_table(
        "chunks",
        sa.Column("generation_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, UUID(as_uuid=False), nullable=False) for name in ("id", "document_id")),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        _text("source"),
        *(_text(name, nullable=True) for name in ("title", "symbol", "language")),
        *(sa.Column(name, sa.Integer()) for name in ("page", "start_line", "end_line")),
        sa.Column("weight", sa.REAL(), nullable=False, server_default="1"),
        _text("body"),
        *(_text(name, "") for name in ("labels", "terms")),
        sa.Column("static", HALFVEC(256), nullable=False),
        sa.Column("tsv", TSVECTOR(), sa.Computed(SEARCH_DOCUMENT, persisted=True), nullable=False),
        sa.PrimaryKeyConstraint("generation_id", "id"),
        sa.UniqueConstraint(
            "generation_id", "document_id", "ordinal", name="uq_chunks_generation_id_document_id_ordinal"
        ),
        postgresql_partition_by="LIST (generation_id)",
    )
    op.create_table(
        "vectors",
        sa.Column("generation_id", sa.BigInteger(), nullable=False),
        sa.Column("chunk_id", UUID(as_uuid=False), nullable=False),
        sa.Column("vector", HALFVEC(), nullable=False),
        sa.PrimaryKeyConstraint("generation_id", "chunk_id"),
        postgresql_partition_by="LIST (generation_id)",
    )
