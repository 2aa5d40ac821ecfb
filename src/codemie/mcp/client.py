"""The tools of an assistant's MCP servers, for one caller."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from codemie.configuration.declarations import MCP_CUSTOM_SERVERS_DISABLED
from codemie.configuration.runtime import Configuration
from codemie.kernel.errors import CodeMieError, DeadlineExceeded, Unprocessable, UpstreamFailed
from codemie.kernel.telemetry import get_logger
from codemie.kernel.tools import Tool
from codemie.mcp import tools
from codemie.mcp.asking import Asking, for_audience
from codemie.mcp.borrowing import Lend
from codemie.mcp.catalogue import Catalogue
from codemie.mcp.failures import ConnectionFailed, ConnectionLost, SignInNeeded, SignInRequired
from codemie.mcp.masking import masked, masked_errors
from codemie.mcp.pool import SessionPool
from codemie.mcp.session import Session
from codemie.mcp.settings import McpSettings
from codemie.mcp.sign_ins import SignIns
from codemie.mcp.target import Json, Target, audience_of, is_fixed, resolve
from codemie.parts.schemas import ToolDetails, ToolKit

if TYPE_CHECKING:
    from mcp_types import CallToolResult

log = get_logger(__name__)

MAX_SERVERS = 32

ResultT = TypeVar("ResultT")


class McpClient:
    """MCP servers as this process reaches them.

    Args:
        settings: what is allowed.
        pool: open connections.
        catalogue: what administrators wrote down.
        sign_ins: people's tokens at servers.
        configuration: tells whether administrators allow servers besides the catalogue's.
    """

    def __init__(
        self,
        settings: McpSettings,
        pool: SessionPool,
        catalogue: Catalogue,
        sign_ins: SignIns,
        configuration: Configuration,
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._catalogue = catalogue
        self._sign_ins = sign_ins
        self._configuration = configuration

    async def offer(
        self, servers: Iterable[Json], asking: Asking, lend: Lend, *, taken: Iterable[str] = ()
    ) -> tuple[Tool, ...]:
        """Tools of every enabled server, under names of their own.

        A server that cannot be reached costs its tools, not the run: in their place stands one that tells why.

        Args:
            servers: entries of an assistant, secrets in the clear.
            asking: for whom.
            lend: gives the integrations that servers work with.
            taken: names of tools the run has already.

        Raises:
            Unprocessable: too many servers.
            SignInRequired: servers want the caller to sign in.
        """
        wanted = [server for server in servers if server.get("enabled", True)]
        if len(wanted) > MAX_SERVERS:
            raise Unprocessable(f"An assistant may use at most {MAX_SERVERS} MCP servers")
        found = await asyncio.gather(*(self._tools(server, asking, lend) for server in wanted))
        demands = [got for got in found if isinstance(got, dict)]
        if demands:
            raise SignInRequired(demands)
        named = [(str(server["name"]), got) for server, got in zip(wanted, found, strict=True) if isinstance(got, list)]
        return tools.distinct(named, taken)

    async def toolkit(self, server: Json, asking: Asking, lend: Lend) -> ToolKit:
        """What one server offers, whatever is chosen of it.

        Raises:
            SignInRequired: the server wants the caller to sign in.
            Unprocessable: it cannot be used or reached, in words for whoever set it up.
            NotFound, AccessDenied: the integration it works with is gone, or not to be sent there.
        """
        target = await self._target(server, asking, lend)
        try:
            offered = await self._use(target, asking, Session.tools)
        except SignInNeeded as needed:
            if target.is_secret_address:
                raise
            raise SignInRequired([await self._demand(target, asking, needed)]) from needed
        except (UpstreamFailed, DeadlineExceeded) as error:
            raise ConnectionFailed(error.message, details=error.details, help=error.help) from error
        listed = [{"name": tool.name, "label": tool.title, "description": tool.description} for tool in offered]
        shown = [ToolDetails(**masked(target.credential, tool)) for tool in listed]
        return ToolKit(toolkit="MCP", label=target.name, tools=shown)

    async def _tools(self, server: Json, asking: Asking, lend: Lend) -> list[Tool] | Json:
        """Tools of a server, or what it says about signing in."""
        name = str(server["name"])
        try:
            target = await self._target(server, asking, lend)
            try:
                offered = await self._use(target, asking, Session.tools)
            except SignInNeeded as needed:
                if target.has_authorization or target.is_secret_address or not self._settings.auth_enabled:
                    raise
                return await self._demand(target, asking, needed)
        except CodeMieError as error:
            log.warning("mcp_server_unavailable", server=name[:100], error=str(error)[:300])
            return [tools.stand_in(name, error)]
        seconds = self._settings.call_seconds + self._settings.connect_seconds

        async def call(tool: str, arguments: dict[str, Any], harmless: bool) -> "CallToolResult":  # noqa: FBT001
            return await self._call(target, asking, tool, arguments, harmless=harmless)

        return tools.as_tools(target, offered, call, seconds)

    async def _call(
        self, target: Target, asking: Asking, tool: str, arguments: dict[str, Any], *, harmless: bool
    ) -> "CallToolResult":
        """Run a tool; over a new connection, once, when nothing can have happened or nothing would change."""

        async def run(session: Session) -> "CallToolResult":
            return await session.call(tool, arguments)

        try:
            return await self._use(target, asking, run)
        except ConnectionLost as lost:
            if not (lost.refused or harmless):
                raise
        return await self._use(target, asking, run)

    async def _use(self, target: Target, asking: Asking, work: Callable[[Session], Awaitable[ResultT]]) -> ResultT:
        """Do something through a connection, signed in as the caller is; a token the server rejects is renewed once."""
        user = asking.caller.id
        token = None if target.is_secret_address else await self._sign_ins.token(user, target)
        try:
            return await self._through(target, token, user, work)
        except SignInNeeded as needed:
            if token is None:
                raise
            renewed = await self._sign_ins.token(user, target, rejected=token)
            if renewed is None or renewed == token:
                needed.expired = True
                raise
        return await self._through(target, renewed, user, work)

    async def _through(
        self, target: Target, token: str | None, user: str, work: Callable[[Session], Awaitable[ResultT]]
    ) -> ResultT:
        signed_in = target if token is None else target.with_token(token)
        with masked_errors(target.credential):
            async with self._pool.use(signed_in, user) as session:
                return await work(session)

    async def _demand(self, target: Target, asking: Asking, needed: SignInNeeded) -> Json:
        shown = await self._sign_ins.demand(target, needed.challenge, expired=needed.expired, origin=asking.origin)
        return {**shown, "error_context": masked(target.credential, shown["error_context"])}

    async def _target(self, server: Json, asking: Asking, lend: Lend) -> Target:
        entry = None
        if config_id := server.get("mcp_config_id"):
            entry = await self._catalogue.entry(str(config_id))
        only_catalogue = await self._configuration.is_on(MCP_CUSTOM_SERVERS_DISABLED)
        settings = self._settings.model_copy(update={"custom_servers": not only_catalogue})
        if audience := audience_of(server, entry):
            asking = await for_audience(asking, audience)
        credential = await lend(server, is_fixed(server, entry))
        with masked_errors(credential):
            return resolve(settings, server, entry, asking, credential)
