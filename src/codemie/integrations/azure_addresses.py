"""Addresses of Azure DevOps in the one form that tells which organization they are of."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from codemie.integrations.origins import origin_of

SERVICES = "dev.azure.com"
_OLD_SERVICES = ".visualstudio.com"


def organization_url(url: str, organization: str) -> str:
    """The address that paths of the organization begin with; ``url`` may hold the organization already."""
    base = url.rstrip("/")
    name = organization.strip().strip("/")
    try:
        host = (urlsplit(base).hostname or "").lower()
    except ValueError:
        return base  # no address: whoever goes there says so
    is_whole = not name or base.endswith((f"/{quote(name)}", f"/{name}")) or host == f"{name.lower()}.visualstudio.com"
    return base if is_whole else f"{base}/{quote(name)}"


def address_of(values: Mapping[str, Any]) -> str:
    """The address that a credential is for; of an organization, where it names one."""
    return one_form(organization_url(str(values.get("url") or ""), str(values.get("organization") or "")))


def one_form(url: str) -> str:
    """The address without user and closing slash; visualstudio.com is the old name of dev.azure.com."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2].lower()
    organization = host.removesuffix(_OLD_SERVICES)
    if organization != host and "." not in organization:
        path = parts.path.removeprefix("/DefaultCollection/") if parts.path != "/DefaultCollection" else ""
        return f"https://{SERVICES}/{organization}/{path.strip('/')}".rstrip("/")
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"


def organization_of(address: str) -> str:
    """The organization of an address of the service; empty for a server, whose collections have one sign-in."""
    parts = urlsplit(one_form(address))
    return same_name(parts.path.strip("/").partition("/")[0]) if parts.hostname == SERVICES else ""


def same_name(name: str) -> str:
    """What is equal for names that the service takes for one."""
    return unquote(name).casefold()


def leads_to(values: Mapping[str, Any], url: str) -> bool:
    """Whether a credential may go to an address: of its server, and of its organization if it names one."""
    ours, theirs = address_of(values), one_form(url)
    origin = origin_of(theirs)
    if origin[1] is None or origin_of(ours) != origin:
        return False
    organization = organization_of(ours)
    return not organization or organization == organization_of(theirs)
