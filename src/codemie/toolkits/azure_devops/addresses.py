"""Where a repository of Azure DevOps is, in every form that its address has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from codemie.integrations.azure_addresses import (
    SERVICES,
    address_of,
    leads_to,
    one_form,
    organization_of,
    same_name,
)
from codemie.integrations.git_servers import AZURE_REPOSITORY, kind_of
from codemie.toolkits.connection import Repository

_VARIANTS = ("_full", "_optimized")
"""How much a clone fetches; stands before the name of the repository."""
_VIRTUAL_DIRECTORY = "tfs"
"""The usual one of a server; collections are below it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a repository is.

    Args:
        organization_url: of the organization or collection.
        project: that it belongs to.
        name: in the project.
    """

    organization_url: str
    project: str
    name: str


def works_in(repository: Repository) -> bool:
    """Whether it is at an Azure DevOps."""
    is_web = repository.url.startswith(("http://", "https://"))
    is_azure = kind_of({"url": repository.url}) == "azure_devops"
    return is_web and is_azure and AZURE_REPOSITORY in one_form(repository.url)


def place_of(url: str, organization: str = "") -> Place:
    """Where the repository with this address is.

    The address may leave out the project, if the repository has its name. On a server it does not tell how long the
    path of the collection is: then the integration does, or else the project is what stands last.

    Args:
        url: of the repository.
        organization: address of the organization, where the integration names it.
    """
    head, _, tail = one_form(url).partition(AZURE_REPOSITORY)
    name = unquote(next((step for step in tail.split("/") if step not in _VARIANTS), ""))
    known = one_form(organization)
    if organization and f"{head}/".lower().startswith(f"{known}/".lower()):
        return Place(known, unquote(head[len(known) :].strip("/")) or name, name)
    parts = urlsplit(head)
    steps = [step for step in parts.path.split("/") if step not in ("", ".", "..")]
    collection = 2 if steps[:1] == [_VIRTUAL_DIRECTORY] else 1
    project = unquote(steps.pop()) if len(steps) > collection else name
    return Place("/".join((f"{parts.scheme}://{parts.netloc}", *steps)), project, name)


def fits(values: Mapping[str, Any], repository: Repository) -> int:
    """How well a credential fits the repository: its own or its project's best, then its organization's, its server's.

    Args:
        values: of a credential of type Git or AzureDevOps.
        repository: at an Azure DevOps.
    """
    if not leads_to(values, repository.url):
        return 0
    ours, theirs = address_of(values), one_form(repository.url)
    project = str(values.get("project") or "").strip()
    exact = same_name(ours) == same_name(theirs)
    if exact or (project and same_name(project) == same_name(place_of(theirs, ours).project)):
        return 3
    return 2 if organization_of(ours) or urlsplit(ours).hostname != SERVICES else 1


def fit(values: Mapping[str, Any]) -> int:
    """Whether a credential is for an Azure DevOps at all."""
    return 2 if values.get("organization") or kind_of(values) == "azure_devops" else 0
