"""The catalogue of MCP servers, who uses it, and people's sign-ins at servers.

Revision ID: 0015_mcp
Revises: 0011_conversation_checkpoints
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0015_mcp"
down_revision = "0011_conversation_checkpoints"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_catalogue()
    _create_sign_ins()


def downgrade() -> None:
    for table in ("mcp_sign_in_attempts", "mcp_sign_ins", "mcp_auth_servers", "mcp_config_uses", "mcp_configs"):
        op.drop_table(table)


def _create_catalogue() -> None:
    op.create_table(
        "mcp_configs",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("date", _MOMENT, nullable=False),
        sa.Column("update_date", _MOMENT, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text()) for name in ("description", "server_home_url", "source_url", "logo_url")),
        sa.Column("categories", ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'::text[]")),
        sa.Column("config", JSONB(), nullable=False),
        sa.Column("auth_config_id", sa.Text(), unique=True),
        sa.Column("required_env_vars", JSONB(), nullable=False, server_default=sa.text("'[]'::jsonb")),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("created_by", JSONB()),
        *(
            sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true())
            for name in ("is_public", "is_system", "is_active")
        ),
    )
    op.create_index("uq_mcp_configs_name", "mcp_configs", [sa.text("lower(name)")], unique=True)
    op.create_table(
        "mcp_config_uses",
        sa.Column("user_kind", sa.Text(), primary_key=True),
        sa.Column("used_by", sa.Text(), primary_key=True),
        sa.Column("config_id", sa.Text(), sa.ForeignKey("mcp_configs.id"), primary_key=True, index=True),
    )


def _create_sign_ins() -> None:
    user = sa.ForeignKey("users.id", ondelete="CASCADE")
    op.create_table(
        "mcp_auth_servers",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("config_id", sa.Text(), sa.ForeignKey("mcp_configs.id", ondelete="CASCADE"), index=True),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text()),
        sa.Column("endpoints", JSONB(), nullable=False),
        sa.Column("client", sa.LargeBinary()),
        sa.Column("redirect_uri", sa.Text()),
        sa.Column("date", _MOMENT, nullable=False),
    )
    op.create_table(
        "mcp_sign_ins",
        sa.Column("user_id", sa.Text(), user, primary_key=True),
        sa.Column("server_id", sa.Text(), _server(), primary_key=True),
        sa.Column("tokens", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", _MOMENT),
        sa.Column("date", _MOMENT, nullable=False),
    )
    op.create_table(
        "mcp_sign_in_attempts",
        sa.Column("state_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("server_id", sa.Text(), _server(), nullable=False),
        sa.Column("verifier", sa.LargeBinary(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False, index=True),
    )


def _server() -> sa.ForeignKey:
    return sa.ForeignKey("mcp_auth_servers.id", ondelete="CASCADE")
