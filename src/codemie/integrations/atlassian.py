"""Where Jira and Confluence are, and how one signs in to them, in the cloud and in a data center."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

_WIKI = "/wiki"
_CLOUD = ".atlassian.net"


def address(values: Mapping[str, Any]) -> str:
    """The system's own address, context path included."""
    return str(values.get("url") or "").strip().rstrip("/")


def wiki_address(values: Mapping[str, Any]) -> str:
    """The address of Confluence; in the cloud it lives below ``/wiki`` of a site."""
    url = address(values)
    return f"{url}{_WIKI}" if is_cloud(values) and not url.endswith(_WIKI) else url


def is_cloud(values: Mapping[str, Any]) -> bool:
    """Whether Atlassian runs it: as the integration says, or the name of its host. Forms send a word for the value."""
    said = str(values.get("is_cloud")).lower() == "true"
    try:
        return said or (urlsplit(address(values)).hostname or "").endswith(_CLOUD)
    except ValueError:
        return said  # no address: whoever goes there says so


def authorization(values: Mapping[str, Any]) -> dict[str, str]:
    """Basic with a user's name, as the cloud wants it; without one the token is a personal one of a data center.

    Sources: https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/ and
    https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html.
    """
    user, token = str(values.get("username") or "").strip(), str(values.get("token") or "").strip()
    if not user:
        return {"Authorization": f"Bearer {token}"}
    return {"Authorization": "Basic " + b64encode(f"{user}:{token}".encode()).decode()}
