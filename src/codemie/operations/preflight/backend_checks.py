"""Checks of the place where Terraform keeps its state: there, locked, encrypted, and with a way back."""

from dataclasses import dataclass

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.aws import DENIED, MISSING, Aws, Refused
from codemie.operations.preflight.backend import Backend

_LOCKING_BY_THEMSELVES = {"azurerm", "gcs", "consul", "kubernetes", "pg", "cos", "oss", "remote"}
_ENCRYPTED_BY_THEMSELVES = {"s3", "azurerm", "gcs"}
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_NO_BLOCK = "NoSuchPublicAccessBlockConfiguration"
_BOOTSTRAP = "On AWS, make one with all of this: codemiectl tf bootstrap --allow-write"


@dataclass(frozen=True)
class States:
    """The object in S3 that holds a stack's state.

    Attributes:
        table: of locks, in DynamoDB; empty: none.
        kms: the key that the backend names; empty: the bucket's own.
        may_write: whether a file may be written to the bucket and deleted again.
    """

    aws: Aws
    bucket: str
    key: str
    table: str = ""
    kms: str = ""
    may_write: bool = False

    @property
    def place(self) -> str:
        """Its address, for people."""
        return f"s3://{self.bucket}/{self.key}"


def states_of(backend: Backend, *, may_write: bool = False) -> States:
    """The state that a backend in S3 leads to, with the sign-in of this machine."""
    aws, kms = Aws(backend.text("region") or None), backend.text("kms_key_id")
    return States(aws, backend.text("bucket"), backend.text("key"), backend.text("dynamodb_table"), kms, may_write)


@check(
    "tf.backend.present",
    title="The stack keeps its state where others find it",
    symptom="A second person, or the next run of the pipeline, makes everything once more.",
    remedy=(_BOOTSTRAP, "Or write a backend block of your own"),
    phase="backend",
    faq=("F39",),
)
async def present(backend: Backend) -> Finding:
    """There is no backend block, or it says `local`: the state stays in a file on this machine."""
    if backend.kind in {"", "local"}:
        return failed(
            "The state stays on this machine", *present.remedy, **{backend.place: backend.kind or "no backend"}
        )
    return passed(f"It is kept in {backend.kind}", **{backend.place: backend.text("bucket") or backend.kind})


@check(
    "tf.backend.encrypted",
    title="The state is written encrypted",
    symptom="Whoever can read the bucket reads the passwords in the state.",
    remedy=("Add encrypt = true, and kms_key_id with a key of yours", _BOOTSTRAP),
    phase="backend",
    severity=Severity.MAJOR,
    faq=("F39",),
    needs=("tf.backend.present",),
)
async def encrypted(backend: Backend) -> Finding:
    """The backend block leaves encryption to the bucket, whose default may change."""
    if backend.kind == "s3" and backend.values.get("encrypt") is not True:
        return failed("encrypt is not true", *encrypted.remedy, **{backend.place: "encrypt"})
    if backend.kind not in _ENCRYPTED_BY_THEMSELVES:
        return unknown(
            f"Whether {backend.kind} encrypts what it keeps cannot be seen from here",
            "Ask who runs it",
            **{backend.place: backend.kind},
        )
    return passed("It is")


@check(
    "tf.backend.locked",
    title="Two runs cannot write the state at once",
    symptom="Two people apply at the same time, and each forgets what the other made.",
    remedy=("Add use_lockfile = true", _BOOTSTRAP),
    phase="backend",
    faq=("F39", "F40"),
    needs=("tf.backend.present",),
)
async def locked(backend: Backend) -> Finding:
    """The backend block names no lock, which S3 does not have by itself."""
    own = backend.kind in _LOCKING_BY_THEMSELVES
    if own or backend.values.get("use_lockfile") is True or backend.text("dynamodb_table"):
        return passed("They cannot")
    return failed(f"A state in {backend.kind} is not locked", *locked.remedy, **{backend.place: "use_lockfile"})


@check(
    "tf.backend.reachable",
    title="The bucket of states is there and may be used",
    symptom="terraform init says that the bucket does not exist, or Access Denied.",
    remedy=(_BOOTSTRAP, "Compare bucket, region and account with where you are signed in"),
    phase="backend",
    faq=("F39",),
    needs=("tf.backend.present",),
    timeout=30,
)
async def reachable(states: States) -> Finding:
    """It was never made, belongs to another account, lies in another region, or the sign-in may not read it."""
    seen = {f"s3://{states.bucket}": ""}
    try:
        head = await states.aws.ask("s3", "head_bucket", Bucket=states.bucket)
    except Refused as error:
        if error.code in MISSING:
            return failed(f"There is no bucket {states.bucket}", *reachable.remedy, **_told(seen, "404"))
        if error.code in DENIED:
            return failed(
                f"{states.bucket} is another account's, or may not be read", *reachable.remedy, **_told(seen, "403")
            )
        raise Unobservable(f"S3 answers {error.code}", "Try it again") from error
    actual = str(head.get("BucketRegion") or states.aws.region)
    if actual != states.aws.region:
        text = f"{states.bucket} is in {actual}, not in {states.aws.region}"
        return failed(text, "Correct the region in the backend block", **_told(seen, actual))
    return passed(f"{states.bucket} is there", **_told(seen, actual))


def _told(seen: dict[str, str], value: str) -> dict[str, str]:
    return dict.fromkeys(seen, value)


@check(
    "tf.backend.versioned",
    title="The bucket keeps former states",
    symptom="A state that was overwritten cannot be brought back.",
    remedy=("Turn the bucket's versioning on", _BOOTSTRAP),
    phase="backend",
    severity=Severity.MAJOR,
    faq=("F38", "F39"),
    needs=("tf.backend.reachable",),
)
async def versioned(states: States) -> Finding:
    """Versioning was never turned on, or is suspended."""
    told = await states.aws.see("s3", "get_bucket_versioning", Bucket=states.bucket)
    status = str(told.get("Status") or "off")
    if status != "Enabled":
        return failed(f"Versioning is {status.lower()}", *versioned.remedy, **{f"s3://{states.bucket}": status})
    return passed("It does")


@check(
    "tf.backend.private",
    title="The bucket of states cannot be made public",
    symptom="One wrong policy shows all states to the internet.",
    remedy=("Turn all four blocks of public access on", _BOOTSTRAP),
    phase="backend",
    severity=Severity.MAJOR,
    faq=("F39",),
    needs=("tf.backend.reachable",),
)
async def private(states: States) -> Finding:
    """The block of public access is off, wholly or in part."""
    try:
        told = await states.aws.see("s3", "get_public_access_block", Bucket=states.bucket)
    except Refused as error:
        if error.code != _NO_BLOCK:
            raise Unobservable(f"S3 answers {error.code}", "Try it again") from error
        told = {}
    blocks = told.get("PublicAccessBlockConfiguration") or {}
    off = [name for name in _BLOCKS if not blocks.get(name)]
    if off:
        return warned(f"{', '.join(off)}: off", *private.remedy, **{f"s3://{states.bucket}": ", ".join(off)})
    return passed("It cannot")


CHECKS: tuple[Check, ...] = (present, encrypted, locked, reachable, versioned, private)
