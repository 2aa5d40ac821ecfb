"""Requests to one organization of Azure DevOps with a personal access token."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from codemie.integrations.azure_addresses import organization_url
from codemie.toolkits.api import Answer, Api, Method
from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import NotConfigured, ToolFailed

VERSION = "7.1"
"""Of the API, where a call needs no other; Azure DevOps Server 2022.1 and later have it."""


class AzureDevOps(Api):
    """An organization, or a collection of Azure DevOps Server, and the project its integration names.

    Args:
        connection: of the call; its credential is of type AzureDevOps.
        at: address of the organization, where the credential may be of another type.
    """

    def __init__(self, connection: Connection, at: str | None = None) -> None:
        (token,) = connection.need("token")
        if at is None:
            (url,) = connection.need("url")
            at = organization_url(url, str(connection.value("organization")))
        self.organization_url = at
        self.project = str(connection.value("project")).strip()
        basic = base64.b64encode(f":{token}".encode()).decode()
        # Without X-TFS-FedAuthRedirect a refused token gets a redirect to a sign-in page of HTML.
        headers = {"Authorization": f"Basic {basic}", "X-TFS-FedAuthRedirect": "Suppress"}
        super().__init__(connection, "Azure DevOps", self.organization_url, headers)

    async def send(self, method: Method, path: str, **sent: Any) -> Answer:
        """See ``Api.send``; names the version of the API where the caller does not."""
        params: Mapping[str, Any] = sent.pop("params", None) or {}
        answer = await super().send(method, path, params={"api-version": VERSION, **params}, **sent)
        if _is_sign_in(answer):
            raise ToolFailed(
                "Azure DevOps asks to sign in",
                details=f"{method} {answer.url} answered with its sign-in page.",
                help="The token is wrong or has expired: its owner must renew it on the Integrations page.",
                code=401,
            )
        return answer

    def within(self, project: str | None = None) -> str:
        """The path of a project: of the given one, or of the integration's.

        Raises:
            NotConfigured: neither names one.
        """
        name = project or self.project
        if not name:
            raise NotConfigured(
                details="The integration names no project.", help="Complete it on the Integrations page, or give one."
            )
        return quote(name, safe="")


def _is_sign_in(answer: Answer) -> bool:
    """A refused token is told by status 203 and a page, or by a redirect to one; neither is an answer."""
    kind = answer.headers.get("content-type", "")
    return (
        answer.status == 203
        or (answer.status in (301, 302) and "_signin" in answer.headers.get("location", ""))
        or (answer.ok and kind.startswith("text/html") and b"Sign In" in answer.body[:20_000])
    )
