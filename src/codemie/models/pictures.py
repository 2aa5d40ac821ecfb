"""Pictures drawn by models of the catalogue that run behind OpenAI-compatible endpoints, and by the mock.

Wire format: https://platform.openai.com/docs/api-reference/images/create; Azure's is the same at its own addresses.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from codemie.models import errors
from codemie.models.calls import Call, locate
from codemie.models.catalogue import Models
from codemie.models.direct import post_json
from codemie.models.entries import ModelEntry
from codemie.models.mock.tokens import count_tokens
from codemie.models.usage import Usage

LARGEST_PICTURE_BYTES = 20 * 2**20
_PROVIDERS = frozenset(("openai", "azure_openai"))
_FORMATS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))

Fetch = Callable[[str], Awaitable[bytes]]
"""Reads what is at an address that an endpoint names."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture and what it took.

    Args:
        media_type: PNG, JPEG, GIF or WebP.
        content: its bytes.
        usage: tokens as the endpoint counts them. Where it counts none, the picture is one token of output, so that
            the price of a picture can stand in the catalogue.
    """

    media_type: str
    content: bytes
    usage: Usage


def painters(models: Models) -> list[ModelEntry]:
    """The models that draw, in the order of the catalogue."""
    return [row for row in models.chat if row.supports_image_generation]


def painter(models: Models, name: str | None = None) -> ModelEntry | None:
    """The model of that name if it draws, else the first that does; None where none does."""
    found = painters(models)
    return next((row for row in found if row.base_name == name), next(iter(found), None))


async def draw(entry: ModelEntry, description: str, fetch: Fetch) -> Drawn:
    """Let the model draw one picture.

    Args:
        entry: a model that draws.
        description: of the picture.
        fetch: reads the picture where the endpoint answers with its address.

    Raises:
        ModelError: the endpoint failed or refused, or answered with something else than a picture.
    """
    if entry.is_mock:
        from codemie.models.mock.drawing import picture

        return _drawn(entry, await picture(entry, description), Usage(count_tokens(description), 1))
    if entry.provider not in _PROVIDERS:
        message = f"Model '{entry.base_name}': provider '{entry.provider}' draws no pictures here."
        raise errors.ModelRequestRejectedError(message)
    address = locate(entry, "images/generations")
    body: dict[str, Any] = {"prompt": description, "n": 1}
    if address.names_model:
        body["model"] = entry.deployment_name
    answer = await post_json(entry, Call(address.url, address.headers, body))
    return _drawn(entry, await _content(entry, answer, fetch), _usage(answer.get("usage"), description))


async def _content(entry: ModelEntry, answer: dict[str, Any], fetch: Fetch) -> bytes:
    try:
        picture = answer["data"][0]
        encoded, url = picture.get("b64_json"), picture.get("url")
        if encoded:
            return base64.b64decode(encoded, validate=True)
    except (KeyError, IndexError, TypeError, AttributeError, binascii.Error) as error:
        raise errors.UnknownModelError(f"Model '{entry.base_name}' did not answer with a picture.") from error
    if not isinstance(url, str) or not url:
        raise errors.UnknownModelError(f"Model '{entry.base_name}' did not answer with a picture.")
    return await fetch(url)


def _drawn(entry: ModelEntry, content: bytes, usage: Usage) -> Drawn:
    media_type = _media_type(content)
    if media_type is None:
        raise errors.UnknownModelError(f"Model '{entry.base_name}' answered with something that is no picture.")
    if len(content) > LARGEST_PICTURE_BYTES:
        most = f"at most {LARGEST_PICTURE_BYTES // 2**20} MB are kept"
        raise errors.UnknownModelError(f"Model '{entry.base_name}' drew a picture of {len(content)} bytes; {most}.")
    return Drawn(media_type, content, usage)


def _media_type(content: bytes) -> str | None:
    """What the bytes are, whatever the endpoint calls them."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _FORMATS if content.startswith(start)), None)


def _usage(found: Any, description: str) -> Usage:
    if not isinstance(found, dict):
        return Usage(count_tokens(description), 1)
    counts = cast("dict[str, Any]", found)
    read, written = (counts.get(name) for name in ("input_tokens", "output_tokens"))
    return Usage(
        read if isinstance(read, int) and read > 0 else count_tokens(description),
        written if isinstance(written, int) and written > 0 else 1,
    )
