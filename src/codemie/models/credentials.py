"""Where an endpoint is and with which key it is reached: as the catalogue says, else by the usual variables."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from codemie.models.entries import ModelEntry
from codemie.models.errors import ModelAuthenticationError, ModelRequestRejectedError

_GOOGLE_CLOUD: dict[str, tuple[str, ...]] = {
    "project": ("GOOGLE_PROJECT_ID", "GOOGLE_CLOUD_PROJECT"),
    "region": ("GOOGLE_REGION", "GOOGLE_CLOUD_LOCATION"),
}
_USUAL: dict[str, dict[str, tuple[str, ...]]] = {
    "azure_openai": {
        "base_url": ("AZURE_OPENAI_URL", "AZURE_OPENAI_ENDPOINT"),
        "api_key": ("AZURE_OPENAI_API_KEY",),
        "api_version": ("OPENAI_API_VERSION",),
    },
    "openai": {"base_url": ("OPENAI_BASE_URL",), "api_key": ("OPENAI_API_KEY",)},
    "anthropic": {"base_url": ("ANTHROPIC_BASE_URL",), "api_key": ("ANTHROPIC_API_KEY",)},
    "aws_bedrock": {
        "region": ("AWS_BEDROCK_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"),
        "api_key": ("AWS_BEARER_TOKEN_BEDROCK",),
    },
    "google_gemini": {"api_key": ("GOOGLE_API_KEY", "GEMINI_API_KEY")},
    "google_vertexai": _GOOGLE_CLOUD,
    "vertex_ai-anthropic_models": _GOOGLE_CLOUD,
}
DEFAULT_AZURE_VERSION = "2024-10-21"


def api_key(entry: ModelEntry) -> str | None:
    """Return the key of the entry's endpoint; a key file is followed as it changes.

    Raises:
        ModelAuthenticationError: the named variable is not set or the file cannot be read.
    """
    endpoint = entry.endpoint
    if endpoint.api_key is not None:
        return endpoint.api_key.get_secret_value()
    if endpoint.api_key_env:
        if key := os.environ.get(endpoint.api_key_env):
            return key
        raise ModelAuthenticationError(f"Model '{entry.base_name}': the variable {endpoint.api_key_env} is not set.")
    if endpoint.api_key_file:
        return _key_in(entry, Path(endpoint.api_key_file))
    return _usual(entry, "api_key")


def base_url(entry: ModelEntry) -> str | None:
    """Return the address of the entry's endpoint, without a slash at the end; None means the provider's own."""
    named = entry.endpoint.base_url_env
    url = entry.endpoint.base_url or (os.environ.get(named) if named else None) or _usual(entry, "base_url")
    return url.rstrip("/") if url else None


def api_version(entry: ModelEntry) -> str:
    """Return the Azure API version."""
    return entry.endpoint.api_version or _usual(entry, "api_version") or DEFAULT_AZURE_VERSION


def region(entry: ModelEntry) -> str | None:
    """Return the cloud region."""
    return entry.endpoint.region or _usual(entry, "region")


def project(entry: ModelEntry) -> str | None:
    """Return the Google Cloud project."""
    return entry.endpoint.project or _usual(entry, "project")


def headers(entry: ModelEntry) -> dict[str, str]:
    """Return the extra headers of the endpoint and of the row; a list of values is joined with commas."""
    configured = entry.configuration.client_headers if entry.configuration else {}
    joined = {name: value if isinstance(value, str) else ", ".join(value) for name, value in configured.items()}
    return {**entry.endpoint.headers, **joined}


def required_url(entry: ModelEntry) -> str:
    """Return the address of an endpoint that has no usual one.

    Raises:
        ModelRequestRejectedError: the catalogue names none.
    """
    if url := base_url(entry):
        return url
    raise ModelRequestRejectedError(f"Model '{entry.base_name}' ({entry.provider}) has no `base_url` in the catalogue.")


def _usual(entry: ModelEntry, field: str) -> str | None:
    names = _USUAL.get(entry.provider, {}).get(field, ())
    return next((value for name in names if (value := os.environ.get(name))), None)


def _key_in(entry: ModelEntry, path: Path) -> str:
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        reason = error.strerror or error
        raise ModelAuthenticationError(f"Model '{entry.base_name}': the key file {path}: {reason}.") from error


@lru_cache(maxsize=64)
def _read(path: Path, modified: int) -> str:  # noqa: ARG001 - part of the cache key
    return path.read_text(encoding="utf-8").strip()
