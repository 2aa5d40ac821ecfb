"""Users, projects, memberships, and what sessions need."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from codemie.kernel.database import Base, Record, new_id, utcnow


class User(Record):
    """A person or machine that can sign in. Never deleted, only deactivated: other rows name it."""

    __tablename__ = "users"
    __table_args__ = (
        Index("uq_users_email", func.lower(text("email")), unique=True),
        Index("uq_users_username", func.lower(text("username")), unique=True),
        CheckConstraint("user_type IN ('regular', 'external')", name="user_type"),
    )

    username: Mapped[str]
    email: Mapped[str]
    name: Mapped[str]
    picture: Mapped[str | None]
    user_type: Mapped[str] = mapped_column(default="regular")
    is_active: Mapped[bool] = mapped_column(default=True)
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_maintainer: Mapped[bool] = mapped_column(default=False)
    is_auditor: Mapped[bool] = mapped_column(default=False)
    auth_source: Mapped[str] = mapped_column(default="local")
    email_verified: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str | None]
    # Rises with every password change: tokens of an older generation are refused.
    token_generation: Mapped[int] = mapped_column(default=0)
    project_limit: Mapped[int | None]
    knowledge_bases: Mapped[list[str]] = mapped_column(JSONB, default=list)
    last_login_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class Project(Record):
    """What isolates one team's resources from another's. Other rooms refer to it by name."""

    __tablename__ = "projects"
    __table_args__ = (
        # A soft-deleted personal project keeps its row; its name is free again.
        Index("uq_projects_name", func.lower(text("name")), unique=True, postgresql_where=text("deleted_at IS NULL")),
        CheckConstraint("project_type IN ('shared', 'personal')", name="project_type"),
    )

    name: Mapped[str]
    display_name: Mapped[str | None]
    description: Mapped[str | None]
    project_type: Mapped[str] = mapped_column(default="shared")
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    enforce_member_spend_limits: Mapped[bool] = mapped_column(default=False)
    cli_analytics_enabled: Mapped[bool] = mapped_column(default=False)
    deleted_at: Mapped[datetime | None]


class Membership(Base):
    """A user in a project."""

    __tablename__ = "user_projects"
    __table_args__ = (Index("uq_user_projects_default", "user_id", unique=True, postgresql_where=text("is_default")),)

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True, index=True)
    is_project_admin: Mapped[bool] = mapped_column(default=False)
    is_default: Mapped[bool] = mapped_column(default=False)
    date: Mapped[datetime] = mapped_column(default=utcnow)


class UserData(Record):
    """How one user wants the web UI arranged."""

    __tablename__ = "user_data"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    sidebar_view: Mapped[str] = mapped_column(default="flat")


class UserPreferences(Base):
    """What one user pinned and marked as favourite."""

    __tablename__ = "user_preferences"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    pinned_assistants: Mapped[list[str]] = mapped_column(JSONB, default=list)
    favorites: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    update_date: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)


class SigningKey(Base):
    """An RSA key that signs access tokens; ``id`` is the token header's ``kid``."""

    __tablename__ = "signing_keys"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    private_key: Mapped[bytes] = mapped_column(LargeBinary)  # PKCS 8, sealed by kernel.crypto
    date: Mapped[datetime] = mapped_column(default=utcnow)
    retired_at: Mapped[datetime | None]


class RevokedToken(Base):
    """An access token that was logged out before it expired."""

    __tablename__ = "revoked_tokens"

    id: Mapped[str] = mapped_column(primary_key=True)  # the token's jti
    expires_at: Mapped[datetime] = mapped_column(index=True)


class MailToken(Base):
    """A one-time token sent by mail; only its hash is stored."""

    __tablename__ = "mail_tokens"
    __table_args__ = (CheckConstraint("purpose IN ('verify_email', 'reset_password')", name="purpose"),)

    id: Mapped[str] = mapped_column(primary_key=True)  # sha256 of the token, hexadecimal
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    email: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class IdentityLink(Base):
    """Who one of our users is at an identity provider. Only issuer and subject identify somebody, never an address."""

    __tablename__ = "identity_links"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    date: Mapped[datetime] = mapped_column(default=utcnow)
    # Unix time of issue of the token last copied from: an older one, used later, must not undo it.
    synced_at: Mapped[int] = mapped_column(BigInteger, default=0)
    # Unix time at which the provider ended all sessions: tokens issued until then are refused.
    signed_out_at: Mapped[int] = mapped_column(BigInteger, default=0)


class WebSession(Base):
    """A sign-in at the identity provider that this server keeps fresh for a browser."""

    __tablename__ = "web_sessions"
    __table_args__ = (Index("ix_web_sessions_issuer_subject", "issuer", "subject"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str]
    subject: Mapped[str]
    provider_session: Mapped[str | None]  # the provider's `sid`
    tokens: Mapped[bytes] = mapped_column(LargeBinary)  # refresh and ID token, sealed by kernel.crypto
    fresh_until: Mapped[datetime]
    date: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class WebSessionKey(Base):
    """What a browser or command line shows to use a session; only its hash is stored."""

    __tablename__ = "web_session_keys"

    id: Mapped[str] = mapped_column(primary_key=True)  # sha256 of the key, hexadecimal
    session_id: Mapped[str] = mapped_column(ForeignKey("web_sessions.id", ondelete="CASCADE"), index=True)
    date: Mapped[datetime] = mapped_column(default=utcnow)


class ActivityEvent(Base):
    """One line of the audit log; written in the transaction it tells of, never changed."""

    __tablename__ = "activity_events"
    __table_args__ = (
        Index("ix_activity_events_domain_event_type", "domain", "event_type"),
        Index("ix_activity_events_created_at_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    domain: Mapped[str]
    event_type: Mapped[str]
    entity_type: Mapped[str]
    entity_id: Mapped[str] = mapped_column(index=True)
    actor_id: Mapped[str | None] = mapped_column(index=True)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
