"""The way of images out of a bundle into a registry."""

from collections.abc import AsyncGenerator, Callable
from pathlib import Path

from codemie.kernel.errors import Unavailable
from codemie.operations.offline.archive import Bundle, children, layers, opened
from codemie.operations.offline.manifest import Packed, blob
from codemie.operations.registry.client import BLOCK, Document, Registries
from codemie.operations.registry.failures import Denied, LoginWanted, RegistryFailed
from codemie.operations.registry.names import Image


async def push(registries: Registries, path: Path, registry: str, told: Callable[[str], None]) -> int:
    """Give every image of a bundle to a registry; what is there already is not sent again.

    Args:
        registries: with the login for it.
        path: of the bundle.
        registry: host, with port and path where it has them.
        told: hears of each image.

    Returns:
        How many there were.

    Raises:
        InvalidInput: that is no registry.
        Unprocessable: the bundle is damaged.
        Unavailable: the registry does not take an image; says why.
    """
    with opened(path) as bundle:
        for packed in bundle.manifest.images:
            image = Image("", packed.repository, packed.reference).at(registry)
            try:
                sent = await _push_one(registries, bundle, packed, image)
            except RegistryFailed as error:
                said = _help(error, image)
                raise Unavailable(f"{image.name} cannot be pushed", details=str(error), help=said) from error
            told(f"{image.name} {packed.digest}: {sent} sent")
        return len(bundle.manifest.images)


def _help(error: RegistryFailed, image: Image) -> str:
    if isinstance(error, LoginWanted | Denied):
        return f"Sign in with 'docker login {image.host}', by an account that may write"
    return "Run the same command again: what is there already is not sent again"


async def _push_one(registries: Registries, bundle: Bundle, packed: Packed, image: Image) -> int:
    """Contents first, then what names them: a registry refuses a manifest whose layers it has not."""
    sent = 0
    for descriptor in layers(bundle, packed.digest):
        digest = descriptor["digest"]
        if not await registries.has_blob(image, digest):
            size = bundle.manifest.parts[blob(digest)].bytes
            await registries.put_blob(image, digest, size, _read(bundle, digest))
            sent += 1
    for child in children(bundle, packed.digest):
        content = bundle.document(child)
        await registries.put_document(image, Document.of(content), child)
    await registries.put_document(image, Document(bundle.document(packed.digest), packed.kind))
    return sent


async def _read(bundle: Bundle, digest: str) -> AsyncGenerator[bytes]:
    with bundle.content(blob(digest)) as content:
        while block := content.read(BLOCK):
            yield block
