"""Users of an identity provider: who they are there, and their sessions in the browser.

Revision ID: 0007_single_sign_on
Revises: 0006_conversations
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007_single_sign_on"
down_revision = "0006_conversations"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _text(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _user() -> sa.Column[object]:
    return sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True)


def upgrade() -> None:
    op.add_column("users", sa.Column("knowledge_bases", JSONB(), nullable=False, server_default="[]"))
    op.create_table(
        "identity_links",
        sa.Column("issuer", sa.Text(), primary_key=True),
        sa.Column("subject", sa.Text(), primary_key=True),
        _user(),
        sa.Column("date", _MOMENT, nullable=False),
        sa.Column("synced_at", sa.BigInteger(), nullable=False),
        sa.Column("signed_out_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "web_sessions",
        sa.Column("id", sa.Text(), primary_key=True),
        _user(),
        _text("issuer"),
        _text("subject"),
        _text("provider_session", nullable=True),
        sa.Column("tokens", sa.LargeBinary(), nullable=False),
        sa.Column("fresh_until", _MOMENT, nullable=False),
        sa.Column("date", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False, index=True),
        sa.Index("ix_web_sessions_issuer_subject", "issuer", "subject"),
    )
    op.create_table(
        "web_session_keys",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column(
            "session_id",
            sa.Text(),
            sa.ForeignKey("web_sessions.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("date", _MOMENT, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("web_session_keys")
    op.drop_table("web_sessions")
    op.drop_table("identity_links")
    op.drop_column("users", "knowledge_bases")
