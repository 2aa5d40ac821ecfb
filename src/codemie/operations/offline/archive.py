"""The file itself: a plain tar archive below one folder, which begins with its manifest; all else is listed there.

What it holds is compressed already, so the archive is not, and any part of it can be read without the others.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from codemie.kernel.errors import Unprocessable
from codemie.operations.contents import Part, digested, part_of
from codemie.operations.offline.manifest import BUNDLE, Manifest, blob

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
_MOST_MANIFEST = 16 * 2**20
_MOST_PARTS = 50_000
_EXECUTABLE = "install.sh"


def parts_in(folder: Path) -> dict[str, Part]:
    """Every file below a folder with size and digest, in order."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): part_of(path) for path in files}


def sums(parts: dict[str, Part]) -> str:
    """What `sha256sum --check` reads, for machines that have no codemiectl yet."""
    return "".join(f"{part.sha256}  {path}\n" for path, part in parts.items() if path != SUMS)


def write(out: Path, manifest: Manifest, folder: Path) -> None:
    """Write it; one that breaks off leaves nothing behind.

    Args:
        out: the file; one that is there is replaced.
        manifest: names exactly the files of the folder.
        folder: what is in it.

    Raises:
        OSError: it cannot be written.
    """
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    top = f"codemie-{manifest.version}"
    try:
        with draft.open("xb") as file:
            with tarfile.open(fileobj=file, mode="w") as packed:
                told = manifest.as_bytes()
                packed.addfile(_entry(f"{top}/{MANIFEST}", len(told)), io.BytesIO(told))
                for path, part in manifest.parts.items():
                    with (folder / path).open("rb") as content:
                        packed.addfile(_entry(f"{top}/{path}", part.bytes), content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    # Times and owners of the machine that packs say nothing: the same content makes the same file.
    entry.size, entry.mode = size, 0o755 if name.endswith(f"/{_EXECUTABLE}") else 0o644
    return entry


@dataclass(frozen=True)
class Bundle:
    """A bundle that is open: its manifest, and where each part of it begins."""

    manifest: Manifest
    _packed: tarfile.TarFile
    _entries: dict[str, tarfile.TarInfo]

    def content(self, path: str) -> IO[bytes]:
        """A part, to be read.

        Raises:
            Unprocessable: there is no such part.
        """
        found = self._packed.extractfile(self._entries[path]) if path in self._entries else None
        if found is None:
            raise BUNDLE.damaged(f"{path} is missing")
        return found

    def document(self, digest: str) -> bytes:
        """A manifest of an image: what a digest names, compared with it."""
        content = self.content(blob(digest)).read(_MOST_MANIFEST)
        if f"sha256:{hashlib.sha256(content).hexdigest()}" != digest:
            raise BUNDLE.damaged(f"{blob(digest)} is not what was written: its SHA-256 differs")
        return content


@contextmanager
def opened(path: Path) -> Generator[Bundle]:
    """Open a bundle: its manifest is read, and exactly the files are there that it lists; contents are not looked at.

    Raises:
        Unprocessable: it is no bundle, lacks a file, or holds one that it does not list.
        OSError: it cannot be read.
    """
    try:
        with tarfile.open(path, "r:") as packed:
            first = packed.next()
            if first is None or not first.isreg() or not first.name.endswith(f"/{MANIFEST}"):
                raise Unprocessable("This is no bundle of CodeMie", details=f"It does not begin with {MANIFEST}")
            content = packed.extractfile(first) if first.size < _MOST_MANIFEST else None
            manifest = Manifest.of(content.read() if content else b"")
            top = f"codemie-{manifest.version}/"
            if first.name != f"{top}{MANIFEST}":
                raise BUNDLE.damaged(f"its manifest is not in {top}")
            yield Bundle(manifest, packed, dict(_listed(packed, manifest, top)))
    except tarfile.TarError as error:
        raise Unprocessable("This is no bundle of CodeMie, or it is cut off", details=str(error)) from error


def _listed(packed: tarfile.TarFile, manifest: Manifest, top: str) -> Iterator[tuple[str, tarfile.TarInfo]]:
    missing = set(manifest.parts)
    for number, entry in enumerate(packed):
        if number > _MOST_PARTS:
            raise BUNDLE.damaged(f"it has more than {_MOST_PARTS} files")
        if entry.name == f"{top}{MANIFEST}" and number == 0:
            continue
        path = entry.name.removeprefix(top)
        # Names are compared, never followed: what is not listed is refused, and the list holds no way out.
        if not entry.name.startswith(top) or path not in missing or not entry.isreg():
            raise BUNDLE.damaged(f"{entry.name!r} is not in the manifest, is in it twice, or is no plain file")
        if entry.size != manifest.parts[path].bytes:
            raise BUNDLE.damaged(f"{path} is not what was written: its size differs")
        missing.discard(path)
        yield path, entry
    if missing:
        raise BUNDLE.damaged(f"{min(missing)} is missing")


def verify(path: Path) -> Manifest:
    """Read the whole bundle and compare it with its manifest, and each image with what it is made of.

    Raises:
        Unprocessable: it is no bundle, or damaged; names the part.
        OSError: it cannot be read.
    """
    with opened(path) as bundle:
        for name, part in bundle.manifest.parts.items():
            if digested(bundle.content(name)).sha256 != part.sha256:
                raise BUNDLE.damaged(f"{name} is not what was written: its SHA-256 differs")
        for image in bundle.manifest.images:
            for descriptor in layers(bundle, image.digest):
                if blob(descriptor["digest"]) not in bundle.manifest.parts:
                    raise BUNDLE.damaged(f"the image {image.source} is not whole: {descriptor['digest']} is missing")
        return bundle.manifest


def children(bundle: Bundle, digest: str) -> list[str]:
    """The manifests below an index; none below the manifest of an image."""
    return [each["digest"] for each in _told(bundle, digest).get("manifests") or ()]


def layers(bundle: Bundle, digest: str) -> list[dict[str, Any]]:
    """All that an image is made of, for all its platforms: descriptors of configurations and layers.

    Raises:
        Unprocessable: it is no image.
    """
    found: list[dict[str, Any]] = []
    for each in children(bundle, digest) or [digest]:
        told = _told(bundle, each)
        found += [told.get("config"), *(told.get("layers") or ())]
    if not all(isinstance(each, dict) and "digest" in each and "size" in each for each in found):
        raise BUNDLE.damaged(f"{digest} is no image")
    return list({each["digest"]: each for each in found}.values())


def _told(bundle: Bundle, digest: str) -> dict[str, Any]:
    try:
        told = json.loads(bundle.document(digest))
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise BUNDLE.damaged(f"{digest} is no image")
    return told
