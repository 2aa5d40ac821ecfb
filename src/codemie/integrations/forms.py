"""How a person fills in a credential: in which group its type stands, and what kind of field each key is.

The catalogue knows what the wire knows; this page knows only what a form needs beyond it. A type that is not named here
stands among the others, and a key that is not named is a line of text.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from codemie.integrations.catalogue import NO_URL, TYPES, CredentialType, Key
from codemie.integrations.git_servers import BY_NAME, KIND_KEY, STATED
from codemie.integrations.probes.systems import PROBES
from codemie.integrations.schemas import IntegrationKey, IntegrationType, KeyCondition, KeyKind

_GROUPS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Code": ("Git", "AzureDevOps", "SVN", "Sonar"),
        "Planning and pages": ("Jira", "Confluence", "ServiceNow", "XWiki", "SharePoint"),
        "Cloud": ("AWS", "GCP", "Azure", "Kubernetes"),
        "Data and APIs": ("OpenAPI", "SQL", "Elastic", "FileSystem"),
        "Tests": ("ReportPortal", "Xray", "ZephyrScale", "ZephyrCloud", "ZephyrSquad"),
        "Messages": ("Email", "Telegram"),
        "Models and agents": ("MCP", "A2A", "LiteLLM", "DIAL", "Plugin"),
        "Identity": ("Keycloak",),
    }
)
_OTHER: Final = "Other"
_GROUP_OF: Final = {name: group for group, names in _GROUPS.items() for name in names}

_NOT_TYPED: Final = frozenset({"AuthToken", "GoogleOAuth", "Webhook", "Scheduler", "MSTeams", "MSExchange"})
"""Made by the platform or by what they start, never typed into a form."""

_CHOICES: Final[Mapping[tuple[str, str], tuple[str, ...]]] = MappingProxyType(
    {
        ("Git", KIND_KEY): (BY_NAME, *STATED),
        ("Git", "auth_type"): ("pat", "github_app"),
        ("SVN", "auth_type"): ("basic", "ssh"),
        ("Email", "auth_type"): ("basic", "oauth_azure"),
        ("SharePoint", "auth_type"): ("app", "oauth"),
        ("A2A", "auth_type"): ("bearer", "basic", "apikey", "aws_signature"),
        ("SQL", "dialect"): ("postgres", "mysql", "mssql", "influxdb"),
    }
)
_LONG: Final = frozenset({"private_key", "ssh_key", "gcp_api_key", "openapi_spec", "ca_certificate"})

_WHEN: Final[Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        ("Git", "name"): ("auth_type", ("pat",)),
        ("Git", "token"): ("auth_type", ("pat",)),
        ("Git", "use_header_auth"): ("auth_type", ("pat",)),
        ("Git", "app_id"): ("auth_type", ("github_app",)),
        ("Git", "private_key"): ("auth_type", ("github_app",)),
        ("Git", "installation_id"): ("auth_type", ("github_app",)),
        ("SVN", "password"): ("auth_type", ("basic",)),
        ("SVN", "ssh_key"): ("auth_type", ("ssh",)),
        ("SVN", "ssh_passphrase"): ("auth_type", ("ssh",)),
        ("SQL", "database_name"): ("dialect", ("postgres", "mysql", "mssql")),
        ("SQL", "username"): ("dialect", ("postgres", "mysql", "mssql")),
        ("SQL", "password"): ("dialect", ("postgres", "mysql", "mssql")),
        ("SQL", "token"): ("dialect", ("influxdb",)),
        ("SQL", "org"): ("dialect", ("influxdb",)),
        ("SQL", "bucket"): ("dialect", ("influxdb",)),
        ("Email", "smtp_username"): ("auth_type", ("basic",)),
        ("Email", "smtp_password"): ("auth_type", ("basic",)),
        ("Email", "oauth_from_email"): ("auth_type", ("oauth_azure",)),
        ("Email", "oauth_client_id"): ("auth_type", ("oauth_azure",)),
        ("Email", "oauth_client_secret"): ("auth_type", ("oauth_azure",)),
        ("Email", "oauth_tenant_id"): ("auth_type", ("oauth_azure",)),
        ("Email", "oauth_authority"): ("auth_type", ("oauth_azure",)),
        ("Email", "oauth_scope"): ("auth_type", ("oauth_azure",)),
        ("Email", "refresh_token"): ("auth_type", ("oauth_azure",)),
        ("OpenAPI", "openapi_username"): ("is_basic_auth", ("true",)),
        ("OpenAPI", "auth_header_name"): ("is_basic_auth", ("false",)),
        ("SharePoint", "client_secret"): ("auth_type", ("app",)),
        ("SharePoint", "access_token"): ("auth_type", ("oauth",)),
        ("SharePoint", "refresh_token"): ("auth_type", ("oauth",)),
        ("SharePoint", "expires_at"): ("auth_type", ("oauth",)),
        ("A2A", "auth_value"): ("auth_type", ("bearer", "apikey")),
        ("A2A", "header_name"): ("auth_type", ("apikey",)),
        ("A2A", "username"): ("auth_type", ("basic",)),
        ("A2A", "password"): ("auth_type", ("basic",)),
        **{
            ("A2A", key): ("auth_type", ("aws_signature",))
            for key in (
                "aws_region",
                "aws_access_key_id",
                "aws_secret_access_key",
                "aws_session_token",
                "aws_service_name",
            )
        },
    }
)
"""A key is asked for only while another one has one of these values."""

_NEEDED_THEN: Final = frozenset(
    {
        ("Git", "token"),
        ("Git", "app_id"),
        ("Git", "private_key"),
        ("SVN", "ssh_key"),
        ("SQL", "database_name"),
        ("SQL", "token"),
        ("SQL", "org"),
        ("A2A", "auth_value"),
        ("A2A", "username"),
        ("A2A", "password"),
        ("SharePoint", "client_secret"),
    }
)
"""Not always required, but wherever they are asked for."""


def types() -> list[IntegrationType]:
    """Every type with its form, group after group."""
    order = [*_GROUPS, _OTHER]
    return sorted((_type(kind) for kind in TYPES.values()), key=lambda kind: order.index(kind.group))


def _type(kind: CredentialType) -> IntegrationType:
    return IntegrationType(
        name=kind.name,
        label=kind.label,
        group=_GROUP_OF.get(kind.name, _OTHER),
        about=kind.about,
        personal=kind.personal,
        offered=kind.name not in _NOT_TYPED,
        testable=kind.name in PROBES,
        free=kind.all_secret,
        keys=[_key(kind.name, key) for key in kind.keys],
        # Clients of the protocol expect an address of every integration, also where there is none.
        url=None if any(key.name in ("url", "base_url", "kubernetes_url") for key in kind.keys) else NO_URL,
    )


def _key(kind: str, key: Key) -> IntegrationKey:
    place = (kind, key.name)
    when = _WHEN.get(place)
    return IntegrationKey(
        name=key.name,
        label=key.label,
        kind=_kind(place, key),
        secret=key.secret or TYPES[kind].all_secret,
        required=key.required or place in _NEEDED_THEN,
        default=key.default,
        hint=key.hint,
        choices=list(_CHOICES.get(place, ())),
        when=KeyCondition(key=when[0], values=list(when[1])) if when else None,
        aliases=list(key.aliases),
    )


def _kind(place: tuple[str, str], key: Key) -> KeyKind:
    if place in _CHOICES:
        return "choice"
    if isinstance(key.default, bool):
        return "switch"
    if isinstance(key.default, int):
        return "number"
    return "long text" if key.name in _LONG else "text"
