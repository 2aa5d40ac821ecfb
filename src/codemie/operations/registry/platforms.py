"""Which processors an image is for."""

from collections.abc import Collection
from typing import Any

from codemie.operations.registry.client import BLOCK, INDEXES, Document, Registries
from codemie.operations.registry.failures import RegistryFailed
from codemie.operations.registry.names import Image

_MOST_CONFIGURATION = 2**20


def platform_of(told: dict[str, Any]) -> str:
    """Written as `linux/amd64`, with a variant where it has one that matters."""
    parts = [told.get("os") or "linux", told.get("architecture") or "amd64"]
    variant = told.get("variant")
    # 64 bits of Arm have one variant in use, which many leave out.
    return "/".join([*parts, variant] if variant and parts[1] != "arm64" else parts)


def listed(index: Document) -> dict[str, str]:
    """Platform → digest of its manifest; what is no image for a machine, such as attestations, is left out."""
    found: dict[str, str] = {}
    for each in index.data.get("manifests") or ():
        platform = each.get("platform") or {}
        if platform.get("os") not in {None, "unknown"} and isinstance(each.get("digest"), str):
            found.setdefault(platform_of(platform), each["digest"])
    return found


async def platforms(registries: Registries, image: Image, found: Document) -> Collection[str]:
    """What an image is for: an index says so itself, of a single image its configuration does.

    Raises:
        RegistryFailed: the configuration cannot be read.
    """
    if found.kind in INDEXES:
        return listed(found)
    import json

    descriptor = found.data.get("config") or {}
    content = b""
    async with registries.blob(image, str(descriptor.get("digest"))) as (_, blocks):
        async for block in blocks:
            content += block
            if len(content) > _MOST_CONFIGURATION + BLOCK:
                raise RegistryFailed(f"The configuration of {image.name} is too large")
    try:
        return [platform_of(json.loads(content))]
    except (ValueError, AttributeError):
        raise RegistryFailed(f"The configuration of {image.name} cannot be read") from None
