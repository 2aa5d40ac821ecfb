"""The first stack: makes the bucket that its own state then moves into.

Every step finds out by itself whether it is done, so a run that broke off is simply repeated; and a folder that knows
nothing of an earlier run, on another machine, finds the state in the bucket.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from codemie.checks.sources import Unobservable
from codemie.kernel.errors import Conflict, UpstreamFailed
from codemie.operations.cloud.aws import MISSING, Aws, Refused
from codemie.operations.terraform.plan import Change
from codemie.operations.terraform.program import Terraform

BACKEND_FILE = "backend.tf"
_LOCAL_STATES = ("terraform.tfstate", "terraform.tfstate.backup")
# Whichever is asked, S3 tells where a bucket is.
_ANY_REGION = "us-east-1"
_STATE_BUCKET = "aws_s3_bucket.state"

_BACKEND = """# Written by `codemiectl tf bootstrap`: where the state of this stack is.
terraform {{
  backend "s3" {{
    bucket       = {bucket}
    key          = {key}
    region       = {region}
    kms_key_id   = {kms_key}
    encrypt      = true
    use_lockfile = true
  }}
}}
"""


@dataclass(frozen=True)
class Backend:
    """Where states are kept.

    Attributes:
        bucket: the bucket.
        region: its region.
        kms_key: ARN of the key that encrypts states.
    """

    bucket: str
    region: str
    kms_key: str

    def text(self, stack: str) -> str:
        """The file that points a stack at its own state."""
        values = (self.bucket, f"{stack}/terraform.tfstate", self.region, self.kms_key)
        bucket, key, region, kms_key = (json.dumps(value) for value in values)
        return _BACKEND.format(bucket=bucket, key=key, region=region, kms_key=kms_key)


class Bootstrap:
    """One run over the folder of the first stack.

    Args:
        terraform: Terraform in that folder.
        find_state: tells where the state of an earlier run is, given the bucket's name; None when there is none.
        tell: says to the person what happens.
    """

    def __init__(
        self, terraform: Terraform, find_state: Callable[[str, str], Backend | None], tell: Callable[[str], None]
    ) -> None:
        self._terraform = terraform
        self._folder = terraform.folder
        self._find_state = find_state
        self._tell = tell

    @property
    def _backend_file(self) -> Path:
        return self._folder / BACKEND_FILE

    def run(self, *, allow_write: bool) -> bool:
        """Bring everything about, or only say what is missing.

        Args:
            allow_write: make what is missing.

        Returns:
            Whether nothing is left to do.

        Raises:
            UpstreamFailed: Terraform failed; its words are in the error.
            Conflict: the state in the bucket is not the one that was moved there.
        """
        moved_before = self._backend_file.is_file()
        if moved_before and not allow_write and (self._folder / _LOCAL_STATES[0]).is_file():
            self._tell("An earlier run broke off before the state was moved. Run again with --allow-write.")
            return False
        self._terraform.initialise(*(("-migrate-state", "-force-copy") if moved_before and allow_write else ()))
        with TemporaryDirectory() as place:
            plan = Path(place) / "bootstrap.tfplan"
            has_changes = self._terraform.plan(plan)
            changes = list(self._terraform.shown(plan).changes) if has_changes else []
            if not moved_before and (known := self._earlier(changes)):
                return self._join(known, allow_write=allow_write)
            self._show(changes)
            if not allow_write:
                return self._say_what_is_left(has_changes=has_changes, is_moved=moved_before)
            if has_changes:
                self._terraform.apply(plan)
                self._tell(f"{len(changes)} changes made.")
        self._move(moved_before=moved_before)
        return True

    def _earlier(self, changes: list[Change]) -> Backend | None:
        """The backend that a run elsewhere has made, found by the name that this one would give to its bucket."""
        made = next((change for change in changes if change.address == _STATE_BUCKET), None)
        if made is None or made.actions != ("create",) or (self._folder / _LOCAL_STATES[0]).is_file():
            return None
        return self._find_state(str(made.after["bucket"]), f"{self._folder.resolve().name}/terraform.tfstate")

    def _join(self, backend: Backend, *, allow_write: bool) -> bool:
        self._tell(f"The bucket {backend.bucket} holds the state already: it was made from another folder.")
        if not allow_write:
            self._tell("Run again with --allow-write to point this folder at it. Nothing is changed in the account.")
            return False
        self._point(backend)
        self._terraform.initialise("-reconfigure")
        return self.run(allow_write=True)

    def _show(self, changes: list[Change]) -> None:
        signs: dict[tuple[str, ...], str] = {("create",): "+", ("update",): "~", ("delete",): "-"}
        for change in changes:
            self._tell(f"{signs.get(change.actions, '±')} {change.address}")

    def _say_what_is_left(self, *, has_changes: bool, is_moved: bool) -> bool:
        if has_changes or not is_moved:
            self._tell("Run again with --allow-write to make it so, and to move the state into the bucket.")
            return False
        self._tell("Nothing to do.")
        return True

    def _move(self, *, moved_before: bool) -> None:
        outputs = self._terraform.outputs()
        backend = Backend(outputs["state_bucket"], outputs["region"], outputs["state_kms_key_arn"])
        before = self._terraform.state()
        self._point(backend)
        if not moved_before:
            self._terraform.initialise("-migrate-state", "-force-copy")
        self._compare(before, self._terraform.state())
        for name in _LOCAL_STATES:
            (self._folder / name).unlink(missing_ok=True)
        self._tell(f"The state is in s3://{backend.bucket}/{self._folder.resolve().name}/terraform.tfstate.")
        self._tell(f"Become {outputs['deployer_role_arn']} to apply the stack platform.")

    def _point(self, backend: Backend) -> None:
        """Point this stack, and the platform's beside it, at the bucket."""
        for folder in (self._folder.resolve(), self._folder.resolve().parent / "platform"):
            file = folder / BACKEND_FILE
            if folder.is_dir() and not (
                file.is_file() and file.read_text(encoding="utf-8") == backend.text(folder.name)
            ):
                file.write_text(backend.text(folder.name), encoding="utf-8")

    def _compare(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        # Not the lineage: Terraform gives a state a new one when it moves to another backend.
        if before.get("resources") != after.get("resources"):
            raise Conflict(
                "The state in the bucket is not the one that was moved there",
                details=f"{len(before.get('resources', []))} resources were here, "
                f"{len(after.get('resources', []))} are there.",
                help="Nothing local was deleted. Look at both with `terraform state list`.",
            )


def find_state_in_s3(bucket: str, key: str) -> Backend | None:
    """Where the state lies in a bucket of this account, if it is there.

    Raises:
        UpstreamFailed: AWS refuses to tell; the bucket may be somebody else's.
    """
    return asyncio.run(_find(Aws(_ANY_REGION), bucket, key))


async def _find(aws: Aws, bucket: str, key: str) -> Backend | None:
    try:
        region = str((await aws.ask("s3", "head_bucket", Bucket=bucket))["BucketRegion"])
        found = await aws.ask("s3", "head_object", region=region, Bucket=bucket, Key=key)
    except Refused as error:
        if error.code in MISSING:
            return None
        raise UpstreamFailed(
            f"AWS does not say whether the bucket {bucket} holds a state",
            details=f"{error.code} {error}"[:300],
            help="The name may belong to another account: choose another `name`. Or rights are missing.",
        ) from error
    except Unobservable as error:
        raise UpstreamFailed("AWS cannot be asked", details=str(error)[:300]) from error
    return Backend(bucket, region, found.get("SSEKMSKeyId", ""))
