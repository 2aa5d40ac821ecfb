"""Settings: one immutable typed section per room, read from the environment and one YAML file.

A value comes from, first hit wins: the environment (`CODEMIE_<ROOM>_<FIELD>`, or the name a field declares),
the YAML file (`<room>.<field>`), the field's default. `Provenance` remembers which, for `codemiectl config show`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo

from codemie.kernel.documents import Document, read_document
from codemie.kernel.errors import ConfigurationError
from codemie.kernel.setting_problems import refusal


class Section(BaseModel):
    """One room's settings. Fields carry a description; secrets are `SecretStr`."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class KernelSettings(Section):
    """Where the platform lives and what it stands on."""

    home: Path = Field(
        Path(".codemie"),
        description="Folder of all local state: embedded database, files, keys, logs.",
        json_schema_extra={"env": "CODEMIE_HOME"},
    )
    host: str = Field("127.0.0.1", description="Address the API listens on.", json_schema_extra={"env": "CODEMIE_HOST"})
    port: int = Field(
        8080, ge=1, le=65535, description="Port the API listens on.", json_schema_extra={"env": "CODEMIE_PORT"}
    )
    database_url: SecretStr | None = Field(
        None,
        description="PostgreSQL with pgvector, e.g. postgresql://user:password@host/name. Unset: embedded.",
        json_schema_extra={"env": "CODEMIE_DATABASE_URL"},
    )
    database_pool_size: int = Field(20, ge=1, le=500, description="Connections one process may hold open.")
    nats_url: SecretStr | None = Field(
        None,
        description="NATS server, e.g. nats://token@host:4222. Unset: embedded.",
        json_schema_extra={"env": "CODEMIE_NATS_URL"},
    )
    frontend_url: str | None = Field(
        None,
        description="Public address of the web UI, where it is not this server; the one origin CORS admits.",
        json_schema_extra={"env": "CODEMIE_FRONTEND_URL"},
    )
    strict_transport_security: str = Field(
        "max-age=31536000",
        pattern=r"^(max-age=\d{1,10}(; ?includeSubDomains)?(; ?preload)?)?$",
        description="What browsers are told of staying with https, where frontend_url begins so. Empty: nothing.",
    )
    api_root_path: str = Field(
        "/code-assistant-api",
        pattern=r"^(/[A-Za-z0-9_.-]+)*$",
        description="Second prefix under which every route is served; official clients use it.",
        json_schema_extra={"env": "CODEMIE_API_ROOT_PATH"},
    )
    web_dir: Path | None = Field(
        None, description="Folder of the built web UI. Unset: the one packaged or built beside the source."
    )
    max_request_bytes: int = Field(
        512 * 2**20, ge=2**16, description="Largest request body accepted, uploads included, in bytes."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO",
        description="Least severe log level written.",
        json_schema_extra={"env": "CODEMIE_LOG_LEVEL"},
    )
    log_format: Literal["json", "console"] = Field(
        "json",
        description="json for machines, console for people.",
        json_schema_extra={"env": "CODEMIE_LOG_FORMAT"},
    )
    otlp_endpoint: str | None = Field(
        None,
        description="OpenTelemetry collector (OTLP over HTTP) that receives traces. Unset: no tracing.",
        json_schema_extra={"env": "CODEMIE_OTLP_ENDPOINT"},
    )
    metrics_token: SecretStr | None = Field(
        None, description="Bearer token that /metrics asks for from callers other than this machine."
    )

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _is_postgresql(value.get_secret_value()):
            raise ValueError("must be an address like postgresql://user:password@host:5432/name")
        return value


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where one setting came from: `env CODEMIE_PORT`, `file codemie.yaml:3`, `default` or `command line`."""

    key: str
    env: str
    source: str
    value: Any
    secret: bool
    description: str


SectionT = TypeVar("SectionT", bound=Section)


def _is_postgresql(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme.partition("+")[0] in {"postgresql", "postgres"} and parts.port != 0
    except ValueError:
        # A port that is no number.
        return False


def env_name(room: str, field: str, info: FieldInfo) -> str:
    """The environment variable of a field, e.g. `CODEMIE_KNOWLEDGE_MAX_UPLOAD_BYTES`."""
    extra = info.json_schema_extra
    if isinstance(extra, dict) and "env" in extra:
        return str(cast("dict[str, Any]", extra)["env"])
    return f"CODEMIE_{room}_{field}".upper()


def read_file(path: Path) -> Document:
    """The YAML settings file; empty when there is none.

    Raises:
        ConfigurationError: the file cannot be read, is not YAML, or is not a mapping; names line and column.
    """
    if not path.exists():
        return Document(str(path), {}, None)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError("The settings file cannot be read", details=f"{path}: {error}") from error
    document = read_document(text, str(path))
    if document.data is None:
        return Document(str(path), {}, None)
    if not isinstance(document.data, dict):
        raise ConfigurationError(
            "The settings file must hold a mapping",
            details=f"It is {path}",
            help="Write the room's settings below its name: 'kernel:', then '  port: 8080'",
        )
    return document


def load_section(
    model: type[SectionT], room: str, environment: Mapping[str, str], document: Document
) -> tuple[SectionT, list[Provenance]]:
    """One room's settings and where each came from.

    Raises:
        ConfigurationError: an unknown key or a bad value, naming the variable, or file, line and key it came from.
    """
    given: Any = document.data.get(room) or {}
    if not isinstance(given, dict):
        raise ConfigurationError(
            f"Setting '{room}' must be a mapping",
            details=f"It stands in {document.place(room)}",
            help=f"Write its settings below its name: '{room}:', then '  name: value'",
        )
    section = cast("dict[str, Any]", given)
    _refuse_unknown(document, section, list(model.model_fields), room)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for field, info in model.model_fields.items():
        env = env_name(room, field, info)
        if env in environment:
            values[field], sources[field] = environment[env], f"env {env}"
        elif field in section:
            values[field], sources[field] = section[field], f"file {document.place(room, field)}"
    try:
        loaded = model.model_validate(values)
    except ValidationError as error:
        raise refusal(error, room, sources) from None
    return loaded, [_provenance(loaded, room, field, sources.get(field, "default")) for field in model.model_fields]


def _provenance(section: Section, room: str, field: str, source: str) -> Provenance:
    info = type(section).model_fields[field]
    value = getattr(section, field)
    secret = "SecretStr" in str(info.annotation)
    shown = None if value is None else "********" if secret else value
    return Provenance(f"{room}.{field}", env_name(room, field, info), source, shown, secret, info.description or "")


def refuse_unknown_rooms(document: Document, rooms: list[str]) -> None:
    """Raise `ConfigurationError` for a top-level key that is no room's, with the nearest name."""
    _refuse_unknown(document, document.data, rooms)


def _refuse_unknown(document: Document, mapping: Mapping[str, Any], known: list[str], *parents: str) -> None:
    prefix = "".join(f"{parent}." for parent in parents)
    for key in mapping:
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            raise ConfigurationError(
                f"Unknown setting '{prefix}{key}'",
                details=f"It stands in {document.place(*parents, key)}.",
                help=f"Did you mean '{prefix}{near[0]}'?" if near else f"Known: {', '.join(known)}",
            )
