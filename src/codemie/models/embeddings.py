"""Vectors from the embedders of the catalogue that run elsewhere, and from the mock.

Rows of provider `embedded` run inside the knowledge room and are not embedded here. `ModelEntry.identity` names the
vector space: vectors of two identities are never compared.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from codemie.models import errors
from codemie.models.calls import Call, locate
from codemie.models.direct import post_json
from codemie.models.entries import ModelEntry
from codemie.models.mock.vectors import vectors

Matrix = npt.NDArray[np.float32]
_MOST_TEXTS = 96
_MOST_CHARACTERS = 200_000
_AT_ONCE = 4
_MOCK_DIMENSIONS = 384


async def embed(entry: ModelEntry, texts: Sequence[str]) -> Matrix:
    """Return one row for each text, in order, each of length 1.

    Args:
        entry: an embedding model of any provider but `embedded`.
        texts: any number; they are sent in batches, at most four batches at a time.

    Raises:
        ModelError: the endpoint failed, or answered with vectors of another length than the catalogue says.
    """
    if not texts:
        return np.zeros((0, entry.dimensions or 0), dtype=np.float32)
    send = _SENDERS.get(entry.provider)
    if send is None:
        message = f"Model '{entry.base_name}': provider '{entry.provider}' has no embeddings here."
        raise errors.ModelRequestRejectedError(message)
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(batch: Sequence[str]) -> Matrix:
        async with slots:
            return _checked(entry, batch, await send(entry, batch))

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(batch)) for batch in _batches(texts)]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures
    return np.concatenate([task.result() for task in tasks])


async def dimensions(entry: ModelEntry) -> int:
    """Return the length of the entry's vectors, by embedding one word when the catalogue does not say."""
    return entry.dimensions or int((await embed(entry, ["dimension"])).shape[1])


def _batches(texts: Sequence[str]) -> list[list[str]]:
    batches: list[list[str]] = [[]]
    size = 0
    for text in texts:
        if batches[-1] and (len(batches[-1]) >= _MOST_TEXTS or size + len(text) > _MOST_CHARACTERS):
            batches.append([])
            size = 0
        batches[-1].append(text or " ")  # endpoints refuse an empty text
        size += len(text)
    return batches


def _checked(entry: ModelEntry, batch: Sequence[str], rows: Matrix) -> Matrix:
    if rows.ndim != 2 or rows.shape[0] != len(batch) or not np.isfinite(rows).all():
        raise errors.UnknownModelError(f"Model '{entry.base_name}' did not answer one vector for each text.")
    if entry.dimensions and rows.shape[1] != entry.dimensions:
        found = f"vectors of {rows.shape[1]} numbers, the catalogue says {entry.dimensions}"
        raise errors.UnknownModelError(f"Model '{entry.base_name}' answers {found}.")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths == 0, 1, lengths)).astype(np.float32, copy=False)


async def _over_http(entry: ModelEntry, batch: Sequence[str]) -> Matrix:
    address = locate(entry, "embeddings")
    body: dict[str, Any] = {"input": list(batch)}
    if address.names_model:
        body["model"] = entry.deployment_name
    answer = await post_json(entry, Call(address.url, address.headers, body))
    try:
        found = sorted(answer["data"], key=lambda row: row.get("index", 0))
        return np.asarray([row["embedding"] for row in found], dtype=np.float32)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise errors.UnknownModelError(f"Model '{entry.base_name}' did not answer with embeddings.") from error


async def _from_mock(entry: ModelEntry, batch: Sequence[str]) -> Matrix:
    return vectors(batch, entry.dimensions or _MOCK_DIMENSIONS)


async def _from_bedrock(entry: ModelEntry, batch: Sequence[str]) -> Matrix:
    from pydantic_ai.embeddings.bedrock import BedrockEmbeddingModel
    from pydantic_ai.providers.bedrock import BedrockProvider

    from codemie.models.aws import bedrock_client

    provider = BedrockProvider(bedrock_client=bedrock_client(entry))
    return await _through_pydantic(BedrockEmbeddingModel(entry.deployment_name, provider=provider), batch)


async def _from_google(entry: ModelEntry, batch: Sequence[str]) -> Matrix:
    from pydantic_ai.embeddings.google import GoogleEmbeddingModel

    from codemie.models.providers import google_provider

    return await _through_pydantic(GoogleEmbeddingModel(entry.deployment_name, provider=google_provider(entry)), batch)


async def _through_pydantic(model: Any, batch: Sequence[str]) -> Matrix:
    from pydantic_ai.exceptions import ModelAPIError

    try:
        result = await model.embed(list(batch), input_type="document")
    except ModelAPIError as error:
        status = getattr(error, "status_code", None)
        if status is None:
            raise errors.ModelConnectionError(str(error)) from error
        raise errors.from_response(status, str(error)) from error
    return np.asarray(result.embeddings, dtype=np.float32)


_SENDERS: dict[str, Callable[[ModelEntry, Sequence[str]], Awaitable[Matrix]]] = {
    "openai": _over_http,
    "azure_openai": _over_http,
    "mock": _from_mock,
    "aws_bedrock": _from_bedrock,
    "google_vertexai": _from_google,
    "google_gemini": _from_google,
}
