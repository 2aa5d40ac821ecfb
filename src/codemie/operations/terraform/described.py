"""What `explain` says of an error of Terraform: the same that a diagnosis says, with nothing filled in."""

from codemie.checks.check import Check
from codemie.checks.report import Finding, unknown
from codemie.operations.terraform.diagnosis import UNKNOWN_REMEDY, Diagnosed
from codemie.operations.terraform.output import Complaint
from codemie.operations.terraform.signature import Signature
from codemie.operations.terraform.signatures import SIGNATURES

_SYMPTOM = "Terraform ends with an error: codemiectl tf diagnose FILE names it."


async def _look() -> Finding:
    return unknown("It is found in a log of Terraform", "codemiectl tf diagnose FILE")


def errors() -> tuple[Check, ...]:
    """A check for each known error, and for those that nobody knows; none of them looks at anything by itself."""
    return (*map(_described, SIGNATURES), *_OF_ALL)


def _described(signature: Signature) -> Check:
    meant = Diagnosed(Complaint(""), signature, {})
    return _made(signature.id, meant.cause, meant.cause, meant.remedy, signature.faq)


def _made(name: str, title: str, cause: str, remedy: tuple[str, ...], faq: str) -> Check:
    return Check(id=name, title=title, symptom=_SYMPTOM, cause=cause, remedy=remedy, look=_look, phase="tf", faq=(faq,))


_OF_ALL = (
    _made(
        "tf.log",
        "Terraform reports no error",
        "The log holds errors; each has an id of its own.",
        ("Read what stands under the ids of the report",),
        "F35",
    ),
    _made(
        "tf.log.unknown",
        "an error that is not known",
        "Nobody has described this error yet.",
        UNKNOWN_REMEDY,
        "F35",
    ),
)
