"""A document that was read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from codemie.integrations import openapi
from codemie.integrations.openapi import mapping
from codemie.toolkits.openapi.operations import Operation, operations_of

Json = dict[str, Any]

_MOST_SERVERS = 20


@dataclass(frozen=True)
class ApiDocument:
    """The description of one API.

    Args:
        data: as the document has it.
        text: as it was written.
        place: of it and of its servers, as the integration says; see `integrations.openapi.servers`.
        signed_in_by: headers that the integration sets, in small letters: documents often list them among the
            parameters, but they are no arguments.
    """

    data: Json
    text: str
    place: Mapping[str, Any]
    signed_in_by: frozenset[str] = frozenset()

    @cached_property
    def usual_servers(self) -> tuple[str, ...]:
        """Where requests go, unless an operation has servers of its own."""
        return openapi.servers(self.data, self.place)

    @cached_property
    def servers(self) -> tuple[str, ...]:
        """All that the credential may go to, the usual one first."""
        own = (server for operation in self.operations for server in self._own_servers(operation))
        return tuple(dict.fromkeys((*self.usual_servers, *own)))[:_MOST_SERVERS]

    def server_of(self, operation: Operation) -> str:
        """Where requests of an operation go."""
        return (self._own_servers(operation) or self.usual_servers)[0]

    def _own_servers(self, operation: Operation) -> tuple[str, ...]:
        return openapi.servers({"servers": list(operation.servers)}, self.place) if operation.servers else ()

    @property
    def title(self) -> str:
        """What the API is called."""
        return str(mapping(self.data.get("info")).get("title") or "The API")[:100]

    @property
    def version(self) -> str:
        """Its version, in its own words."""
        return str(mapping(self.data.get("info")).get("version") or "")[:100]

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """What can be done, in the document's order."""
        return operations_of(self.data, self.signed_in_by)

    def operation(self, name: str) -> Operation | None:
        """One by its name, or by method and path."""
        method, _, path = name.strip().partition(" ")
        for operation in self.operations:
            if name.strip() == operation.name or (operation.method, operation.path) == (method.upper(), path.strip()):
                return operation
        return None
