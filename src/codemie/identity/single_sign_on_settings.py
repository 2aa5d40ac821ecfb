"""Settings for signing in at an OpenID Connect provider (``identity.mode: oidc``). Defaults are Keycloak's claims."""

from typing import Any, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from codemie.kernel.settings import Section

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Signatures with a public key. Others cannot be configured: whoever checks an HMAC could also forge it."""

_LISTS = ("oidc_audience", "oidc_algorithms", "oidc_scopes", "oidc_logout_clients", "sign_in_roles")
_LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")


class SingleSignOnSettings(Section):
    """The part of the identity settings that only ``oidc`` reads."""

    oidc_issuer: str | None = Field(
        default=None, description="Issuer of the identity provider, exactly as its discovery document and tokens say."
    )
    oidc_name: str | None = Field(
        default=None,
        max_length=40,
        description="What the sign-in button calls the provider, e.g. Okta. Unset: the issuer's host name.",
    )
    oidc_discovery_url: str | None = Field(
        default=None, description="Address of the discovery document. Unset: below the issuer, as the standard says."
    )
    oidc_audience: tuple[str, ...] = Field(
        default=("codemie",), min_length=1, description="An access token must be meant for one of these audiences."
    )
    oidc_algorithms: tuple[str, ...] = Field(
        default=("RS256", "PS256", "ES256"), min_length=1, description="Signature algorithms accepted."
    )
    oidc_allow_http: bool = Field(
        default=False, description="Accept an identity provider without TLS that is not on this machine."
    )
    oidc_timeout_seconds: float = Field(default=5, gt=0, le=60, description="Patience with the identity provider.")
    oidc_keys_seconds: float = Field(
        default=300, ge=10, le=86_400, description="How long the provider's signing keys are used before a new look."
    )
    oidc_client_id: str | None = Field(
        default=None,
        description="Our client at the provider. Set: the sign-in page offers single sign-on. Unset: only tokens, "
        "from machines or through oauth2-proxy.",
    )
    oidc_client_secret: SecretStr | None = Field(default=None, description="Its secret; unset for a public client.")
    oidc_scopes: tuple[str, ...] = Field(
        default=("openid", "profile", "email"), description="Scopes asked for at sign-in."
    )
    oidc_logout_clients: tuple[str, ...] = Field(
        default=("oauth2-proxy",),
        description="Other clients at the provider whose back-channel sign-outs end sessions here too, such as that of "
        "a proxy in front.",
    )
    oidc_redirect_uri: str | None = Field(
        default=None, description="Where the provider sends browsers back. Unset: <frontend_url>/v1/auth/callback."
    )
    oidc_web_claims: Literal["access_token", "id_token"] = Field(
        default="access_token",
        description="Which token says who signed in with the browser: id_token for providers whose access tokens "
        "are opaque or made for somebody else.",
    )
    oidc_provider_hint: str | None = Field(
        default=None,
        max_length=100,
        description="Which identity provider behind Keycloak signs people in (its alias there), without asking them. "
        "Sent as kc_idp_hint.",
    )
    web_session_hours: float = Field(default=12, gt=0, le=720, description="Longest life of a browser's session.")
    sign_out_url: str | None = Field(
        default=None,
        description="Where signing out leads when a proxy keeps the session, e.g. /oauth2/sign_out?rd=/oauth2/sign_in.",
    )
    personal_token_sign_in_days: float = Field(
        default=30,
        ge=0,
        le=3_650,
        description="A personal access token works only while its owner has signed in at the provider within so many "
        "days: that is when the provider says who is still there. 0: it never asks.",
    )
    membership_sync: Literal["first_login", "every_login"] = Field(
        default="first_login",
        description="When a token's projects and roles are copied. first_login: once, then they are managed here. "
        "every_login: always; the provider is the truth, and what it takes away is gone with the next token.",
    )
    link_by_email: bool = Field(
        default=False, description="Let a verified address of the provider take over the existing account with it."
    )
    sign_in_roles: tuple[str, ...] = Field(
        default=("developer", "admin", "maintainer", "auditor"),
        description="One of these roles is needed to use the platform; empty: none is.",
    )
    admin_role: str = Field(default="admin", description="Role that makes an administrator.")
    maintainer_role: str = Field(default="maintainer", description="Role that makes a maintainer.")
    auditor_role: str = Field(default="auditor", description="Role that makes an auditor.")
    claim_id: str = Field(default="sub", description="Claim with the unchanging id of the user at the provider.")
    claim_email: str = Field(default="email", description="Claim with the e-mail address.")
    claim_email_verified: str = Field(default="email_verified", description="Claim that says the address is checked.")
    claim_username: str = Field(default="preferred_username", description="Claim with the user name.")
    claim_name: str = Field(default="name", description="Claim with the name shown to people.")
    claim_picture: str = Field(default="picture", description="Claim with the address of a picture.")
    claim_roles: str = Field(default="realm_access.roles", description="Claim with the roles; dots lead inside.")
    claim_projects: str = Field(default="applications", description="Claim with the user's projects.")
    claim_admin_projects: str = Field(
        default="applications_admin", description="Claim with the projects the user administers."
    )
    claim_knowledge_bases: str = Field(default="knowledge_bases", description="Claim with knowledge bases.")
    claim_user_type: str = Field(default="user_type", description="Claim that says regular or external.")
    claim_guest: str = Field(default="guest", description="Claim that, when true, makes the user external.")

    @field_validator(*_LISTS, mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("oidc_algorithms")
    @classmethod
    def _asymmetric(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [name for name in value if name not in ALGORITHMS]:
            raise ValueError(f"must not name {', '.join(unknown)}; known are {', '.join(ALGORITHMS)}")
        return value

    @field_validator("oidc_issuer", "oidc_discovery_url", "oidc_redirect_uri")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError("must be an https address")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if getattr(self, "mode", None) != "oidc":
            return self
        for name, problem in self._problems().items():
            raise ValueError(f"identity.{name} (CODEMIE_IDENTITY_{name.upper()}) {problem}")
        return self

    def _problems(self) -> dict[str, Any]:
        """What is missing or contradictory in mode oidc, by setting."""
        found: dict[str, Any] = {}
        if self.oidc_issuer is None:
            found["oidc_issuer"] = "must be set when identity.mode is oidc"
        for name in ("oidc_issuer", "oidc_discovery_url"):
            address = getattr(self, name)
            if address and not self.oidc_allow_http and not address.startswith(("https://", *_LOOPBACK)):
                found[name] = "must be an https address (or set identity.oidc_allow_http)"
        if self.oidc_client_secret and not self.oidc_client_id:
            found["oidc_client_id"] = "must be set when identity.oidc_client_secret is"
        if getattr(self, "dev_identities", False):
            found["dev_identities"] = "must be off when identity.mode is oidc"
        if "openid" not in self.oidc_scopes:
            found["oidc_scopes"] = "must contain openid"
        return found
