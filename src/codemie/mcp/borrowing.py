"""Which stored credential an MCP server works with: the values it adds to the server's environment.

Whoever writes a server down decides where what it is sent goes. So a credential goes only to servers that
administrators keep in the catalogue, or where it is the writer's to use as well.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from codemie.identity.caller import Caller
from codemie.integrations.resolution import Lender, NoCredential, Wanted, take
from codemie.integrations.vault import Credential, Vault
from codemie.kernel.database import Database
from codemie.parts.authorship import WRITTEN_BY

TYPE = "MCP"
LENDS = "lends"
"""Marks a server, in a run, whose writer's choice of an integration counts for those who may use the assistant."""

Json = dict[str, Any]
Lend = Callable[[Json, bool], Awaitable[Credential | None]]
"""The credential of a server, None if it works with none; told whether administrators alone decide where it goes."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What a person set up for one server.

    Args:
        integration_id: theirs in place of the server's own.
        declined: they want none.
        automatic: they want the one that is found.
    """

    integration_id: str | None = None
    declined: bool = False
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class ServerPurse:
    """The credentials of the servers of one run.

    Args:
        database: of the process.
        vault: opens them.
        caller: in whose name.
        project: where the run works.
        purpose: for the audit log.
        is_global: whether the assistant is published, so that it lends to everybody.
        slots: what the caller set up, by the server's name.
    """

    database: Database
    vault: Vault
    caller: Caller
    project: str
    purpose: str
    is_global: bool = False
    slots: Mapping[str, Slot] = field(default_factory=dict[str, Slot])

    async def __call__(self, server: Json, is_fixed: bool) -> Credential | None:  # noqa: FBT001 - see Lend
        """The credential of a server; its use is in the audit log.

        Raises:
            NoCredential: the one that was chosen is not the caller's to use, and nobody lends it.
            NotFound: it is gone.
            NotEntrusted: it is not for whoever wrote the server down.
        """
        name = str(server["name"])
        slot = self.slots.get(name, Slot())
        pinned = None if slot.automatic else (server.get("settings") or {}).get("id")
        alias = None if slot.automatic else server.get("integration_alias") or None
        if slot.declined or not (slot.integration_id or slot.automatic or pinned or alias):
            return None
        writer = self.caller.id if server.get(WRITTEN_BY) is None else str(server[WRITTEN_BY])
        wanted = Wanted(
            TYPE,
            self.project,
            tool=f"the MCP server '{name}'",
            purpose=self.purpose,
            mapped=(slot.integration_id,) if slot.integration_id else (),
            pinned=pinned,
            alias=alias,
            lender=Lender(writer, self.project, self.is_global) if server.get(LENDS) else None,
            # Nobody chose any other: a server is not sent whatever happens to be there.
            fit=None if alias or slot.automatic else lambda _: 0,
            written_by=None if is_fixed else writer,
        )
        try:
            return await take(self.database, self.vault, self.caller, wanted)
        except NoCredential as none:
            raise NoCredential(
                details=f"The integration chosen for the MCP server '{name}' is not yours to use, or is not there.",
                help="Choose one in your own settings of the assistant, or ask whoever made the assistant.",
            ) from none
