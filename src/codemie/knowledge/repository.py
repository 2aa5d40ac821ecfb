"""All SQL about data sources and their uploads. Chunks and vectors are `store`'s."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from codemie.guardrails.repository import stored_guards
from codemie.identity import grants_repository
from codemie.identity.caller import Caller
from codemie.identity.policy import Resource, ResourceColumns, readable_filter
from codemie.kernel import row_security
from codemie.kernel.database import new_id, utcnow
from codemie.kernel.errors import InvalidInput, OutOfSpace
from codemie.knowledge.sources.contract import Entry
from codemie.knowledge.store import document_id
from codemie.knowledge.tables import Chunk, DataSource, Document, Generation, UploadedFile, UploadedPart
from codemie.knowledge.uploads import ReceivedFile
from codemie.parts.references import Referring, referring

_COLUMNS = ResourceColumns(
    kind="data_source",
    owner_id=DataSource.owner_id,
    project=DataSource.project,
    shared=DataSource.shared,
    id=DataSource.id,
)
_DISK_FULL = "53100"

_STATUS: Mapping[str, ColumnElement[bool]] = {
    "completed": DataSource.completed.is_(True),
    "failed": DataSource.completed.is_(False) & DataSource.error.is_(True),
    "in_progress": DataSource.completed.is_(False) & DataSource.error.is_(False),
    "queued": DataSource.is_queued.is_(True),
    "fetching": DataSource.is_fetching.is_(True),
}


def resource(source: DataSource) -> Resource:
    """What the policy needs to know of a data source."""
    return Resource("data_source", source.owner_id, source.project, source.shared, id=source.id)


def readable(caller: Caller) -> Select[DataSource]:
    """Every data source the caller may read; the start of every lookup."""
    return select(DataSource).where(readable_filter(caller, _COLUMNS))


async def find(session: AsyncSession, caller: Caller, source_id: str, *, lock: bool = False) -> DataSource | None:
    """A data source by id, if the caller may read it."""
    statement = readable(caller).where(DataSource.id == source_id)
    return await session.scalar(statement.with_for_update(of=DataSource) if lock else statement)


async def find_unchecked(session: AsyncSession, source_id: str, *, lock: bool = False) -> DataSource | None:
    """A data source by id, for callers that ask the policy themselves and for the worker."""
    statement = select(DataSource).where(DataSource.id == source_id)
    return await session.scalar(statement.with_for_update() if lock else statement)


async def guards_over(session: AsyncSession, source_id: str) -> str | None:
    """What stands guard over a data source, as `guardrails` takes it."""
    guards = stored_guards(DataSource.project, "knowledgebase", DataSource.id)
    return await session.scalar(select(guards).where(DataSource.id == source_id))


async def is_hidden(session: AsyncSession, source_id: str) -> bool:
    """Is a data source that was not found there all the same? Where the protocol answers 401 then, else 404."""
    async with row_security.beyond(session, "tell refused from absent"):
        return bool(await session.scalar(select(exists().where(DataSource.id == source_id))))


async def using_integration(session: AsyncSession, caller: Caller, setting_id: str, limit: int) -> Referring:
    """Data sources that are read with an integration."""
    uses = DataSource.setting_id == setting_id
    mine = select(DataSource.id, DataSource.name, DataSource.project).where(uses, readable_filter(caller, _COLUMNS))
    return await referring(session, mine, select(DataSource.id).where(uses), DataSource.name, limit)


async def let_go(session: AsyncSession, integrations: Sequence[str], project: str) -> None:
    """Have the data sources of a project forget integrations that left it."""
    uses = DataSource.setting_id.in_(integrations) & (DataSource.project == project)
    async with row_security.beyond(session, "keep references whole"):
        await session.execute(update(DataSource).where(uses).values(setting_id=None))


async def find_named(session: AsyncSession, project: str, name: str, *, lock: bool = False) -> DataSource | None:
    """A data source by project and name; the caller is checked by who asks."""
    statement = select(DataSource).where(DataSource.project == project, DataSource.name == name)
    return await session.scalar(statement.with_for_update() if lock else statement)


async def readable_named(
    session: AsyncSession, caller: Caller, names: Sequence[str], project: str | None
) -> list[DataSource]:
    """The readable data sources with these names, in one project or in all."""
    statement = readable(caller).where(DataSource.name.in_(names))
    if project is not None:
        statement = statement.where(DataSource.project == project)
    return list(await session.scalars(statement.order_by(DataSource.name, DataSource.project)))


async def readable_many(session: AsyncSession, caller: Caller, ids: Sequence[str]) -> dict[str, DataSource]:
    """Of these data sources those that the caller may read, by id."""
    if not ids:
        return {}
    found = await session.scalars(readable(caller).where(DataSource.id.in_(set(ids))))
    return {source.id: source for source in found}


async def in_project(session: AsyncSession, caller: Caller, project: str, limit: int) -> list[DataSource]:
    """The readable data sources of a project, by name."""
    statement = readable(caller).where(DataSource.project == project).order_by(DataSource.name).limit(limit)
    return list(await session.scalars(statement))


async def listing(
    session: AsyncSession,
    caller: Caller,
    filters: Mapping[str, Any],
    *,
    sort_key: str,
    descending: bool,
    page: int,
    per_page: int,
) -> tuple[list[DataSource], int]:
    """One page of the readable data sources and how many there are. Raises InvalidInput for a filter value."""
    base = readable(caller).where(*_conditions(filters))
    total = await session.scalar(select(func.count()).select_from(base.subquery()))
    column = DataSource.date if sort_key == "date" else DataSource.update_date
    order = (column.desc(), DataSource.id.desc()) if descending else (column.asc(), DataSource.id.asc())
    rows = await session.scalars(base.order_by(*order).limit(per_page).offset(page * per_page))
    return list(rows), int(total or 0)


def _conditions(filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    made = {
        "name": lambda value: _contains(DataSource.name, value),
        "project": lambda value: DataSource.project.in_(_list(value)),
        "index_type": lambda value: DataSource.type.in_(_list(value)),
        "created_by": lambda value: or_(
            *(_contains(DataSource.created_by["name"].astext, one) for one in _list(value)),
        ),
        "status": lambda value: or_(*(_status(one) for one in _list(value))),
        "is_shared": lambda value: DataSource.shared.is_(_boolean(value)),
        "date_range": _between,
    }
    return [made[key](value) for key, value in filters.items() if key in made]


def _contains(column: Any, value: Any) -> ColumnElement[bool]:
    return column.icontains(str(value), autoescape=True)


def _list(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _boolean(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() in {"true", "1", "yes"}


def _status(value: str) -> ColumnElement[bool]:
    if value not in _STATUS:
        raise InvalidInput("Invalid filters", details=f"Unknown status '{value}'. Known: {', '.join(_STATUS)}.")
    return _STATUS[value]


def _between(value: Any) -> ColumnElement[bool]:
    from pydantic import AwareDatetime, NaiveDatetime, TypeAdapter, ValidationError

    if not isinstance(value, dict):
        raise InvalidInput("Invalid filters", details="date_range must be an object with start_date and end_date.")
    moment = TypeAdapter(AwareDatetime | NaiveDatetime)
    condition = DataSource.date.is_not(None)
    try:
        if start := value.get("start_date"):
            condition &= DataSource.date >= moment.validate_python(start)
        if end := value.get("end_date"):
            condition &= DataSource.date <= moment.validate_python(end)
    except ValidationError as error:
        raise InvalidInput("Invalid filters", details="date_range holds a date that cannot be read.") from error
    return condition


async def creators(session: AsyncSession, caller: Caller) -> list[dict[str, Any]]:
    """Who made the data sources the caller may read, by name."""
    made = readable(caller).with_only_columns(DataSource.owner_id, DataSource.created_by)
    made = made.ext(distinct_on(DataSource.owner_id))
    rows = (await session.execute(made.order_by(DataSource.owner_id))).all()
    return sorted((dict(row.created_by) for row in rows), key=lambda person: str(person.get("name", "")).lower())


async def shown_documents(session: AsyncSession, generation: int, limit: int) -> list[str]:
    """Names of indexed documents of a generation, in case-insensitive order."""
    statement = (
        select(Document.source)
        .where(Document.generation_id == generation, Document.skipped_code.is_(None))
        .order_by(func.lower(Document.source), Document.source)
        .limit(limit)
    )
    return list(await session.scalars(statement))


async def skipped_documents(
    session: AsyncSession, generation: int, page: int, per_page: int
) -> tuple[list[Document], int]:
    """One page of the documents that were not indexed, and how many there are."""
    skipped = select(Document).where(Document.generation_id == generation, Document.skipped_code.is_not(None))
    total = await session.scalar(select(func.count()).select_from(skipped.subquery()))
    rows = await session.scalars(skipped.order_by(Document.source).limit(per_page).offset(page * per_page))
    return list(rows), int(total or 0)


async def stored_chunks(session: AsyncSession, generation: int, entries: Sequence[Entry]) -> dict[str, int]:
    """Of listed documents, those stored with that very content, and how many chunks they have (0: skipped)."""
    hashes = {document_id(entry.source): entry for entry in entries}
    statement = select(Document.id, Document.content_hash, Document.chunk_count).where(
        Document.generation_id == generation, Document.id.in_(list(hashes))
    )
    return {
        hashes[row.id].source: row.chunk_count
        for row in await session.execute(statement)
        if hashes[row.id].content_hash == row.content_hash
    }


async def document_count(session: AsyncSession, generation: int) -> int:
    """Documents of a generation, skipped ones included."""
    statement = select(func.count()).select_from(Document).where(Document.generation_id == generation)
    return int(await session.scalar(statement) or 0)


async def fenced_update(session: AsyncSession, source_id: str, run_id: str, **values: Any) -> bool:
    """Change a row on behalf of a run. False when the row is gone or another run took over: nothing was changed."""
    statement = (
        update(DataSource)
        .where(DataSource.id == source_id, DataSource.run_id == run_id)
        .values(update_date=utcnow(), **values)
        .returning(DataSource.id)
        .execution_options(synchronize_session=False)
    )
    return (await session.execute(statement)).first() is not None


async def remove(session: AsyncSession, source: DataSource) -> None:
    """Delete the row with its uploads and what was granted on it."""
    await session.execute(delete(DataSource).where(DataSource.id == source.id))
    # After the row: to an application, a row without a grant is not there.
    await grants_repository.forget(session, source.id)


async def uploaded_files(session: AsyncSession, source_id: str) -> list[UploadedFile]:
    """The files of a file data source, by name."""
    statement = select(UploadedFile).where(UploadedFile.data_source_id == source_id).order_by(UploadedFile.name)
    return list(await session.scalars(statement))


async def forget_files(session: AsyncSession, source_id: str, names: Iterable[str]) -> None:
    """Remove uploaded files by name."""
    await session.execute(
        delete(UploadedFile).where(UploadedFile.data_source_id == source_id, UploadedFile.name.in_(list(names)))
    )


async def keep_file(session: AsyncSession, source_id: str, received: ReceivedFile) -> None:
    """Store a received file, slice by slice. Raises OutOfSpace when the database's disk is full."""
    file_id = new_id()
    row = {
        "id": file_id,
        "data_source_id": source_id,
        "name": received.name,
        "size_bytes": received.size_bytes,
        "sha256": received.sha256,
    }
    try:
        await session.execute(insert(UploadedFile).values(**row))
        for number, content in enumerate(received.slices()):
            await session.execute(insert(UploadedPart).values(file_id=file_id, number=number, content=content))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _DISK_FULL:
            raise
        raise OutOfSpace("There is no disk space left for the upload") from error


