"""The project of Google Cloud that is to be worked in, and what is wanted of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from codemie.checks.sources import Unobservable
from codemie.operations.cloud.google.way import Google, Thing, google_of
from codemie.operations.preflight.stack import decided, shipped


@dataclass
class Project:
    """A project, and the values of the stack that is to be made there.

    Attributes:
        values: of the stack, defaults included; empty where none are given.
    """

    google: Google
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    _seen: Thing | None = field(default=None, init=False)
    _is_made: bool | None = field(default=None, init=False)

    @property
    def id(self) -> str:
        """Such as `acme-platform`.

        Raises:
            Unobservable: nobody says which project it is.
        """
        if not self.google.project:
            raise Unobservable("Which project is meant is not said", "Give project_id in the values, with --tfvars")
        return self.google.project

    @property
    def region(self) -> str:
        """Where the stack is to be."""
        return self.google.region

    @property
    def name(self) -> str:
        """What the names of everything begin with."""
        return str(self.values.get("name") or "codemie")

    @property
    def suffix(self) -> str:
        """What tells names that are the world's from those of others, as `local.suffix` of the stack has it."""
        return sha256(self.id.encode()).hexdigest()[:6]

    @property
    def location(self) -> str:
        """Where the cluster is to be: a region in production, else a zone of it."""
        return self.region if self.is_production else f"{self.region}-b"

    @property
    def is_production(self) -> bool:
        """Whether the stack is to be one that lasts."""
        return self.values.get("profile") != "dev"

    async def told(self) -> Thing:
        """What Google says of the project.

        Raises:
            Refused: there is none, or the sign-in may not see it; Google does not tell which.
            Unobservable: nobody answers.
        """
        if self._seen is None:
            self._seen = await self.google.ask("resource_manager_v3", f"projects/{self.id}")
        return self._seen

    async def is_made(self) -> bool:
        """Whether the stack is there already, which then needs nothing new."""
        if self._is_made is None:
            path = f"projects/{self.id}/locations/{self.location}/clusters/{self.name}"
            self._is_made = await self.google.one("container", path, "container.clusters.get") is not None
        return self._is_made

    def decided(self, name: str) -> Any:
        """What the stack makes of its inputs: a value of `locals` in its main.tf."""
        return decided(shipped("gcp"), name, {"project_id": self.google.project, **self.values})


def project_of(values: Mapping[str, Any], environment: Mapping[str, str]) -> Project:
    """The project that values or variables name.

    Args:
        values: of the stack, as far as there are any.
        environment: variables of this process; `GOOGLE_CLOUD_PROJECT` and the others that Terraform's provider reads.
    """
    return Project(google_of(values, environment), values)
