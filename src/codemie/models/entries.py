"""One row of the model catalogue, in the wire and file format every CodeMie client knows, and where it runs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

ModelKind: TypeAlias = Literal["chat", "embedding"]
Provider: TypeAlias = Literal[
    "mock",
    "embedded",
    "openai",
    "azure_openai",
    "anthropic",
    "aws_bedrock",
    "google_vertexai",
    "google_gemini",
    "vertex_ai-anthropic_models",
]
OFFICIAL_PROVIDERS = frozenset(
    ("azure_openai", "aws_bedrock", "google_vertexai", "anthropic", "vertex_ai-anthropic_models")
)
"""The values the official clients parse; others reach them as no provider at all."""
CATEGORIES = (
    *("global", "chat", "code", "documentation", "summarization", "translation", "knowledge_base"),
    *("workflow", "file_analysis", "reasoning", "planning"),
)
_ALIASES = dict.fromkeys(("openai_compatible", "litellm", "ollama", "vllm"), "openai") | {"gemini": "google_gemini"}


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())


class Cost(_Row):
    """USD per token."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    input_cost_per_token_batches: float | None = None
    output_cost_per_token_batches: float | None = None
    cache_read_input_token_cost: float | None = None
    cache_creation_input_token_cost: float | None = None


class Features(_Row):
    """What the model takes; a parameter whose feature is false is not sent."""

    streaming: bool = True
    tools: bool = True
    temperature: bool = True
    parallel_tool_calls: bool = False
    system_prompt: bool = True
    max_tokens: bool = True
    top_p: bool = True


class Configuration(_Row):
    """Provider headers: a value, or several."""

    client_headers: dict[str, str | list[str]] = {}


class Endpoint(_Row):
    """Where a model runs and with which credentials; what is left out comes from the provider's usual variables."""

    name: str = ""
    base_url: str | None = None
    base_url_env: str | None = None
    api_key: SecretStr | None = None
    api_key_env: str | None = None
    api_key_file: str | None = None
    api_version: str | None = None
    region: str | None = None
    project: str | None = None
    profile: str | None = Field(default=None, description="AWS profile")
    headers: dict[str, str] = {}
    timeout_seconds: float | None = Field(default=None, gt=0, le=3600, description="longest silence")
    connect_timeout_seconds: float = Field(default=10, gt=0, le=120)
    max_retries: int | None = Field(default=None, ge=0, le=10)
    stream_usage: bool = Field(default=True, description="ask for usage at the end of a stream; some servers refuse it")
    max_tokens_parameter: Literal["max_tokens", "max_completion_tokens"] | None = None
    max_concurrency: int = Field(default=256, ge=1, le=10_000, description="connections held to this endpoint at most")

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return url.rstrip("/") if url else url

    @property
    def is_reference(self) -> bool:
        """Whether only the name of an endpoint declared elsewhere is given."""
        return bool(self.name) and self.model_fields_set == {"name"}


class ModelEntry(_Row):
    """A model by the name clients use (`base_name`), with what it can, costs and where it runs."""

    base_name: str = Field(min_length=1, max_length=200)
    deployment_name: str = ""
    label: str = ""
    enabled: bool = True
    multimodal: bool = False
    react_agent: bool | None = Field(default=None, description="kept for older files; no effect")
    provider: Provider = "azure_openai"
    default: bool = False
    default_for_categories: tuple[str, ...] = ()
    max_output_tokens: int | None = Field(default=None, ge=1)
    context_window: int | None = Field(default=None, ge=1000, description="tokens it reads and writes in one request")
    cost: Cost | None = None
    features: Features = Features()
    supports_image_generation: bool = False
    configuration: Configuration | None = None
    forbidden_for_web: bool = False
    api_version: str | None = None
    is_premium: bool = False
    fallback: str | None = Field(default=None, description="model that answers when this one's provider fails")
    is_router: bool = False
    supports_tools: bool = True
    dimensions: int | None = Field(default=None, ge=1, le=16_000, description="length of an embedder's vectors")
    endpoint: Endpoint = Endpoint()
    kind: ModelKind = "chat"
    rules: str | None = Field(default=None, exclude=True, description="rule file of a mock model; set by the catalogue")

    @model_validator(mode="before")
    @classmethod
    def _completed(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        row = {key: value for key, value in data.items() if value is not None}
        if isinstance(name := row.get("base_name"), str):
            row = {"deployment_name": name, "label": name} | row
        row["default"] = bool(row.get("default")) or "global" in (row.get("default_for_categories") or ())
        features = row.get("features")
        row.setdefault("supports_tools", features.get("tools", True) if isinstance(features, Mapping) else True)
        if isinstance(row.get("endpoint"), str):
            row["endpoint"] = {"name": row["endpoint"]}
        return row

    @field_validator("provider", mode="before")
    @classmethod
    def _known_as(cls, provider: Any) -> Any:
        return _ALIASES.get(provider, provider) if isinstance(provider, str) else provider

    @property
    def is_mock(self) -> bool:
        """Whether no real model answers."""
        return self.provider == "mock"

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever anything about the row or its endpoint does."""
        key = self.endpoint.api_key.get_secret_value() if self.endpoint.api_key else ""
        return sha256(f"{self.model_dump_json()}{self.rules}{key}".encode()).hexdigest()

    @property
    def identity(self) -> str:
        """Names the vector space of an embedder: vectors of different identities cannot be compared."""
        return f"{self.provider}/{self.deployment_name}/{self.dimensions or 'native'}"
