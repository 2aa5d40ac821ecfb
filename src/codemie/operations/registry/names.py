"""The name of an image, and where its registry keeps it."""

import re
from dataclasses import dataclass, replace
from typing import Self

from codemie.kernel.errors import InvalidInput

HUB = "docker.io"
_HUB_HOST = "registry-1.docker.io"
_LOOPBACK = re.compile(r"^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$")
_PART = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
REPOSITORY = rf"^{_PART}(?:/{_PART})*$"
_REFERENCE = re.compile(r"^([\w][\w.-]{0,127}|sha256:[0-9a-f]{64})$")
_REGISTRY = re.compile(rf"^[\w.-]+(:\d{{1,5}})?(/{_PART})*$")


@dataclass(frozen=True)
class Image:
    """An image by its parts.

    Attributes:
        registry: host, with a port where it has one; a mirror may have a path behind it.
        reference: tag or digest.
    """

    registry: str
    repository: str
    reference: str

    @classmethod
    def named(cls, name: str) -> Self:
        """Take a name apart as a container runtime does.

        Raises:
            InvalidInput: it is no name of an image.
        """
        path, at, digest = name.partition("@")
        first, slash, rest = path.partition("/")
        has_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
        registry, rest = (first, rest) if has_host else (HUB, path)
        repository, colon, tag = rest.partition(":")
        if registry == HUB and "/" not in repository:
            repository = f"library/{repository}"
        image = cls(registry, repository, digest if at else tag if colon else "latest")
        if not (re.match(REPOSITORY, image.repository) and _REFERENCE.match(image.reference)):
            raise InvalidInput(f"{name!r} is no name of an image", help="Write it as registry/repository:tag")
        return image

    @property
    def name(self) -> str:
        """As people write it."""
        return f"{self.registry}/{self.repository}{'@' if ':' in self.reference else ':'}{self.reference}"

    @property
    def host(self) -> str:
        """Of its registry, without a mirror's path."""
        return self.registry.partition("/")[0]

    @property
    def path(self) -> str:
        """Of its repository at the registry, a mirror's path included."""
        behind = self.registry.partition("/")[2]
        return f"{behind}/{self.repository}" if behind else self.repository

    @property
    def root(self) -> str:
        """Where the API of its repository begins."""
        scheme = "http" if _LOOPBACK.match(self.host) else "https"
        return f"{scheme}://{_HUB_HOST if self.host == HUB else self.host}/v2/{self.path}"

    @property
    def address(self) -> str:
        """Where its manifest is."""
        return f"{self.root}/manifests/{self.reference}"

    def at(self, registry: str) -> Self:
        """The same below another registry.

        Raises:
            InvalidInput: that is no registry.
        """
        if not _REGISTRY.match(registry):
            raise InvalidInput(
                f"{registry!r} is no registry", help="Write a host, with port and path where it has them: host:5000/a"
            )
        return replace(self, registry=registry)
