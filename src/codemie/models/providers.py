"""From a catalogue row to a pydantic-ai model.

pydantic-ai and the providers' libraries are imported when first needed: together they cost seconds. All models share
the connections of `transport`, so a row that leaves the catalogue leaves nothing to close. Timeouts, and retries with
jitter and Retry-After, are the providers' libraries' own, set from the row's endpoint.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from codemie.models import credentials
from codemie.models.entries import ModelEntry
from codemie.models.errors import ModelAuthenticationError, ModelRequestRejectedError
from codemie.models.transport import transport

if TYPE_CHECKING:
    from pydantic_ai.models import Model
    from pydantic_ai.settings import ModelSettings

_MOST_KEPT = 128
_Key = tuple[int, str, str | None]


class _Kept:
    """The models in use, by everything they were made from; the one not used for longest goes first."""

    def __init__(self) -> None:
        self._models: OrderedDict[_Key, Model[Any]] = OrderedDict()

    def get(self, key: _Key, make: Callable[[], Model[Any]]) -> Model[Any]:
        if (found := self._models.get(key)) is None:
            found = self._models[key] = make()
            while len(self._models) > _MOST_KEPT:
                self._models.popitem(last=False)
        self._models.move_to_end(key)
        return found


_kept = _Kept()


def chat_model(entry: ModelEntry) -> Model[Any]:
    """Return the model a row stands for; the same object as long as row, key and event loop stay the same.

    Raises:
        ModelAuthenticationError: the key the row names is missing, or the provider needs one and there is none.
        ModelRequestRejectedError: the row lacks an address, or its provider offers no chat.
    """
    key = (transport().number, entry.fingerprint, None if entry.is_mock else credentials.api_key(entry))
    return _kept.get(key, lambda: _made(entry))


def model_settings(entry: ModelEntry) -> ModelSettings:
    """Return what every call of the row's model is sent with, unless the caller says otherwise."""
    settings: ModelSettings = {}
    if entry.max_output_tokens and entry.features.max_tokens:
        settings["max_tokens"] = entry.max_output_tokens
    if entry.endpoint.timeout_seconds:
        settings["timeout"] = entry.endpoint.timeout_seconds
    if headers := credentials.headers(entry):
        settings["extra_headers"] = headers
    return settings


def dropped_settings(entry: ModelEntry) -> frozenset[str]:
    """Return the settings the row's model does not take."""
    return frozenset(name for name in ("temperature", "top_p", "max_tokens") if not getattr(entry.features, name))


def _made(entry: ModelEntry) -> Model[Any]:
    make = _MAKERS.get(entry.provider)
    if make is None:
        raise ModelRequestRejectedError(f"Model '{entry.base_name}': provider '{entry.provider}' has no chat models.")
    model = make(entry)
    if dropped := dropped_settings(entry):
        from codemie.models.features import WithoutSettings

        return WithoutSettings(model, dropped)
    return model


def _mock(entry: ModelEntry) -> Model[Any]:
    from codemie.models.mock.pydantic import MockModel

    return MockModel(entry)


def _openai(entry: ModelEntry) -> Model[Any]:
    from openai import AsyncOpenAI
    from pydantic_ai.providers.openai import OpenAIProvider

    client = AsyncOpenAI(
        base_url=credentials.base_url(entry),
        # The library insists on a key; endpoints without one ignore it.
        api_key=credentials.api_key(entry) or "not-needed",
        max_retries=entry.endpoint.max_retries or 0,
        http_client=transport().client,
    )
    return _openai_chat(entry, OpenAIProvider(openai_client=client))


def _azure(entry: ModelEntry) -> Model[Any]:
    from openai import AsyncAzureOpenAI
    from pydantic_ai.providers.azure import AzureProvider

    client = AsyncAzureOpenAI(
        azure_endpoint=credentials.required_url(entry),
        azure_deployment=entry.deployment_name,
        api_version=credentials.api_version(entry),
        api_key=_required_key(entry),
        max_retries=entry.endpoint.max_retries or 0,
        http_client=transport().client,
    )
    return _openai_chat(entry, AzureProvider(openai_client=client))


