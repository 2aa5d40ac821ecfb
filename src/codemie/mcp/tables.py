"""The catalogue of MCP servers, who uses its entries, and people's sign-ins at servers."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from codemie.kernel.database import Base, Record, utcnow

JsonObject = dict[str, Any]


class McpConfig(Record):
    """A server that administrators offer to everybody. Secrets inside ``config`` are sealed."""

    __tablename__ = "mcp_configs"
    __table_args__ = (Index("uq_mcp_configs_name", text("lower(name)"), unique=True),)

    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    server_home_url: Mapped[str | None] = mapped_column(Text)
    source_url: Mapped[str | None] = mapped_column(Text)
    logo_url: Mapped[str | None] = mapped_column(Text)
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'::text[]"))
    config: Mapped[JsonObject] = mapped_column(JSONB)
    auth_config_id: Mapped[str | None] = mapped_column(Text, unique=True)
    required_env_vars: Mapped[list[JsonObject]] = mapped_column(JSONB, default=list, server_default=text("'[]'::jsonb"))
    user_id: Mapped[str] = mapped_column(Text)
    created_by: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    is_public: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))
    is_system: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))
    is_active: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))


class McpConfigUse(Base):
    """One assistant that refers to an entry of the catalogue; an entry in use is not deleted."""

    __tablename__ = "mcp_config_uses"

    user_kind: Mapped[str] = mapped_column(Text, primary_key=True)
    used_by: Mapped[str] = mapped_column(Text, primary_key=True)
    config_id: Mapped[str] = mapped_column(ForeignKey("mcp_configs.id"), primary_key=True, index=True)


class McpAuthServer(Base):
    """A server that asked for a sign-in: where to sign in, and the client we are there.

    The id is a digest of the server's address and its entry in the catalogue, so a token given for one address is
    never sent to another.
    """

    __tablename__ = "mcp_auth_servers"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    config_id: Mapped[str | None] = mapped_column(ForeignKey("mcp_configs.id", ondelete="CASCADE"), index=True)
    resource: Mapped[str] = mapped_column(Text)
    scope: Mapped[str | None] = mapped_column(Text)
    # RFC 8414, as the authorization server published it.
    endpoints: Mapped[JsonObject] = mapped_column(JSONB)
    client: Mapped[bytes | None] = mapped_column(LargeBinary)
    redirect_uri: Mapped[str | None] = mapped_column(Text)
    date: Mapped[datetime] = mapped_column(default=utcnow)


class McpSignIn(Base):
    """A person's tokens at a server, sealed."""

    __tablename__ = "mcp_sign_ins"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    server_id: Mapped[str] = mapped_column(ForeignKey("mcp_auth_servers.id", ondelete="CASCADE"), primary_key=True)
    tokens: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime | None] = mapped_column()
    date: Mapped[datetime] = mapped_column(default=utcnow)


class McpSignInAttempt(Base):
    """A sign-in under way: whose, at which server, and in which browser it was started."""

    __tablename__ = "mcp_sign_in_attempts"

    state_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    server_id: Mapped[str] = mapped_column(ForeignKey("mcp_auth_servers.id", ondelete="CASCADE"))
    verifier: Mapped[bytes] = mapped_column(LargeBinary)
    redirect_uri: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(index=True)
