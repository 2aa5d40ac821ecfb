"""SQL of workspaces."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, Text, any_, delete, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from codemie.kernel.database import new_id, utcnow
from codemie.workspaces.tables import Workspace, WorkspaceFile


async def find(session: AsyncSession, user_id: str, workspace_id: str) -> Workspace | None:
    """A workspace of that person."""
    return await session.scalar(select(Workspace).where(Workspace.id == workspace_id, Workspace.user_id == user_id))


async def of_conversation(session: AsyncSession, user_id: str, conversation_id: str) -> Workspace | None:
    """A person's workspace in a conversation."""
    statement = select(Workspace).where(Workspace.conversation_id == conversation_id, Workspace.user_id == user_id)
    return await session.scalar(statement)


async def create(session: AsyncSession, user_id: str, conversation_id: str, name: str | None) -> Workspace:
    """A person's workspace in a conversation, made if it is not there."""
    values = {"id": new_id(), "conversation_id": conversation_id, "user_id": user_id, "name": name}
    await session.execute(insert(Workspace).values(values).on_conflict_do_nothing())
    found = await of_conversation(session, user_id, conversation_id)
    assert found is not None  # noqa: S101 - it was there, or has just been made
    return found


async def count(session: AsyncSession, user_id: str) -> int:
    """How many workspaces a person has."""
    statement = select(func.count()).where(Workspace.user_id == user_id)
    return (await session.execute(statement)).scalar_one()


async def owned(session: AsyncSession, user_id: str, limit: int) -> Sequence[Workspace]:
    """A person's workspaces, last changed first."""
    statement = select(Workspace).where(Workspace.user_id == user_id)
    return (await session.scalars(statement.order_by(Workspace.update_date.desc(), Workspace.id).limit(limit))).all()


async def hold(session: AsyncSession, workspace_id: str) -> None:
    """Let nobody else change the workspace's files until the transaction ends, so that quotas and versions hold."""
    await session.execute(text("SELECT 1 FROM workspaces WHERE id = :id FOR UPDATE"), {"id": workspace_id})


async def files(session: AsyncSession, workspace_id: str) -> Sequence[WorkspaceFile]:
    """All files without their content, the deleted ones too, by path."""
    statement = select(WorkspaceFile).where(WorkspaceFile.workspace_id == workspace_id).order_by(WorkspaceFile.path)
    return (await session.scalars(statement)).all()


async def file(session: AsyncSession, workspace_id: str, path: str) -> WorkspaceFile | None:
    """One file with its content, maybe a deleted one."""
    statement = select(WorkspaceFile).where(WorkspaceFile.workspace_id == workspace_id, WorkspaceFile.path == path)
    return await session.scalar(statement.options(undefer(WorkspaceFile.content)))


async def store(session: AsyncSession, file: WorkspaceFile) -> WorkspaceFile:
    """Write a file; the next version of the one that is there."""
    values = {
        name: getattr(file, name)
        for name in ("workspace_id", "path", "mime_type", "checksum", "size_bytes", "content", "is_deleted")
    }
    values |= {"version": 1, "update_date": utcnow()}
    changed = {name: values[name] for name in values if name not in {"workspace_id", "path", "version"}}
    statement = (
        insert(WorkspaceFile)
        .values(values)
        .on_conflict_do_update(
            index_elements=[WorkspaceFile.workspace_id, WorkspaceFile.path],
            set_={**changed, "version": WorkspaceFile.version + 1},
        )
        .returning(WorkspaceFile)
    )
    stored = (await session.scalars(statement, execution_options={"populate_existing": True})).one()
    await session.execute(text("UPDATE workspaces SET update_date = now() WHERE id = :id"), {"id": file.workspace_id})
    return stored


async def remove_of(session: AsyncSession, user_id: str, conversation_ids: Sequence[str]) -> None:
    """Delete a person's workspaces in some conversations."""
    among = Workspace.conversation_id == any_(literal(list(conversation_ids), ARRAY(Text)))
    await session.execute(delete(Workspace).where(Workspace.user_id == user_id, among))


async def remove_all(session: AsyncSession, user_id: str) -> None:
    """Delete all workspaces of a person."""
    await session.execute(delete(Workspace).where(Workspace.user_id == user_id))


async def purge(session: AsyncSession, unused_since: datetime, conversations: Select[str]) -> int:
    """Delete workspaces of conversations that are not among these, untouched for a while; how many those were."""
    forgotten = delete(Workspace).where(
        Workspace.update_date < unused_since, Workspace.conversation_id.not_in(conversations)
    )
    return len((await session.scalars(forgotten.returning(Workspace.id))).all())
