"""Users, projects, memberships, signing keys, tokens and the audit log.

Revision ID: 0002_identity
Revises: 0001_kernel
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002_identity"
down_revision = "0001_kernel"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, _MOMENT, nullable=False, server_default=sa.func.now())


def _record_columns() -> list[sa.Column[object]]:
    return [sa.Column("id", sa.Text(), primary_key=True), _moment("date"), _moment("update_date")]


def _text(name: str, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _flag(name: str, default: sa.ColumnElement[bool] | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false() if default is None else default)


def _user_id(*, primary_key: bool = False) -> sa.Column[object]:
    owner = sa.ForeignKey("users.id", ondelete="CASCADE")
    return sa.Column("user_id", sa.Text(), owner, primary_key=primary_key, nullable=False)


def upgrade() -> None:
    _create_users()
    _create_projects()
    _create_personal_settings()
    _create_keys_and_tokens()
    _create_audit_log()


def _create_users() -> None:
    op.create_table(
        "users",
        *_record_columns(),
        _text("username"),
        _text("email"),
        _text("name"),
        sa.Column("picture", sa.Text()),
        _text("user_type", "regular"),
        _flag("is_active", sa.true()),
        _flag("is_admin"),
        _flag("is_maintainer"),
        _flag("is_auditor"),
        _text("auth_source", "local"),
        _flag("email_verified"),
        sa.Column("password_hash", sa.Text()),
        sa.Column("token_generation", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("project_limit", sa.Integer()),
        sa.Column("last_login_at", _MOMENT),
        sa.Column("deleted_at", _MOMENT),
        sa.CheckConstraint("user_type IN ('regular', 'external')", name=op.f("ck_users_user_type")),
    )
    op.create_index("uq_users_email", "users", [sa.text("lower(email)")], unique=True)
    op.create_index("uq_users_username", "users", [sa.text("lower(username)")], unique=True)


def _create_projects() -> None:
    op.create_table(
        "projects",
        *_record_columns(),
        _text("name"),
        sa.Column("display_name", sa.Text()),
        sa.Column("description", sa.Text()),
        _text("project_type", "shared"),
        sa.Column("created_by", sa.Text(), sa.ForeignKey("users.id"), index=True),
        sa.Column("deleted_at", _MOMENT),
        sa.CheckConstraint("project_type IN ('shared', 'personal')", name=op.f("ck_projects_project_type")),
    )
    op.create_index(
        "uq_projects_name",
        "projects",
        [sa.text("lower(name)")],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "user_projects",
        _user_id(primary_key=True),
        sa.Column(
            "project_id",
            sa.Text(),
            sa.ForeignKey("projects.id", ondelete="CASCADE"),
            primary_key=True,
            nullable=False,
            index=True,
        ),
        _flag("is_project_admin"),
        _flag("is_default"),
        _moment("date"),
    )
    op.create_index(
        "uq_user_projects_default", "user_projects", ["user_id"], unique=True, postgresql_where=sa.text("is_default")
    )


def _create_personal_settings() -> None:
    op.create_table(
        "user_data", *_record_columns(), _user_id(), _text("sidebar_view", "flat"), sa.UniqueConstraint("user_id")
    )
    op.create_table(
        "user_preferences",
        _user_id(primary_key=True),
        sa.Column("pinned_assistants", JSONB(), nullable=False, server_default="[]"),
        sa.Column("favorites", JSONB(), nullable=False, server_default="{}"),
        _moment("update_date"),
    )


def _create_keys_and_tokens() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("private_key", sa.LargeBinary(), nullable=False),
        _moment("date"),
        sa.Column("retired_at", _MOMENT),
    )
    op.create_table(
        "revoked_tokens",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("expires_at", _MOMENT, nullable=False, index=True),
    )
    op.create_table(
        "mail_tokens",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
        _text("purpose"),
        _text("email"),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT),
        sa.CheckConstraint("purpose IN ('verify_email', 'reset_password')", name=op.f("ck_mail_tokens_purpose")),
    )


def _create_audit_log() -> None:
    op.create_table(
        "activity_events",
        sa.Column("id", sa.Text(), primary_key=True),
        _text("domain"),
        _text("event_type"),
        _text("entity_type"),
        sa.Column("entity_id", sa.Text(), nullable=False, index=True),
        sa.Column("actor_id", sa.Text(), index=True),
        sa.Column("attributes", JSONB(), nullable=False, server_default="{}"),
        sa.Column("created_at", _MOMENT, nullable=False, server_default=sa.func.now(), index=True),
    )
    op.create_index("ix_activity_events_domain_event_type", "activity_events", ["domain", "event_type"])


def downgrade() -> None:
    for table in (
        "activity_events",
        "mail_tokens",
        "revoked_tokens",
        "signing_keys",
        "user_preferences",
        "user_data",
        "user_projects",
        "projects",
        "users",
    ):
        op.drop_table(table)
