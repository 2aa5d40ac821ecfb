"""Every toolkit, in the order people see them."""

from collections.abc import Iterable

from codemie.toolkits.aws.s3 import cloud as aws
from codemie.toolkits.connection import Repository
from codemie.toolkits.gitlab.repository import git as gitlab_git
from codemie.toolkits.gitlab.vcs import vcs as gitlab_vcs
from codemie.toolkits.gitlab.work import vcs_work as gitlab_work
from codemie.toolkits.toolkit import Offer, Toolkit

TOOLKITS: tuple[Toolkit, ...] = (gitlab_git, gitlab_vcs, gitlab_work, aws)


def grouped() -> dict[str, list[Toolkit]]:
    """Toolkits by the key that clients know, in order."""
    groups: dict[str, list[Toolkit]] = {}
    for toolkit in TOOLKITS:
        groups.setdefault(toolkit.key, []).append(toolkit)
    return groups


def offers() -> Iterable[Offer]:
    """Every tool; several may have one name, for systems that differ."""
    return (offer for toolkit in TOOLKITS for offer in toolkit.offers.values())


def find(name: str, repository: Repository | None = None) -> Offer | None:
    """The tool of that name; of those that work in a repository, the one for this repository.

    Without a repository it is the first of the name: its schema can be shown, and its call says what is missing.
    """
    named = [offer for offer in offers() if offer.name == name]
    if repository is not None:
        fitting = [o for o in named if o.toolkit.works_in is None or o.toolkit.works_in(repository)]
        return fitting[0] if fitting else None
    return named[0] if named else None
