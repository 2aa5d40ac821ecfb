"""Every column of the database that holds sealed secrets, and what each of them is bound to.

A test searches a whole database for sealed values that are not listed here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import LargeBinary, Table
from sqlalchemy.orm import InstrumentedAttribute

from codemie.assistants.tables import Assistant, AssistantVersion, VariableValues
from codemie.identity.tables import SigningKey, WebSession
from codemie.integrations.tables import Integration
from codemie.mcp.tables import McpAuthServer, McpConfig, McpSignIn, McpSignInAttempt
from codemie.skills.tables import Skill

Row = Mapping[Any, Any]
Context = Callable[[Row], str]


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One of them.

    Args:
        attribute: of the mapped class.
        context: what a row's secrets are bound to, from its columns.
        beside: columns that the context needs beside the primary key.
    """

    attribute: InstrumentedAttribute[Any]
    context: Context
    beside: tuple[str, ...] = ()

    @property
    def table(self) -> Table:
        """Where it is."""
        return self.attribute.class_.__table__

    @property
    def name(self) -> str:
        """As people read it."""
        return f"{self.table.name}.{self.attribute.key}"

    @property
    def is_binary(self) -> bool:
        """One sealed value; else a JSON with sealed texts in it."""
        return isinstance(self.table.c[self.attribute.key].type, LargeBinary)


def _of(kind: str, key: str = "id") -> Context:
    return lambda row: f"{kind}:{row[key]}"


SEALED_COLUMNS = (
    SealedColumn(Integration.sealed, _of("integration")),
    SealedColumn(SigningKey.private_key, _of("signing-key")),
    SealedColumn(WebSession.tokens, _of("web-session")),
    SealedColumn(McpAuthServer.client, _of("mcp-client")),
    SealedColumn(McpSignIn.tokens, lambda row: f"mcp-sign-in:{row['user_id']}:{row['server_id']}"),
    SealedColumn(
        McpSignInAttempt.verifier,
        lambda row: f"mcp-attempt:{row['server_id']}:{row['user_id']}",
        beside=("server_id", "user_id"),
    ),
    SealedColumn(McpConfig.config, _of("mcp-config")),
    SealedColumn(Assistant.prompt_variables, _of("assistant")),
    SealedColumn(Assistant.mcp_servers, _of("assistant")),
    SealedColumn(AssistantVersion.content, _of("assistant", "assistant_id"), beside=("assistant_id",)),
    SealedColumn(
        VariableValues.variables,
        lambda row: f"assistant:{row['assistant_id']}:user:{row['user_id']}",
        beside=("assistant_id", "user_id"),
    ),
    SealedColumn(Skill.mcp_servers, _of("skill")),
)