def _openai_chat(entry: ModelEntry, provider: Any) -> Model[Any]:
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.profiles.openai import OpenAIModelProfile

    own = OpenAIModelProfile()
    if not entry.features.system_prompt:
        own["openai_system_prompt_role"] = "user"
    return OpenAIChatModel(
        entry.deployment_name, provider=provider, profile=own or None, settings=model_settings(entry)
    )


def _anthropic(entry: ModelEntry) -> Model[Any]:
    from anthropic import AsyncAnthropic
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    client = AsyncAnthropic(
        api_key=_required_key(entry),
        base_url=credentials.base_url(entry),
        max_retries=entry.endpoint.max_retries or 0,
        http_client=transport().client,
    )
    provider = AnthropicProvider(anthropic_client=client)
    return AnthropicModel(entry.deployment_name, provider=provider, settings=model_settings(entry))


def _anthropic_on_vertex(entry: ModelEntry) -> Model[Any]:
    from anthropic import not_given
    from anthropic.lib.vertex import AsyncAnthropicVertex
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    client = AsyncAnthropicVertex(
        region=credentials.region(entry) or "global",
        project_id=credentials.project(entry) or not_given,
        base_url=credentials.base_url(entry),
        max_retries=entry.endpoint.max_retries or 0,
        http_client=transport().client,
    )
    provider = AnthropicProvider(anthropic_client=client)
    return AnthropicModel(entry.deployment_name, provider=provider, settings=model_settings(entry))


def _bedrock(entry: ModelEntry) -> Model[Any]:
    from pydantic_ai.models.bedrock import BedrockConverseModel
    from pydantic_ai.providers.bedrock import BedrockProvider

    from codemie.models.aws import bedrock_client

    provider = BedrockProvider(bedrock_client=bedrock_client(entry))
    return BedrockConverseModel(entry.deployment_name, provider=provider, settings=model_settings(entry))


def _google(entry: ModelEntry) -> Model[Any]:
    from pydantic_ai.models.google import GoogleModel

    return GoogleModel(entry.deployment_name, provider=google_provider(entry), settings=model_settings(entry))


def google_provider(entry: ModelEntry) -> Any:
    """Return the connection to Vertex AI or the Gemini API.

    Raises:
        ModelAuthenticationError: no credentials are found.
    """
    return _vertex(entry) if entry.provider == "google_vertexai" else _gemini(entry)


def _vertex(entry: ModelEntry) -> Any:
    from google.auth.exceptions import DefaultCredentialsError
    from pydantic_ai.providers.google_cloud import GoogleCloudProvider

    try:
        return GoogleCloudProvider(
            project=credentials.project(entry),
            location=credentials.region(entry),
            base_url=credentials.base_url(entry),
            http_client=transport().client,
            retry_options=_google_retries(entry),
        )
    except (DefaultCredentialsError, ValueError) as error:
        raise ModelAuthenticationError(f"Model '{entry.base_name}': {error}") from error


def _gemini(entry: ModelEntry) -> Any:
    from pydantic_ai.providers.google import GoogleProvider

    return GoogleProvider(
        api_key=_required_key(entry),
        base_url=credentials.base_url(entry),
        http_client=transport().client,
        retry_options=_google_retries(entry),
    )


def _google_retries(entry: ModelEntry) -> Any:
    from google.genai.types import HttpRetryOptions

    return HttpRetryOptions(attempts=1 + (entry.endpoint.max_retries or 0), initial_delay=0.5, max_delay=20)


def _required_key(entry: ModelEntry) -> str:
    if key := credentials.api_key(entry):
        return key
    raise ModelAuthenticationError(f"Model '{entry.base_name}' ({entry.provider}) has no API key.")


_MAKERS: dict[str, Callable[[ModelEntry], Any]] = {
    "mock": _mock,
    "openai": _openai,
    "azure_openai": _azure,
    "anthropic": _anthropic,
    "vertex_ai-anthropic_models": _anthropic_on_vertex,
    "aws_bedrock": _bedrock,
    "google_vertexai": _google,
    "google_gemini": _google,
}
