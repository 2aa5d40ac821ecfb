"""The way of images out of registries into a folder, in the layout of OCI that runtimes and tools can load.

Written by github.com/opencontainers/image-spec, image-layout.md: `oci-layout`, `index.json`, and blobs named by digest.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from codemie.kernel.errors import OutOfSpace, Unavailable
from codemie.operations.offline.manifest import Packed
from codemie.operations.registry.client import BLOCK, INDEXES, Document, Registries
from codemie.operations.registry.failures import Denied, LoginWanted, Missing, RegistryFailed
from codemie.operations.registry.names import Image
from codemie.operations.registry.platforms import listed, platforms

_TRIES = 4
_MOST_LAYERS = 200
_DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")
_INDEX = "application/vnd.oci.image.index.v1+json"
Told = Callable[[str], None]


async def pull(
    registries: Registries, wanted: Sequence[tuple[str, Image]], kinds: Sequence[str], folder: Path, told: Told
) -> tuple[Packed, ...]:
    """Fetch images; what a former attempt fetched is not fetched again.

    Args:
        registries: where they are.
        wanted: value of the chart that names it, empty where none does, and the image.
        kinds: platforms, such as `linux/amd64`; each image must be for all of them.
        folder: to write to; it may hold what a former attempt left.
        told: hears of each image.

    Raises:
        Unavailable: an image cannot be had; says why, and what to do.
        OutOfSpace: it does not fit.
    """
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    packed: list[Packed] = []
    for value, image in wanted:
        try:
            one = await _Pull(registries, image, kinds, blobs).all(value)
        except RegistryFailed as error:
            raise Unavailable(f"The image {image.name} cannot be had", details=str(error), help=_help(error)) from error
        told(f"{image.name}: {', '.join(one.platforms)}, {one.bytes / 2**20:.1f} MiB")
        packed.append(one)
    _finish(folder, packed)
    return tuple(packed)


def _help(error: RegistryFailed) -> str:
    match error:
        case LoginWanted() | Denied():
            return "Sign in with 'docker login HOST', by an account that may read it; or leave images out: --no-images"
        case Missing():
            return (
                "Correct its name, or push it there first (deploy/docker makes ours); or leave images out: --no-images"
            )
        case _:
            return "Run the same command again: it goes on where it was. Or leave images out with --no-images"


class _Pull:
    """The way of one image."""

    def __init__(self, registries: Registries, image: Image, kinds: Sequence[str], blobs: Path) -> None:
        self._registries = registries
        self._image = image
        self._kinds = kinds
        self._blobs = blobs
        self._sizes: dict[str, int] = {}

    async def all(self, value: str) -> Packed:
        document = await self._registries.document(self._image)
        named: Sequence[str] = self._kinds
        if document.kind in INDEXES:
            document = await self._chosen(document)
        else:
            named = tuple(await platforms(self._registries, self._image, document))
            self._refuse_others(named)
            await self._contents(document)
        self._keep(document)
        image = self._image
        return Packed(
            source=image.name,
            repository=image.repository,
            # What was named by the digest of more than is packed is named by that of what is.
            reference=document.digest if ":" in image.reference else image.reference,
            value=value,
            digest=document.digest,
            kind=document.kind,
            platforms=tuple(named),
            bytes=sum(self._sizes.values()),
        )

    async def _chosen(self, index: Document) -> Document:
        """The manifest of the one platform that is wanted, or an index of those that are."""
        there = listed(index)
        self._refuse_others(tuple(there))
        found: list[tuple[str, Document]] = []
        for kind in self._kinds:
            child = await self._registries.document(self._image, there[kind])
            await self._contents(child)
            found.append((kind, child))
        if len(found) == 1:
            return found[0][1]
        for _, child in found:
            self._keep(child)
        content = {
            "schemaVersion": 2,
            "mediaType": _INDEX,
            "manifests": [_descriptor(child) | {"platform": _platform(kind)} for kind, child in found],
        }
        return Document(json.dumps(content).encode(), _INDEX)

    def _refuse_others(self, there: Sequence[str]) -> None:
        if lacking := [kind for kind in self._kinds if kind not in there]:
            said = ", ".join(there) or "nothing"
            raise RegistryFailed(f"It is for {said}, not for {', '.join(lacking)}; --platform names another")

    async def _contents(self, document: Document) -> None:
        told = document.data
        descriptors = [told.get("config") or {}, *(told.get("layers") or ())]
        if len(descriptors) > _MOST_LAYERS:
            raise RegistryFailed(f"It has more than {_MOST_LAYERS} layers")
        for each in descriptors:
            digest, size = str(each.get("digest")), each.get("size")
            if not _DIGEST.match(digest) or not isinstance(size, int) or size < 0:
                raise RegistryFailed("Its manifest names a layer without digest and size")
            if each.get("urls"):
                raise RegistryFailed("It has a layer that its licence keeps out of registries")
            self._sizes[digest] = size
            await self._fetch(digest, size)

    def _keep(self, document: Document) -> None:
        self._sizes[document.digest] = len(document.content)
        (self._blobs / document.digest[7:]).write_bytes(document.content)

    async def _fetch(self, digest: str, size: int) -> None:
        target = self._blobs / digest[7:]
        if target.exists() and target.stat().st_size == size:
            return
        if shutil.disk_usage(self._blobs).free < size:
            raise OutOfSpace(
                f"{self._image.name} does not fit: a layer has {size / 2**20:.0f} MiB", details=str(target)
            )
        draft = target.with_suffix(".part")
        for attempt in range(1, _TRIES + 1):
            try:
                await self._continue(draft, digest, size)
                break
            except (Missing, LoginWanted, Denied):
                raise
            except RegistryFailed:
                if attempt == _TRIES:
                    raise
        if _sum(draft) != digest:
            draft.unlink()
            raise RegistryFailed(f"The registry sends another content for {digest}")
        draft.replace(target)

    async def _continue(self, draft: Path, digest: str, size: int) -> None:
        """Fetch what is missing of a blob, and no more than it should have."""
        have = _size(draft)
        if have == size and size:
            return
        async with self._registries.blob(self._image, digest, have if have < size else 0) as (start, blocks):
            with draft.open("r+b" if start else "wb") as file:
                file.seek(start)
                file.truncate()
                async for block in blocks:
                    file.write(block)
                    if file.tell() > size:
                        raise RegistryFailed(f"The registry sends more than the {size} bytes of {digest}")
        if _size(draft) < size:
            raise RegistryFailed(f"The registry sends less than the {size} bytes of {digest}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _sum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return f"sha256:{digest.hexdigest()}"


def _descriptor(document: Document) -> dict[str, Any]:
    return {"mediaType": document.kind, "digest": document.digest, "size": len(document.content)}


def _platform(kind: str) -> dict[str, str]:
    system, processor, *variant = kind.split("/")
    return {"os": system, "architecture": processor, **({"variant": variant[0]} if variant else {})}


def _finish(folder: Path, packed: Sequence[Packed]) -> None:
    """What makes it a layout, and nothing in it that belongs to no image."""
    blobs = folder / "blobs" / "sha256"
    wanted: set[str] = set()
    for one in packed:
        wanted |= _names_below(blobs, one.digest)
    for path in blobs.iterdir():
        if path.name not in wanted:
            path.unlink()
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}\n')
    index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": [_row(blobs, one) for one in packed]}
    (folder / "index.json").write_text(json.dumps(index, indent=2) + "\n")


def _row(blobs: Path, one: Packed) -> dict[str, Any]:
    size = (blobs / one.digest[7:]).stat().st_size
    # The first is what skopeo and podman look for, the second containerd.
    named = dict.fromkeys(("org.opencontainers.image.ref.name", "io.containerd.image.name"), one.source)
    return {"mediaType": one.kind, "digest": one.digest, "size": size, "annotations": named}


def _names_below(blobs: Path, digest: str) -> set[str]:
    told = json.loads((blobs / digest[7:]).read_bytes())
    named = {each["digest"][7:] for each in [told.get("config"), *(told.get("layers") or ())] if each}
    for child in told.get("manifests") or ():
        named |= _names_below(blobs, child["digest"])
    return {digest[7:], *named}
