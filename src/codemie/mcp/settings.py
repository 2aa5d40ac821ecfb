"""Settings of the MCP room."""

import shlex
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from codemie.kernel.egress import EgressEntries, EgressPolicy
from codemie.kernel.settings import Section

ANY_ARGUMENTS = "*"
SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "csh", "tcsh", "fish", "ash", "busybox", "cmd", "powershell",
                    "pwsh", "env", "xargs", "sudo", "su", "nohup", "setsid", "nice", "timeout"})  # fmt: skip
_EGRESS = "mcp.egress_allow"


class McpSettings(Section):
    """Which MCP servers may be used, and how much one may take."""

    allowed_commands: tuple[str, ...] = Field(
        (),
        description="Command lines that may be started as MCP servers (stdio), separated by newlines; none by default. "
        "A line allows exactly itself; one that ends in ' *' allows more arguments. Shells are refused.",
    )
    allowed_environment: tuple[str, ...] = Field(
        (), description="Environment variables that people may set for such a command, comma-separated."
    )
    egress_allow: EgressEntries = Field(
        (),
        description="Host names and CIDR networks, comma-separated, that MCP servers may be at although they are "
        "private, loopback or reserved.",
    )
    custom_servers: bool = Field(
        default=True, description="Whether people may name servers of their own. false: only those of the catalogue."
    )
    connect_seconds: float = Field(30, gt=0, le=300, description="Longest time a server may take to be ready.")
    call_seconds: float = Field(
        300,
        gt=0,
        le=3600,
        description="Longest time one tool call may take.",
        json_schema_extra={"env": "MCP_CLIENT_TIMEOUT"},
    )
    idle_seconds: float = Field(600, gt=0, description="How long an unused connection is kept.")
    max_connections: int = Field(
        100, ge=1, description="Connections one process keeps to MCP servers, commands included."
    )
    max_tools: int = Field(200, ge=1, le=1000, description="Tools taken from one server.")
    max_answer_bytes: int = Field(16 * 2**20, ge=2**16, description="Longest answer of a server, in bytes.")
    tool_output_tokens: int = Field(
        30_000,
        ge=100,
        description="Longest result of an MCP tool a model reads, in tokens, unless the assistant says otherwise.",
        json_schema_extra={"env": "MCP_TOOL_TOKENS_SIZE_LIMIT"},
    )
    auth_enabled: bool = Field(
        default=True,
        description="Whether people can sign in at MCP servers that ask for it (OAuth 2.1).",
        json_schema_extra={"env": "MCP_AUTH_ENABLED"},
    )
    public_url: str | None = Field(
        None,
        description="Address at which browsers and MCP clients reach this API, e.g. https://ai.example.com. "
        "Unset: kernel.frontend_url, else the address of the request.",
    )
    managed_servers_file: Path | None = Field(
        None,
        description="YAML file with the list 'servers' that command line clients install. "
        "Unset: managed-mcp-servers.yaml in the home folder.",
    )

    @field_validator("allowed_commands", mode="before")
    @classmethod
    def _lines(cls, value: Any) -> Any:
        return [line.strip() for line in value.splitlines() if line.strip()] if isinstance(value, str) else value

    @field_validator("allowed_environment", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("allowed_commands")
    @classmethod
    def _no_shell(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for line in value:
            words = shlex.split(line)
            if not words or words[0] == ANY_ARGUMENTS or is_shell(words[0]):
                raise ValueError(f"must not allow '{line}': it would start a shell, or anything at all")
        return value

    def egress(self) -> EgressPolicy:
        """The addresses MCP servers may be at."""
        return EgressPolicy.of(self.egress_allow, _EGRESS)


def is_shell(command: str) -> bool:
    """Whether a program runs whatever its arguments name."""
    name = command.replace("\\", "/").rpartition("/")[2].lower()
    return name.removesuffix(".exe") in SHELLS
