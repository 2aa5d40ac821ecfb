"""The objects in Cloud Storage that hold a stack's state and its lock."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from codemie.operations.cloud.google.way import Google, Thing
from codemie.operations.preflight.backend import MOST_STATE_BYTES, Backend


@dataclass(frozen=True)
class GoogleStates:
    """A state in a bucket of Google's.

    Attributes:
        prefix: folder of the state; empty: none.
        kms: the key that the backend names; empty: the bucket's own.
        may_write: whether a file may be written to the bucket and deleted again.
    """

    google: Google
    bucket: str
    prefix: str = ""
    kms: str = ""
    may_write: bool = False

    @property
    def key(self) -> str:
        """Name of the object, of the workspace `default`."""
        return f"{self.prefix.strip('/')}/default.tfstate".lstrip("/")

    @property
    def lock_key(self) -> str:
        """Name of the object that is there while somebody works on it."""
        return f"{self.key.removesuffix('.tfstate')}.tflock"

    @property
    def place(self) -> str:
        """Its address, for people."""
        return f"gs://{self.bucket}/{self.key}"

    async def described(self) -> Thing | None:
        """The bucket; None where there is none.

        Raises:
            Unobservable: it may not be looked at.
        """
        return await self.google.one("storage", f"b/{quote(self.bucket, safe='')}", "storage.buckets.get")

    async def versions(self) -> list[Thing]:
        """Those of the state that the bucket keeps, the newest first."""
        path = f"b/{quote(self.bucket, safe='')}/o"
        found = await self.google.every(
            "storage", path, "items", "storage.objects.list", versions=True, prefix=self.key
        )
        own = [each for each in found if each["name"] == self.key]
        return sorted(own, key=lambda each: int(each["generation"]), reverse=True)

    async def read(self, name: str, generation: str = "") -> bytes | None:
        """An object; None where there is none."""
        return await self.google.read(self.bucket, name, MOST_STATE_BYTES, generation)

    async def generation(self, name: str) -> str:
        """The one of the current version; empty where there is none."""
        path = f"b/{quote(self.bucket, safe='')}/o/{quote(name, safe='')}"
        told = await self.google.one("storage", path, "storage.objects.get")
        return str(told["generation"]) if told else ""


def states_of(backend: Backend, environment: Mapping[str, str], *, may_write: bool = False) -> GoogleStates:
    """The state that a backend in Cloud Storage leads to, with the sign-in that Terraform uses for it.

    Args:
        backend: of the kind `gcs`, with a bucket.
        environment: variables; those for backends win over those for the provider.
        may_write: see `GoogleStates`.
    """
    own = {
        "GOOGLE_OAUTH_ACCESS_TOKEN": backend.text("access_token"),
        "GOOGLE_CREDENTIALS": backend.text("credentials") or environment.get("GOOGLE_BACKEND_CREDENTIALS", ""),
        "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT": backend.text("impersonate_service_account")
        or environment.get("GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT", ""),
    }
    google = Google("", "", {**environment, **{name: value for name, value in own.items() if value}})
    kms = backend.text("kms_encryption_key")
    return GoogleStates(google, backend.text("bucket"), backend.text("prefix"), kms, may_write)
