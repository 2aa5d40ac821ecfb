"""What to have ready before a system is connected: values, rights, and what firewalls must admit.

The catalogue knows the values; this page knows what people have to ask others for, weeks before they fill in a form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from codemie.integrations.forms import types
from codemie.integrations.schemas import IntegrationKey, IntegrationType

_ADDRESS_KEYS: Final = ("url", "base_url", "kubernetes_url", "endpoint_url")


@dataclass(frozen=True, slots=True)
class Requirements:
    """Everything one type needs.

    Args:
        kind: the type, with its form.
        rights: what the credential must be allowed, one thing a line.
        hosts: what this installation must be let out to.
    """

    kind: IntegrationType
    rights: tuple[str, ...]
    hosts: tuple[str, ...]


_RIGHTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Git": (
            "GitLab: scope api; read_api to read only, read_repository to index code only.",
            "GitLab, to write: the role Developer in the project.",
            "GitHub: scope repo of a classic token; of a fine-grained one Contents, Pull requests and Issues.",
            "GitHub App: the same permissions; it must be installed by the owner of the repositories.",
            "Bitbucket: repository:write and pullrequest:write.",
        ),
        "AzureDevOps": (
            "Read & write of Code, Work Items, Wiki and Test Management: of those whose tools are used.",
            "Read & execute of Build, for pipelines.",
        ),
        "SVN": ("Read access to the repository.",),
        "Sonar": ("Browse, of the project.",),
        "Jira": ("Of the token's owner: browse projects; create, edit, transition and comment on issues, to write.",),
        "Confluence": ("Of the token's owner: view the spaces; add pages and comments, to write.",),
        "ServiceNow": ("Read access to the tables that are asked for; write access, to change them.",),
        "XWiki": ("View, of the pages; edit, to write.",),
        "SharePoint": ("The application permission Sites.Read.All, or Sites.Selected and the site; admin consent.",),
        "AWS": (
            "S3: s3:ListAllMyBuckets, s3:ListBucket, s3:GetObject; s3:PutObject and s3:DeleteObject, to write.",
            "Other services: the IAM actions of the operations that are called.",
        ),
        "GCP": ("Roles of the service account, for the services that are called.",),
        "Azure": ("The role Reader, of the subscription or the resource groups; Contributor, to change.",),
        "Kubernetes": ("A role of the service account: get, list and watch; create, patch and delete, to change.",),
        "SQL": ("SELECT, of the tables that agents may see: agents write queries themselves.",),
        "Elastic": ("The privilege read, of the indices.",),
        "Email": ("Sending as the address; with oauth_azure the application permission SMTP.SendAsApp or Mail.Send.",),
        "Telegram": ("The bot must be a member of the chat.",),
        "Keycloak": ("Roles view-users and query-groups of realm-management, for the client's service account.",),
        "ReportPortal": ("Membership of the project.",),
        "Xray": ("Of the key's owner: the Jira projects whose tests are used.",),
    }
)

_HOSTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Git": ("api.github.com, for repositories at github.com", "api.bitbucket.org, for those at bitbucket.org"),
        "AzureDevOps": ("almsearch.dev.azure.com, for searches at dev.azure.com",),
        "AWS": ("sts.REGION.amazonaws.com and s3.REGION.amazonaws.com", "the endpoints of other services"),
        "GCP": ("oauth2.googleapis.com", "the endpoints of the services, below googleapis.com"),
        "Azure": ("login.microsoftonline.com", "management.azure.com"),
        "SharePoint": ("login.microsoftonline.com", "graph.microsoft.com"),
        "Email": ("login.microsoftonline.com, with oauth_azure",),
        "ZephyrSquad": ("prod-api.zephyr4jiracloud.com",),
        "Telegram": ("api.telegram.org",),
        "OpenAPI": ("the servers that the document names",),
    }
)


def requirements() -> list[Requirements]:
    """Of every type that people enter, in the order of the catalogue."""
    return [
        Requirements(kind, _RIGHTS.get(kind.name, ()), (*_addressed(kind.keys), *_HOSTS.get(kind.name, ())))
        for kind in types()
        if kind.offered
    ]


def _addressed(keys: list[IntegrationKey]) -> tuple[str, ...]:
    """The hosts that a person types."""
    ports = any(key.name == "port" for key in keys)
    return tuple(
        f"the host of {key.name}, at {'port' if ports else 'its port (443 for https)'}"
        for key in keys
        if key.name in _ADDRESS_KEYS
    )
