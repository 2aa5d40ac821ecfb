"""How a bundle is made: parts into a folder beside it, then all of it into one file."""

import asyncio
import datetime as dt
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codemie import __version__
from codemie.kernel.errors import Conflict, Unprocessable
from codemie.operations.documentation.export import export
from codemie.operations.offline import gathering, packages
from codemie.operations.offline.archive import SUMS, parts_in, sums, write
from codemie.operations.offline.images import pull
from codemie.operations.offline.manifest import Manifest, Packed
from codemie.operations.registry.client import opened
from codemie.operations.registry.logins import Logins
from codemie.operations.registry.names import Image

_KEPT = {"images", "wheels"}
"""What took long to fetch, and is worth keeping between attempts."""


@dataclass(frozen=True)
class Wanted:
    """What is to be in it.

    Attributes:
        checkout: of CodeMie.
        deploy: the folder deploy/.
        texts: path in the bundle → content: what was rendered from codemie.yaml, and that file.
        images: value of the chart that names it, empty where none does, and the image.
        platforms: of the machines, such as `linux/amd64`.
        left_out: part that is not wanted → why: `images`, `packages`, `docs`.
        logins: of registries.
    """

    checkout: Path
    deploy: Path
    texts: Mapping[str, str]
    images: Sequence[tuple[str, Image]]
    platforms: tuple[str, ...] = ("linux/amd64",)
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])
    logins: Logins = field(default_factory=dict[str, str])


def create(out: Path, wanted: Wanted, told: Callable[[str], None]) -> Manifest:
    """Make it. What was fetched before it broke off stays beside it, and is not fetched again.

    Args:
        out: the file.
        wanted: what is to be in it.
        told: hears of each part.

    Raises:
        Conflict: the file is there already.
        CodeMieError: a part cannot be had; says which, and how to leave it out.
        OSError: it cannot be written.
    """
    if out.exists():
        raise Conflict(f"{out} is there already", help="Name another file with --out")
    # Programs that fill it run in the checkout.
    making = out.with_name(f"{out.name}.making").absolute()
    _clear(making)
    for path, text in wanted.texts.items():
        _put(making / path, text)
    chart = gathering.package_chart(wanted.deploy / "helm" / "codemie", making / "chart")
    told(f"chart: {chart.name}")
    told(f"stacks of Terraform: {gathering.copy_deploy(wanted.deploy, making / 'deploy')} files")
    _document(making, wanted, told)
    has_packages = _pack(making, wanted, told)
    images = asyncio.run(_fetch(making, wanted, told))
    _put(making / "images.txt", _list(wanted, images))
    _put(making / "README.md", gathering.GUIDE.replace("@VERSION@", __version__))
    parts = parts_in(making)
    _put(making / SUMS, sums(parts))
    manifest = Manifest(
        version=__version__,
        created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        python=packages.python() if has_packages else "",
        system=packages.system() if has_packages else "",
        images=images,
        left_out=wanted.left_out,
        parts=parts_in(making),
    )
    write(out, manifest, making)
    shutil.rmtree(making)
    return manifest


def _list(wanted: Wanted, images: Sequence[Packed]) -> str:
    """Every image that the installation needs, with the digest of what is here, for whoever brings them another way."""
    digests = {one.source: one.digest for one in images}
    return "".join(f"{image.name} {digests.get(image.name, '')}".rstrip() + "\n" for _, image in wanted.images)


def _clear(making: Path) -> None:
    making.mkdir(parents=True, exist_ok=True)
    for path in making.iterdir():
        if path.name not in _KEPT:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _document(making: Path, wanted: Wanted, told: Callable[[str], None]) -> None:
    if "docs" in wanted.left_out:
        return
    if leaks := export(wanted.checkout, making / "docs"):
        first = leaks[0]
        raise Unprocessable(
            "Something in the documentation must not go out", details=f"{first.path}:{first.line}: {first.kind}"
        )
    told("documentation")


def _pack(making: Path, wanted: Wanted, told: Callable[[str], None]) -> bool:
    if "packages" in wanted.left_out:
        shutil.rmtree(making / "wheels", ignore_errors=True)
        return False
    gathering.copy_web(wanted.checkout / "web" / "dist", making / "web")
    count = packages.gather(wanted.checkout, making)
    _put(making / "install.sh", gathering.installer(packages.python()))
    told(f"packages: {count} wheels for Python {packages.python()} on {packages.system()}")
    return True


async def _fetch(making: Path, wanted: Wanted, told: Callable[[str], None]) -> tuple[Packed, ...]:
    if "images" in wanted.left_out:
        shutil.rmtree(making / "images", ignore_errors=True)
        return ()
    async with opened(wanted.logins) as registries:
        images = await pull(registries, wanted.images, wanted.platforms, making / "images", told)
    _put(making / "chart" / "images.yaml", gathering.pins(images))
    return images
