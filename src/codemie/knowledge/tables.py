"""Tables of the knowledge room.

A data source owns *generations*: complete searchable copies of its content. Exactly one is live
(`DataSource.live_generation`); a re-index builds another one beside it and swaps at the end. `chunks` and `vectors`
are partitioned by generation, one leaf table each (`chunks_g<id>`, `vectors_g<id>`), created and dropped by `store`:
loading needs no index upkeep, dropping costs nothing, and every generation has an HNSW index of its own dimension.
"""

from datetime import datetime
from typing import Any

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    REAL,
    BigInteger,
    Computed,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR, UUID
from sqlalchemy.orm import Mapped, mapped_column

from codemie.kernel.database import Base, Record

STATIC_DIMENSION = 256
"""Dimension of the static vectors every chunk carries."""

SEARCH_DOCUMENT = (
    "setweight(to_tsvector('english'::regconfig, labels), 'A')"
    " || setweight(to_tsvector('english'::regconfig, terms), 'C')"
    " || to_tsvector('english'::regconfig, body)"
)
"""Full text of a chunk: path, headings and symbols weigh A, identifier parts C, the text itself D."""


class DataSource(Record):
    """A thing to search in: files, a repository, a wiki… with the progress of its indexing."""

    __tablename__ = "data_sources"
    __table_args__ = (
        UniqueConstraint("project_id", "name"),
        Index("ix_data_sources_owner_id", "owner_id"),
        Index("ix_data_sources_update_date", "update_date"),
    )

    project: Mapped[str] = mapped_column("project_id", Text)
    name: Mapped[str]
    type: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    shared: Mapped[bool] = mapped_column(server_default="false")
    owner_id: Mapped[str]
    created_by: Mapped[dict[str, Any]] = mapped_column(JSONB)
    updated_by: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    setting_id: Mapped[str | None]
    embeddings_model: Mapped[str | None]
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    callback_otp_hash: Mapped[bytes | None]
    cron_expression: Mapped[str | None]
    timezone: Mapped[str | None]

    live_generation: Mapped[int | None] = mapped_column(BigInteger)
    run_id: Mapped[str | None]
    cursor: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    current_state: Mapped[int] = mapped_column(server_default="0")
    complete_state: Mapped[int] = mapped_column(server_default="0")
    current_chunks_state: Mapped[int] = mapped_column(server_default="0")
    is_queued: Mapped[bool] = mapped_column(server_default="false")
    is_fetching: Mapped[bool] = mapped_column(server_default="false")
    completed: Mapped[bool] = mapped_column(server_default="false")
    error: Mapped[bool] = mapped_column(server_default="false")
    text: Mapped[str] = mapped_column(server_default="")
    processing_info: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    tokens_usage: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    last_reindex_triggered_at: Mapped[datetime | None]
    last_reindex_date: Mapped[datetime | None]


class UploadedFile(Record):
    """A file uploaded into a file data source; its bytes are in `UploadedPart` so any worker can read them."""

    __tablename__ = "uploaded_files"
    __table_args__ = (UniqueConstraint("data_source_id", "name"),)

    data_source_id: Mapped[str] = mapped_column(ForeignKey("data_sources.id", ondelete="CASCADE"))
    name: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]


class UploadedPart(Base):
    """One slice of an uploaded file, small enough never to need the whole file in memory."""

    __tablename__ = "uploaded_parts"

    file_id: Mapped[str] = mapped_column(ForeignKey("uploaded_files.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class Generation(Base):
    """One complete searchable copy of a data source, and the embedders whose vectors it holds.

    `dense_identity` is None for a generation searched by static vectors alone; the dense vectors count
    only once `dense_ready` (until then the static ones serve).
    """

    __tablename__ = "generations"
    __table_args__ = (Index("ix_generations_data_source_id", "data_source_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    data_source_id: Mapped[str] = mapped_column(ForeignKey("data_sources.id", ondelete="CASCADE"))
    created: Mapped[datetime] = mapped_column(server_default=func.now())
    static_identity: Mapped[str]
    dense_identity: Mapped[str | None]
    dense_dimension: Mapped[int | None]
    dense_ready: Mapped[bool] = mapped_column(server_default="false")
    chunk_count: Mapped[int] = mapped_column(BigInteger, server_default="0")


class Document(Base):
    """A document of a generation: indexed, or skipped with its reason. `id` is derived from `source`."""

    __tablename__ = "documents"
    __table_args__ = (PrimaryKeyConstraint("generation_id", "id"),)

    generation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("generations.id", ondelete="CASCADE"))
    id: Mapped[str] = mapped_column(UUID(as_uuid=False))
    source: Mapped[str]
    content_hash: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    chunk_count: Mapped[int] = mapped_column(server_default="0")
    skipped_code: Mapped[str | None]
    skipped_reason: Mapped[str | None]


class Chunk(Base):
    """A passage of a document with its position, its full text and its static vector."""

    __tablename__ = "chunks"
    __table_args__ = (
        PrimaryKeyConstraint("generation_id", "id"),
        UniqueConstraint("generation_id", "document_id", "ordinal"),
        {"postgresql_partition_by": "LIST (generation_id)"},
    )

    generation_id: Mapped[int] = mapped_column(BigInteger)
    id: Mapped[str] = mapped_column(UUID(as_uuid=False))
    document_id: Mapped[str] = mapped_column(UUID(as_uuid=False))
    ordinal: Mapped[int]
    source: Mapped[str]
    title: Mapped[str | None]
    symbol: Mapped[str | None]
    language: Mapped[str | None]
    page: Mapped[int | None]
    start_line: Mapped[int | None]
    end_line: Mapped[int | None]
    weight: Mapped[float] = mapped_column(REAL, server_default="1")
    body: Mapped[str]
    labels: Mapped[str] = mapped_column(server_default="")
    terms: Mapped[str] = mapped_column(server_default="")
    static: Mapped[Any] = mapped_column(HALFVEC(STATIC_DIMENSION))
    tsv: Mapped[Any] = mapped_column(TSVECTOR, Computed(SEARCH_DOCUMENT, persisted=True))


class DenseVector(Base):
    """The dense vector of a chunk, of whatever dimension its generation's embedder has.

    Kept apart from the chunk so that replacing vectors in the background never rewrites text and full-text index.
    """

    __tablename__ = "vectors"
    __table_args__ = (
        PrimaryKeyConstraint("generation_id", "chunk_id"),
        {"postgresql_partition_by": "LIST (generation_id)"},
    )

    generation_id: Mapped[int] = mapped_column(BigInteger)
    chunk_id: Mapped[str] = mapped_column(UUID(as_uuid=False))
    vector: Mapped[Any] = mapped_column(HALFVEC())


class Lexeme(Base):
    """In how many chunks of a generation a lexeme occurs. Lexemes of a single chunk are left out: absent means 1."""

    __tablename__ = "lexemes"
    __table_args__ = (PrimaryKeyConstraint("generation_id", "lexeme"),)

    generation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("generations.id", ondelete="CASCADE"))
    lexeme: Mapped[str]
    chunk_count: Mapped[int] = mapped_column(BigInteger)
