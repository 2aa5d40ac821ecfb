"""Settings of projects, the default projects, personal access tokens, and an audit log that nobody rewrites.

Revision ID: 0008_identity_administration
Revises: 0007_single_sign_on
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008_identity_administration"
down_revision = "0007_single_sign_on"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for flag in ("enforce_member_spend_limits", "cli_analytics_enabled"):
        op.add_column("projects", sa.Column(flag, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "INSERT INTO projects (id, name, project_type) SELECT gen_random_uuid()::text, name, 'shared' "
        "FROM (VALUES ('demo'), ('codemie')) AS wanted (name) ON CONFLICT DO NOTHING"
    )
    _create_personal_tokens()
    _seal_audit_log()


def _create_personal_tokens() -> None:
    op.create_table(
        "personal_tokens",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("can_write", sa.Boolean(), nullable=False),
        sa.Column("projects", JSONB(), nullable=True),
        sa.Column("date", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("last_used_at", _MOMENT),
        sa.Column("revoked_at", _MOMENT),
    )


def _seal_audit_log() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_change_of_activity_events() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'activity_events is append-only: % is refused', TG_OP
                USING ERRCODE = 'insufficient_privilege';
        END
        $$
        """
    )
    op.execute(
        "CREATE TRIGGER activity_events_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON activity_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_activity_events()"
    )
    op.create_index("ix_activity_events_created_at_id", "activity_events", ["created_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_activity_events_created_at_id", "activity_events")
    op.execute("DROP TRIGGER activity_events_are_append_only ON activity_events")
    op.execute("DROP FUNCTION refuse_change_of_activity_events()")
    op.drop_table("personal_tokens")
    for flag in ("enforce_member_spend_limits", "cli_analytics_enabled"):
        op.drop_column("projects", flag)
