"""What the configuration room keeps open while a process runs: the customer's file, and dynamic values for a while."""

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from codemie.configuration import customer_file, repository, values
from codemie.configuration.declarations import DECLARATIONS, INTERACTIVE_ELEMENTS, MCP_CUSTOM_SERVERS_DISABLED
from codemie.configuration.schemas import ValueType
from codemie.configuration.settings import ConfigurationSettings
from codemie.kernel.database import Database
from codemie.kernel.errors import InvalidInput


class Configuration:
    """``resources.configuration``: what other rooms ask.

    Args:
        database: holds dynamic values.
        settings: of the room.
        from_file: components of the customer's file.
        forced: components that the operator's settings switch on, whatever administrators save.
    """

    def __init__(
        self,
        database: Database,
        settings: ConfigurationSettings,
        from_file: Mapping[str, dict[str, Any]],
        forced: frozenset[str] = frozenset(),
    ) -> None:
        self._database = database
        self._settings = settings
        self.from_file = from_file
        self.forced = forced
        self._remembered: Mapping[str, tuple[str, str]] = {}
        self._until = float("-inf")
        self._changes = 0

    async def component(self, component_id: str) -> dict[str, Any]:
        """The settings of a declared component as they are now."""
        declaration = DECLARATIONS[component_id]
        override, _ = (await self._values()).get(declaration.key, (None, ""))
        settings = declaration.merged(self.from_file.get(component_id), override)
        return {**settings, "enabled": True} if component_id in self.forced else settings

    async def is_on(self, component_id: str) -> bool:
        """Whether a declared component is switched on."""
        return bool((await self.component(component_id))["enabled"])

    @property
    def interactive_catalogue(self) -> frozenset[str] | None:
        """With what assistants may ask back: features and types of elements. None where the file does not say."""
        settings = self.from_file.get(INTERACTIVE_ELEMENTS)
        if settings is None:
            return None
        listed = settings.get("catalog")
        if not settings["enabled"]:
            return frozenset()
        return frozenset(map(str, cast("list[object]", listed))) if isinstance(listed, list) else None

    async def whole_number(self, key: str) -> int | None:
        """A dynamic value that is a whole number; None when there is none that can be used."""
        text, value_type = (await self._values()).get(key, ("", "string"))
        try:
            value = values.parsed(text, cast("ValueType", value_type))
            values.require_usable(key, value)
        except InvalidInput:
            return None
        return value if isinstance(value, int) else None

    async def _values(self) -> Mapping[str, tuple[str, str]]:
        if time.monotonic() < self._until:
            return self._remembered
        changes, asked_at = self._changes, time.monotonic()
        async with self._database.session() as session:
            found = {row.key: (row.value, row.value_type) for row in await repository.listing(session)}
        if changes == self._changes:
            # Otherwise a change was committed meanwhile, and this may be what was before it.
            self._remembered, self._until = found, asked_at + self._settings.cache_seconds
        return found

    def forget_on_commit(self, session: AsyncSession) -> None:
        """Read anew once a change is visible to others."""

        def committed(_: Session) -> None:
            self._changes += 1
            self._until = float("-inf")

        event.listen(session.sync_session, "after_commit", committed, once=True)


@asynccontextmanager
async def open_runtime(settings: Any, database: Database, _messaging: Any) -> AsyncGenerator[Configuration]:
    """Read the customer's file.

    Raises:
        ConfigurationError: it cannot be used.
    """
    own: ConfigurationSettings = settings.configuration
    forced = frozenset() if settings.mcp.custom_servers else frozenset({MCP_CUSTOM_SERVERS_DISABLED})
    yield Configuration(database, own, customer_file.read(own.customer_config), forced)
