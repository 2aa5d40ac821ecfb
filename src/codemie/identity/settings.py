"""Settings of the identity room."""

from ipaddress import ip_network
from pathlib import Path
from typing import Literal, cast

from pydantic import Field, SecretStr, field_validator

from codemie.identity.single_sign_on_settings import SingleSignOnSettings


class IdentitySettings(SingleSignOnSettings):
    """Who may sign in, and how."""

    mode: Literal["local", "oidc"] = Field(
        default="local",
        description="Where identities come from. local: accounts kept here. oidc: an OpenID Connect provider, "
        "such as Keycloak, Okta or Entra ID.",
    )
    master_key: SecretStr | None = Field(
        default=None,
        description="Keys that encrypt stored secrets, newest first, separated by commas: 32 bytes in base64, or "
        "wrapped by a key service. Unset: master.key in the home folder.",
        json_schema_extra={"env": "CODEMIE_MASTER_KEY"},
    )
    admin_email: str = Field(
        default="admin@codemie.ai",
        min_length=3,
        max_length=254,
        description="E-mail address of the first administrator.",
        json_schema_extra={"env": "CODEMIE_ADMIN_EMAIL"},
    )
    admin_password: SecretStr | None = Field(
        default=None,
        description="Password of the first administrator. Unset: one is generated and printed once.",
        json_schema_extra={"env": "CODEMIE_ADMIN_PASSWORD"},
    )
    issuer: str = Field(default="codemie-local", min_length=1, description="Issuer of our own access tokens.")
    audience: str = Field(default="codemie", min_length=1, description="Audience of our own access tokens.")
    token_hours: float = Field(
        default=24, gt=0, le=720, description="Life of an access token and of the sign-in cookie."
    )
    leeway_seconds: int = Field(
        default=30, ge=0, le=300, description="Clock difference tolerated when tokens are checked."
    )
    cache_seconds: float = Field(
        default=30,
        ge=0,
        le=60,
        description="How long a verified token and its user are remembered; delay of a role change.",
    )
    cookie_name: str = Field(
        default="codemie_access_token", pattern=r"^[A-Za-z0-9_-]+$", description="Name of the sign-in cookie."
    )
    cookie_secure: bool | None = Field(
        default=None, description="Send the cookie over https only. Unset: whenever the platform is reached by https."
    )
    password_min_length: int = Field(default=12, ge=8, le=128, description="Characters a password must have.")
    login_failures: int = Field(
        default=10, ge=0, description="Wrong passwords for one account from one address per window; 0: unlimited."
    )
    login_failures_per_address: int = Field(
        default=100, ge=0, description="Wrong passwords from one address per window, over all accounts; 0: unlimited."
    )
    login_window_seconds: float = Field(default=900, gt=0, description="Window in which wrong passwords are counted.")
    refusals_per_minute: int = Field(
        default=300,
        ge=0,
        description="Bad tokens, cookies and returns from the identity provider accepted from one address per minute "
        "before it has to wait; 0: unlimited.",
    )
    trusted_proxies: tuple[str, ...] = Field(
        default=(),
        description="Addresses or networks of the proxies in front, whose X-Forwarded-For tells the client's address. "
        "Unset: everybody behind a proxy is counted as one client.",
    )
    mail_requests_per_hour: int = Field(
        default=10,
        ge=0,
        description="Registrations and password resets accepted from one address per hour; 0: unlimited.",
    )
    registration: bool = Field(default=False, description="Whether visitors may create accounts for themselves.")
    email_verification: bool = Field(
        default=False, description="Whether an address must be confirmed by mail before its account can sign in."
    )
    project_limit: int = Field(default=3, ge=0, description="Shared projects a new user may create.")
    spend_tracking: bool = Field(
        default=True, description="Add up what projects spent, at the time set and when administrators ask for it."
    )
    spend_tracking_cron: str = Field(
        default="0 23 * * *", description="When the worker adds up what projects spent (cron, UTC)."
    )
    external_user_projects: tuple[str, ...] = Field(
        default=("codemie",), description="Projects whose published assistants external users see."
    )
    applications_file: Path | None = Field(
        default=None, description="YAML file with the applications that data sources may be granted to. Unset: none."
    )
    applications_key_domains: tuple[str, ...] = Field(
        default=(),
        description="Domains from which public keys of applications may be fetched, by https. Unset: only from files.",
    )
    dev_identities: bool = Field(
        default=False,
        description="Accept an unverified 'user-id' or 'Authorization: dev-…' header, from this machine only. "
        "Whoever reaches the port is administrator: for development alone.",
    )
    smtp_host: str | None = Field(default=None, description="Mail server. Unset: no mail is sent.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_username: str | None = Field(default=None, description="Account at the mail server.")
    smtp_password: SecretStr | None = Field(default=None, description="Password at the mail server.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="Encryption towards the mail server."
    )
    mail_sender: str = Field(default="codemie@localhost", description="Sender address of mails.")

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        listed: object = tuple(value.replace(",", " ").split()) if isinstance(value, str) else value
        if isinstance(listed, tuple | list):
            return tuple(_network(str(entry)) for entry in cast("tuple[object, ...]", listed))
        return listed

    @field_validator("applications_key_domains", mode="after")
    @classmethod
    def _domains(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name.strip(".").lower() for name in value)

    @field_validator("external_user_projects", "applications_key_domains", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value

    @field_validator("admin_email")
    @classmethod
    def _address(cls, value: str) -> str:
        if "@" not in value.strip("@"):
            raise ValueError("must be an e-mail address")
        return value.strip().lower()


def _network(entry: str) -> str:
    try:
        return str(ip_network(entry))
    except ValueError as error:
        raise ValueError(f"must be addresses or networks such as 10.0.0.0/8; '{entry}' is neither") from error
