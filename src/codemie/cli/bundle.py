"""What `codemiectl bundle` does and says."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from codemie import __version__
from codemie.cli.exits import Refused
from codemie.operations.deployment import compose, shipped
from codemie.operations.deployment.images import images as images_of
from codemie.operations.registry.logins import read_logins
from codemie.operations.registry.names import Image

if TYPE_CHECKING:
    from codemie.operations.offline.manifest import Manifest

_NOT_WANTED = "it was asked to leave it out"


def create(
    out: Path | None,
    file: Path | None,
    further: Sequence[str],
    platforms: tuple[str, ...],
    left_out: Sequence[str],
    checkout: Path,
    *,
    with_compose: bool,
) -> None:
    """Make a bundle and say what is in it.

    Raises:
        CodeMieError, OSError: a part cannot be had, or it cannot be written.
    """
    from codemie.operations.offline.creation import Wanted
    from codemie.operations.offline.creation import create as made

    target = out or Path(f"codemie-{__version__}-bundle.tar")
    values, texts = _described(file)
    wanted = [*images_of(shipped.chart(), values).items(), *(("", Image.named(each)) for each in further)]
    if with_compose:
        wanted += [("", Image.named(each)) for each in compose.images(_compose_text())]
    asked = Wanted(
        checkout=checkout,
        deploy=shipped.folder(),
        texts=texts,
        images=list({image.name: (value, image) for value, image in reversed(wanted)}.values())[::-1],
        platforms=platforms,
        left_out=dict.fromkeys(left_out, _NOT_WANTED),
        logins=read_logins(),
    )
    manifest = made(target, asked, lambda line: print(f"  {line}", flush=True))
    print(f"\n{target} holds everything:")
    _describe(target, manifest)


def verify(file: Path, sha256: str | None) -> None:
    """Read a bundle as a whole and say what is in it.

    Raises:
        Refused: it is not the file that was told of.
        CodeMieError, OSError: it is damaged, or cannot be read.
    """
    from codemie.operations.offline.archive import verify as read

    if sha256 and sha256.strip().lower() != (found := _digest(file)):
        raise Refused(f"{file} is another file: its SHA-256 is {found}.")
    manifest = read(file)
    print(f"{file} is whole:")
    _describe(file, manifest)


def push(file: Path, registry: str, *, allow_write: bool) -> None:
    """Bring the images of a bundle into a registry, and say how to go on.

    Args:
        file: the bundle.
        registry: host, with port and path where it has them.
        allow_write: do it; else only tell which images that would be.

    Raises:
        Refused: there are no images in it, or nobody allowed it.
        CodeMieError, OSError: it is damaged, or the registry does not take them.
    """
    from codemie.operations.offline import archive, pushing
    from codemie.operations.registry.client import opened

    async def carry() -> None:
        async with opened(read_logins()) as registries:
            await pushing.push(registries, file, registry, lambda line: print(f"  {line}", flush=True))

    manifest = archive.verify(file)
    if not manifest.images:
        raise Refused(f"There are no images in {file}: {manifest.left_out.get('images', 'none were named')}.")
    if not allow_write:
        for image in manifest.images:
            print(f"  {image.source} {image.digest}")
        raise Refused(f"Nothing is sent to {registry}. The bundle is whole: push it with --allow-write.")
    asyncio.run(carry())
    print(
        f"\nUnpack the bundle, and install from its folder chart/:\n"
        f"  helm upgrade --install codemie codemie-{manifest.version}.tgz --namespace codemie \\\n"
        f"    --values values.yaml --values images.yaml --set imageRegistry={registry} --wait --timeout 15m"
    )


def _described(file: Path | None) -> tuple[dict[str, object], dict[str, str]]:
    """Values of the chart, and what is put into the bundle of them."""
    from codemie.cli import deploy

    if file is None:
        return {}, {}
    values = deploy.helm_values_of(file)
    return values, {"codemie.yaml": file.read_text(encoding="utf-8"), "chart/values.yaml": deploy.as_text(values, file)}


def _compose_text() -> str:
    return (shipped.folder() / "docker" / "compose.yaml").read_text(encoding="utf-8")


def _describe(path: Path, manifest: "Manifest") -> None:
    size = path.stat().st_size
    packages = f"Python {manifest.python} on {manifest.system}" if manifest.python else "none"
    print(f"  version   {manifest.version}, made {manifest.created}")
    print(f"  size      {size / 2**20:.1f} MiB in {len(manifest.parts)} files")
    print(f"  packages  {packages}")
    for image in manifest.images:
        print(f"  image     {image.source} ({', '.join(image.platforms)}) {image.digest}")
    for part, why in manifest.left_out.items():
        print(f"  without   {part}: {why}")
    print(f"  sha256    {_digest(path)}")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
