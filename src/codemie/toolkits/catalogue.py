"""Every toolkit, in the order people see them."""

from collections.abc import Iterable

from codemie.toolkits.atlassian.confluence import confluence
from codemie.toolkits.atlassian.jira import jira
from codemie.toolkits.aws.s3 import cloud as aws
from codemie.toolkits.azure_devops.pipelines import pipelines as azure_devops_pipelines
from codemie.toolkits.azure_devops.pull_requests import git as azure_devops_git
from codemie.toolkits.azure_devops.vcs import vcs as azure_devops_vcs
from codemie.toolkits.azure_devops.work import toolkits as azure_devops_work
from codemie.toolkits.connection import Repository
from codemie.toolkits.file_management import files
from codemie.toolkits.git.tools import git
from codemie.toolkits.github.vcs import vcs as github_vcs
from codemie.toolkits.github.work import vcs_work as github_work
from codemie.toolkits.gitlab.vcs import vcs as gitlab_vcs
from codemie.toolkits.gitlab.work import vcs_work as gitlab_work
from codemie.toolkits.openapi.tools import openapi
from codemie.toolkits.plugin import plugin
from codemie.toolkits.research import research
from codemie.toolkits.toolkit import Offer, Toolkit

TOOLKITS: tuple[Toolkit, ...] = (
    git,
    azure_devops_git,
    gitlab_vcs,
    gitlab_work,
    github_vcs,
    github_work,
    azure_devops_vcs,
    azure_devops_pipelines,
    *azure_devops_work,
    aws,
    jira,
    confluence,
    openapi,
    plugin,
    files,
    research,
)


def grouped() -> dict[str, list[Toolkit]]:
    """Toolkits by the key that clients know, in order."""
    groups: dict[str, list[Toolkit]] = {}
    for toolkit in TOOLKITS:
        groups.setdefault(toolkit.key, []).append(toolkit)
    return groups


def offers() -> Iterable[Offer]:
    """Every tool; several may have one name, for systems that differ."""
    return (offer for toolkit in TOOLKITS for offer in toolkit.offers.values())


def named(name: str) -> list[Offer]:
    """The tools of that name."""
    return [offer for offer in offers() if offer.name == name]


def find(name: str, repository: Repository | None = None) -> Offer | None:
    """The tool of that name; of those that work in a repository, the one for this repository.

    Without a repository it is the first of the name: its schema can be shown, and its call says what is missing.
    """
    found = (offer for offer in offers() if offer.name == name)
    if repository is not None:
        found = (o for o in found if o.toolkit.works_in is None or o.toolkit.works_in(repository))
    return next(found, None)


def unfolding(key: str) -> Offer | None:
    """The tool of a toolkit whose place others take in a run: names that the toolkit does not know may be theirs."""
    return next((offer for offer in offers() if offer.toolkit.key == key and offer.unfold is not None), None)
