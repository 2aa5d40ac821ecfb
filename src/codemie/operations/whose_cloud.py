"""Which cloud an installation is on, from what lies around: its description, Terraform's files, a cluster's nodes."""

import asyncio
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from codemie.kernel.documents import DocumentError, read_document
from codemie.kernel.errors import ConfigurationError
from codemie.operations.guides import CLOUDS
from codemie.operations.kubernetes import kubeconfig
from codemie.operations.kubernetes.client import ApiFailed, Client
from codemie.operations.kubernetes.kinds import NODES
from codemie.operations.kubernetes.kubeconfig import Access
from codemie.operations.kubernetes.manifest import spec_of

USUAL_FILE = Path("codemie.yaml")

_SECONDS = 3.0
_LARGEST = 64 * 2**20
_PROVIDERS = {"aws": "aws", "azurerm": "azure", "google": "gcp", "google-beta": "gcp"}
_BACKENDS = {"s3": "aws", "azurerm": "azure", "gcs": "gcp"}
_PROVIDER = re.compile(r"/([a-z-]+)[\"\]]*$")
# https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/#NodeSpec: <ProviderName>://<ID>
_NODES = {"aws": "aws", "azure": "azure", "gce": "gcp"}


@dataclass(frozen=True)
class Clue:
    """Something that tells a cloud.

    Attributes:
        cloud: one that has a guide.
        where: what told it, for people.
    """

    cloud: str
    where: str


async def clues(file: Path | None, folder: Path, access: Access | None = None) -> list[Clue]:
    """What tells the cloud, of the first kind that tells one; several clouds where it tells several.

    Args:
        file: the description of the installation; None: `codemie.yaml` of the folder, where there is one.
        folder: where to look for it and for Terraform's files.
        access: to a cluster; None: as kubectl finds it.

    Raises:
        ConfigurationError: the file that is named cannot be read, or is no description.
    """
    if clue := _of_description(file or folder / USUAL_FILE, is_named=file is not None):
        return [clue]
    return _each_once(_of_terraform(folder)) or await _of_cluster(access)


def _each_once(found: Iterable[Clue]) -> list[Clue]:
    return list({clue.cloud: clue for clue in found}.values())


def _of_description(file: Path, *, is_named: bool) -> Clue | None:
    """Its key `cloud`; the rest of it may be unfinished."""
    try:
        data = read_document(file.read_text(encoding="utf-8"), str(file)).data
    except (OSError, UnicodeDecodeError, DocumentError) as error:
        if is_named:
            raise ConfigurationError(f"{file} cannot be read", details=str(error)) from error
        return None
    cloud = cast("dict[str, Any]", data).get("cloud") if isinstance(data, dict) else None
    return Clue(cloud, f"cloud: {cloud} in {file}") if cloud in CLOUDS else None


def _of_terraform(folder: Path) -> Iterator[Clue]:
    """States, backends and values in the folder, and in the stacks of a checkout below it."""
    stacks = [folder / "deploy" / "terraform" / cloud / "platform" for cloud in CLOUDS]
    for place in (folder, *stacks):
        yield from _of_state(place / "terraform.tfstate")
        yield from _of_backend(place / ".terraform" / "terraform.tfstate")
    for place in (folder.resolve(), *stacks):
        values = [place / name for name in ("terraform.tfvars", "terraform.tfvars.json")]
        cloud = place.parent.name
        if place.name == "platform" and cloud in CLOUDS and (there := [each for each in values if each.is_file()]):
            yield Clue(cloud, str(there[0]))


def _of_state(file: Path) -> Iterator[Clue]:
    for resource in _document(file).get("resources") or ():
        found = _PROVIDER.search(str(resource.get("provider") or ""))
        if found and found[1] in _PROVIDERS:
            yield Clue(_PROVIDERS[found[1]], f"the resources in {file}")


def _of_backend(file: Path) -> Iterator[Clue]:
    kind = str((_document(file).get("backend") or {}).get("type") or "")
    if kind in _BACKENDS:
        yield Clue(_BACKENDS[kind], f"the backend {kind} in {file}")


def _document(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > _LARGEST:
            return {}
        data = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return cast("dict[str, Any]", data) if isinstance(data, dict) else {}


async def _of_cluster(access: Access | None) -> list[Clue]:
    """By its nodes; nothing where no cluster answers within a moment."""
    try:
        async with asyncio.timeout(_SECONDS):
            access = access or await kubeconfig.found()
            if access is None:
                return []
            async with Client(access, seconds=_SECONDS) as client:
                nodes = await client.items(NODES)
    except (ConfigurationError, ApiFailed, TimeoutError):
        return []
    ids = [str(spec_of(node).get("providerID") or "") for node in nodes]
    kinds = [each.partition("://")[0] for each in ids]
    return _each_once(Clue(_NODES[kind], "the nodes of the cluster") for kind in kinds if kind in _NODES)
