"""Calls to OpenAI-compatible endpoints: address, headers, body without what a model does not take; and answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from codemie.models import credentials
from codemie.models.entries import ModelEntry
from codemie.models.usage import Usage

_OPENAI = "https://api.openai.com/v1"


class Delta(NamedTuple):
    """The next piece of an answer; `more` when another has arrived together with it."""

    text: str
    more: bool = False


class Completion(NamedTuple):
    """A whole answer."""

    text: str
    usage: Usage


@dataclass(frozen=True)
class Call:
    """One HTTP call that is ready to go."""

    url: str
    headers: dict[str, str]
    body: dict[str, Any]
    max_tokens: int | None = None

    @cached_property
    def encoded(self) -> bytes:
        """The body as JSON."""
        return json.dumps(self.body, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Address:
    """Where an OpenAI-compatible endpoint takes calls of one kind."""

    url: str
    headers: dict[str, str] = field(repr=False)
    names_model: bool = True


def completion(
    entry: ModelEntry,
    messages: Sequence[dict[str, Any]],
    *,
    temperature: float | None = None,
    top_p: float | None = None,
    max_tokens: int | None = None,
    stream: bool = False,
) -> Call:
    """Return the call for one chat completion."""
    features = entry.features
    limit = _limit(entry, max_tokens)
    parameters = {
        "temperature": temperature if features.temperature else None,
        "top_p": top_p if features.top_p else None,
        _limit_name(entry): limit if features.max_tokens else None,
    }
    body: dict[str, Any] = {"messages": _said(entry, messages)}
    body |= {name: value for name, value in parameters.items() if value is not None}
    if stream:
        body["stream"] = True
        if entry.endpoint.stream_usage:
            body["stream_options"] = {"include_usage": True}
    if entry.is_mock:
        return Call("", {}, body | {"model": entry.base_name}, limit)
    address = locate(entry, "chat/completions")
    return Call(
        address.url, address.headers, body | {"model": entry.deployment_name} if address.names_model else body, limit
    )


def locate(entry: ModelEntry, operation: str) -> Address:
    """Return where `operation` (`chat/completions`, `embeddings`) of the entry is called.

    Raises:
        ModelAuthenticationError: the key named in the catalogue is missing.
        ModelRequestRejectedError: an Azure endpoint has no address.
    """
    key = credentials.api_key(entry)
    extra = credentials.headers(entry) | {"Content-Type": "application/json"}
    if entry.provider != "azure_openai":
        bearer = {"Authorization": f"Bearer {key}"} if key else {}
        return Address(f"{credentials.base_url(entry) or _OPENAI}/{operation}", bearer | extra)
    url = credentials.required_url(entry)
    headers = ({"api-key": key} if key else {}) | extra
    if url.endswith("/v1"):  # Azure's newer interface: no version, the model stands in the body
        return Address(f"{url}/{operation}", headers)
    path = f"openai/deployments/{entry.deployment_name}/{operation}"
    return Address(f"{url}/{path}?api-version={credentials.api_version(entry)}", headers, names_model=False)


def _limit(entry: ModelEntry, asked: int | None) -> int | None:
    known = [limit for limit in (asked, entry.max_output_tokens) if limit]
    return min(known) if known else None


def _limit_name(entry: ModelEntry) -> str:
    """OpenAI's own newer models refuse `max_tokens`, most compatible servers know nothing else."""
    if entry.endpoint.max_tokens_parameter:
        return entry.endpoint.max_tokens_parameter
    if entry.provider == "azure_openai":
        return "max_completion_tokens" if credentials.api_version(entry) >= "2024-09" else "max_tokens"
    is_openai = entry.provider == "openai" and (credentials.base_url(entry) or _OPENAI).startswith(_OPENAI)
    return "max_completion_tokens" if is_openai else "max_tokens"


def _said(entry: ModelEntry, messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    if entry.features.system_prompt:
        return list(messages)
    return [message | {"role": "user"} if message.get("role") == "system" else message for message in messages]
