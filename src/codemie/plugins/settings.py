"""Settings of the plugin engine."""

import re
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from codemie.kernel.settings import Section

_LISTEN = re.compile(r"([\w.-]+|\[[0-9a-fA-F:.]+\]):\d{1,5}")
_URI_SCHEMES = ("nats://", "tls://", "ws://", "wss://")


class PluginsSettings(Section):
    """How agents on other machines reach the platform, and what they may do."""

    broker_secret: SecretStr | None = Field(
        None,
        description="What the logins and signing keys at the NATS server follow from, 32 characters or more; "
        "former ones may stand behind a comma while it is changed. `codemiectl up` makes one for its own server. "
        "Unset elsewhere: there is no plugin engine.",
    )
    nats_url: str | None = Field(
        None,
        description="NATS servers of the plugin engine, e.g. nats://host:4222, comma-separated and without users. "
        "Unset: those of CODEMIE_NATS_URL.",
    )
    client_uri: str | None = Field(
        None,
        description="Address that people give to their agents. Unset: the WebSocket at this API, as the request came.",
    )
    server_log: Path | None = Field(
        None,
        description="Log of the NATS server, where it is on this machine: what agents tried and may not is audited. "
        "`codemiectl up` names that of its own server. Name it to one process only.",
    )
    listen: str | None = Field(
        None,
        description="Address and port for agents, e.g. 0.0.0.0:4222, beside the WebSocket; opened by the API. "
        "Unset: none.",
    )
    tls_certificate: Path | None = Field(None, description="Certificate chain of that port, PEM.")
    tls_key: Path | None = Field(None, description="Private key of that certificate, PEM.")
    tls_client_ca: Path | None = Field(
        None, description="Authorities whose certificates agents must have at that port, PEM. Unset: none is needed."
    )
    tls_elsewhere: bool = Field(
        default=False, description="TLS ends before that port, at a load balancer: it has no certificate of its own."
    )
    bridged_agents: int = Field(
        5000, ge=1, description="Agents that one process takes to the NATS server over its WebSocket and its TLS port."
    )
    bridged_per_minute: int = Field(
        1200,
        ge=0,
        description="Connections of agents that one process takes from one address in a minute; 0: unlimited.",
    )
    call_seconds: float = Field(
        300,
        gt=0,
        le=3600,
        description="Longest time one call of a plugin tool may run.",
        json_schema_extra={"env": "NATS_PLUGIN_TOOL_TIMEOUT"},
    )
    queue_seconds: float = Field(
        300, gt=0, le=3600, description="Longest time such a call may wait for its turn at a busy agent."
    )
    agent_seconds: float = Field(
        65, gt=0, description="After this an agent that runs a tool has to show that it lives; it lets tools run 60."
    )
    list_seconds: float = Field(
        15,
        gt=0,
        le=60,
        description="Longest time a new agent may take to say what it offers.",
        json_schema_extra={"env": "NATS_PLUGIN_LIST_TIMEOUT_SECONDS"},
    )
    probe_seconds: float = Field(
        2, gt=0, le=60, description="Longest time a known agent may take to show that it lives; else it is gone."
    )
    refresh_seconds: float = Field(
        60,
        gt=0,
        description="After this the tools of an agent are asked for again when it gives a sign of life.",
        json_schema_extra={"env": "NATS_PLUGIN_UPDATE_INTERVAL"},
    )
    silent_seconds: float = Field(
        75, gt=0, description="An agent that gave no sign of life for so long is asked before it is relied upon."
    )
    expire_seconds: float = Field(
        150, gt=0, description="An agent that gave no sign of life for so long is asked, and gone without an answer."
    )

    @field_validator("broker_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and any(len(one.strip()) < 32 for one in value.get_secret_value().split(",")):
            raise ValueError("has at least 32 characters; make one with: openssl rand -hex 32")
        return value

    @field_validator("listen")
    @classmethod
    def _address_and_port(cls, value: str | None) -> str | None:
        if value is not None and _LISTEN.fullmatch(value) is None:
            raise ValueError("must be an address and a port, such as 0.0.0.0:4222 or [::]:4222")
        return value

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if (self.tls_certificate is None) is not (self.tls_key is None):
            raise ValueError(
                "plugins.tls_certificate (CODEMIE_PLUGINS_TLS_CERTIFICATE) and plugins.tls_key "
                "(CODEMIE_PLUGINS_TLS_KEY) belong together: set both, or neither"
            )
        if self.listen and self.tls_certificate is None and not self.tls_elsewhere:
            raise ValueError(
                "plugins.listen (CODEMIE_PLUGINS_LISTEN) needs a certificate, since plugin keys pass there: set "
                "CODEMIE_PLUGINS_TLS_CERTIFICATE and _KEY, or CODEMIE_PLUGINS_TLS_ELSEWHERE=true where TLS ends before"
            )
        return self

    @property
    def listening(self) -> tuple[str, int]:
        """Address and port of `listen`."""
        host, _, port = (self.listen or ":0").rpartition(":")
        return host.strip("[]"), int(port)

    @field_validator("client_uri")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(_URI_SCHEMES):
            raise ValueError(f"must begin with one of {', '.join(_URI_SCHEMES)}")
        return value