async def file_slices(session: AsyncSession, file_id: str) -> AsyncIterator[bytes]:
    """The content of an uploaded file, one slice in memory at a time."""
    number = 0
    statement = select(UploadedPart.content)
    while part := await session.scalar(statement.where(UploadedPart.file_id == file_id, UploadedPart.number == number)):
        yield part
        number += 1


async def identities(session: AsyncSession, source_ids: Sequence[str]) -> list[str]:
    """Identities of the dense vectors that the live generations of data sources hold."""
    statement = (
        select(Generation.dense_identity)
        .join(DataSource, DataSource.live_generation == Generation.id)
        .where(DataSource.id.in_(source_ids), Generation.dense_identity.is_not(None))
        .distinct()
    )
    return [identity for identity in await session.scalars(statement) if identity]


async def passage(session: AsyncSession, generation: int, chunk_id: str) -> tuple[Chunk, str, str] | None:
    """A chunk and the texts before and after it in its document; None when the generation has no such chunk.

    Blank lines are cut off between chunks. They stand here again, so that who counts lines counts those of the file.
    """
    try:
        identifier = str(UUID(chunk_id))
    except ValueError:
        return None
    chunk = await session.scalar(
        select(Chunk)
        .where(Chunk.generation_id == generation, Chunk.id == identifier)
        .options(defer(Chunk.static), defer(Chunk.tsv))
    )
    if chunk is None:
        return None
    around = await session.execute(
        select(Chunk.ordinal, Chunk.body, Chunk.start_line, Chunk.end_line).where(
            Chunk.generation_id == generation,
            Chunk.document_id == chunk.document_id,
            Chunk.ordinal.in_([chunk.ordinal - 1, chunk.ordinal + 1]),
        )
    )
    rows = {row.ordinal: row for row in around}
    before, after = rows.get(chunk.ordinal - 1), rows.get(chunk.ordinal + 1)
    return (
        chunk,
        before.body + _breaks(before.end_line, chunk.start_line) if before else "",
        _breaks(chunk.end_line, after.start_line) + after.body if after else "",
    )


def _breaks(end: int | None, start: int | None) -> str:
    """What ends one line and leads to another; nothing where lines are unknown or both are parts of one line."""
    return "" if end is None or start is None else "\n" * (start - end)


async def names_in(session: AsyncSession, project: str, ids: Sequence[str]) -> dict[str, str]:
    """Names of those of the data sources that are in a project, by id; whoever asks administers it."""
    wanted = select(DataSource.id, DataSource.name).where(DataSource.project == project, DataSource.id.in_(ids))
    return {row[0]: row[1] for row in await session.execute(wanted)}
