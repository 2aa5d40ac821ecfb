"""A server of Atlassian: how it is signed in to, what it thinks of who asks, and files that it is sent."""

from codemie.integrations import atlassian
from codemie.toolkits.api import Answer, Api, Method
from codemie.toolkits.chat_files import uploads
from codemie.toolkits.connection import ChatFile, Connection
from codemie.toolkits.failures import ToolFailed

_LOGIN = "x-seraph-loginreason"
_STRANGER = ("AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED")


class AtlassianServer(Api):
    """Jira or Confluence with the credential of an integration.

    Args:
        connection: of the call.
        system: what people call it.
        base_url: of the system, if not the integration's own.
    """

    def __init__(self, connection: Connection, system: str, base_url: str = "") -> None:
        url, _ = connection.need("url", "token")
        values = connection.credential.values if connection.credential else {}
        super().__init__(connection, system, base_url or url, atlassian.authorization(values))
        self.is_cloud = atlassian.is_cloud(values)
        self.files = connection.run.files

    def refuse_stranger(self, answer: Answer) -> None:
        """An expired token is no error to Atlassian: it answers as it would a stranger, who finds nothing.

        Raises:
            ToolFailed: that is what happened.
        """
        said = answer.headers.get(_LOGIN, "")
        if answer.ok and any(word in said for word in _STRANGER):
            raise ToolFailed(
                f"{self.system} did not accept the credential",
                details=f"It answered {answer.method} {answer.url} as it answers strangers ({said[:100]}).",
                help="The credential is wrong or has expired: its owner must renew it on the Integrations page.",
                code=401,
            )

    async def attach(self, path: str, files: list[ChatFile], method: Method = "POST") -> Answer:
        """Send files as attachments. Without the header such requests are taken for forged ones."""
        return await self.send(method, path, files=uploads(files), headers={"X-Atlassian-Token": "no-check"})
