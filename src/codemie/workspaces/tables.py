"""Workspaces and their files."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from codemie.kernel.database import Base, Record


class Workspace(Record):
    """The files of one person in one conversation."""

    __tablename__ = "workspaces"

    conversation_id: Mapped[str]
    """Free text, as conversations' ids are; the workspace may be there before the conversation is."""
    user_id: Mapped[str]
    name: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="active", server_default="active")

    __table_args__ = (
        UniqueConstraint("conversation_id", "user_id", name="uq_workspaces_conversation_user"),
        Index("ix_workspaces_user_id", "user_id", "update_date"),
    )


class WorkspaceFile(Base):
    """One file. A deleted one stays as an empty row: its versions go on, and a file of the chat it hid stays hidden."""

    __tablename__ = "workspace_files"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    mime_type: Mapped[str]
    checksum: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(default=1)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    is_deleted: Mapped[bool] = mapped_column(default=False, server_default="false")
    update_date: Mapped[datetime] = mapped_column(server_default=func.now())
