"""What goes wrong with an MCP server, in words that a person or a model can act on."""

from dataclasses import dataclass
from typing import Any

from codemie.kernel.errors import CodeMieError, DeadlineExceeded, Unprocessable, UpstreamFailed


class ServerFailed(UpstreamFailed):
    """The server cannot be reached, or does not keep to the protocol."""

    title = "The MCP server failed"


class ConnectionFailed(Unprocessable):
    """No connection: the address, the command or the server's state is wrong."""

    title = "The MCP server cannot be reached"


class ConnectionLost(ServerFailed):
    """The connection ended; `refused` when the server certainly did not do what it was asked."""

    title = "The connection to the MCP server was lost"

    def __init__(self, message: str | None = None, *, refused: bool = False, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.refused = refused


class CallTimedOut(DeadlineExceeded):
    """A tool took too long."""

    title = "The MCP server did not answer in time"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A server's 401 (or 403 for want of a scope) and what it says about signing in."""

    status: int
    header: str


class SignInNeeded(CodeMieError):
    """The server wants the caller to sign in; `service` turns it into what clients show."""

    status = 401
    title = "The MCP server asks for a sign-in"

    def __init__(self, server: str, challenge: Challenge) -> None:
        super().__init__(details=f"'{server}' answered {challenge.status}.", help="Sign in at the server.")
        self.challenge = challenge
        self.expired = False


class SignInRequired(CodeMieError):
    """Servers of an assistant want the caller to sign in first; clients show where.

    Args:
        servers: what each of them says about it.
    """

    status = 401
    title = "MCP servers ask for a sign-in"

    def __init__(self, servers: list[dict[str, Any]]) -> None:
        super().__init__(details=", ".join(str(server["mcp_server_name"]) for server in servers))
        self.servers = servers

    def envelope(self) -> dict[str, Any]:
        """The protocol's own form, which clients tell from an ended session by."""
        return {"error": "authentication_required", "servers": self.servers}


def root_cause(error: BaseException) -> BaseException:
    """The first failure inside groups of failures."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return error


def why_not_connected(server: str, error: BaseException, seconds: float) -> CodeMieError:
    """The answer to a connection that did not come about."""
    cause = root_cause(error)
    if isinstance(cause, CodeMieError):
        return cause
    if isinstance(cause, TimeoutError):
        return ConnectionFailed(f"The MCP server '{server}' was not ready within {seconds:g} seconds")
    if isinstance(cause, FileNotFoundError | PermissionError):
        return ConnectionFailed(
            f"The command of the MCP server '{server}' cannot be started",
            details=str(cause.strerror),
            help="Ask an administrator to install it.",
        )
    return ConnectionFailed(
        f"The MCP server '{server}' cannot be reached",
        details=f"{type(cause).__name__}: {str(cause)[:300]}",
        help="Check the address and the type of the server, and whether it runs.",
    )
