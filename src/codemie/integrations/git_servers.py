"""What kind of server a Git credential is for: as its owner says, or else as the name of the host tells."""

from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import urlsplit

GitServer = Literal["gitlab", "github", "bitbucket", "azure_devops"]

KIND_KEY: Final = "server_kind"
"""The credential's key in which its owner says it."""
BY_NAME: Final = "auto"
"""What stands there when the name of the host shall tell."""
STATED: Final[tuple[GitServer, ...]] = ("gitlab", "github", "bitbucket")
"""What may stand there instead; Azure DevOps has a credential type of its own."""

AZURE_REPOSITORY: Final = "/_git/"
"""Stands in the address of every repository of Azure DevOps."""

_DOMAINS: Final[tuple[tuple[str, GitServer], ...]] = (
    ("ghe.com", "github"),
    ("bitbucket.org", "bitbucket"),
    ("dev.azure.com", "azure_devops"),
    ("visualstudio.com", "azure_devops"),
)
_WORDS: Final[tuple[GitServer, ...]] = ("gitlab", "github", "bitbucket")


def kind_of(values: Mapping[str, Any]) -> GitServer | None:
    """The kind of server; None if nobody says and the name does not tell."""
    stated = values.get(KIND_KEY)
    if stated in STATED:
        return stated
    if values.get("auth_type") == "github_app":
        return "github"
    return _by_address(str(values.get("url") or ""))


def fit(values: Mapping[str, Any], kind: GitServer, *, unknown: int = 0) -> int:
    """How well a credential fits a kind of server among others; 0 is not at all.

    Args:
        values: of the credential, secrets left out.
        kind: that is wanted.
        unknown: what one counts of which nobody knows what it is for.
    """
    known = kind_of(values)
    if known is None:
        return unknown
    if known != kind:
        return 0
    return 3 if values.get(KIND_KEY) == kind else 2


def _by_address(url: str) -> GitServer | None:
    try:
        parts = urlsplit(url.strip().lower())
        host = parts.hostname or ""
    except ValueError:
        return None
    if AZURE_REPOSITORY in parts.path:
        return "azure_devops"
    for domain, kind in _DOMAINS:
        if host == domain or host.endswith(f".{domain}"):
            return kind
    return next((word for word in _WORDS if word in host), None)
