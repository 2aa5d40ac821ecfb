"""Why did Terraform fail? Its errors are matched with what is known of them, causes before what follows from them."""

import datetime as dt
import re
from dataclasses import dataclass

from codemie import __version__
from codemie.checks.report import Checked, Finding, Report, failed, passed, unknown
from codemie.operations.terraform.output import Complaint, complaints
from codemie.operations.terraform.signature import Signature
from codemie.operations.terraform.signatures import SIGNATURES

UNKNOWN_REMEDY = (
    "Run it again with TF_LOG=DEBUG, and read what the cloud answered",
    "Hand it on: codemiectl support-bundle --issue-file FILE --terraform FOLDER --terraform-log LOG",
)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_CLAUSE = re.compile(r"\[([^\[\]]+)\]")
_LONGEST_QUOTE = 400
_DONE = re.compile(r"\b(?:Apply|Destroy) complete!")
_WELL = re.compile(
    rf"{_DONE.pattern}|\bNo changes\.|\bPlan: \d+ to |Success! The configuration is valid|has been successfully "
    r"initialized|You can apply this plan to save these new output values"
)
_AT_WORK = re.compile(r": (?:Creating|Modifying|Destroying)\.\.\.")
_BROKEN = re.compile(
    r"Planning failed|encountered an? (?:error|problem)|Interrupt received|operation (?:failed|canceled)"
)


@dataclass(frozen=True)
class Diagnosed:
    """An error and what it means; no signature when nobody knows it."""

    complaint: Complaint
    signature: Signature | None
    parts: dict[str, str]

    @property
    def cause(self) -> str:
        """One sentence."""
        return self._filled(self.signature.cause) if self.signature else self.complaint.summary

    @property
    def remedy(self) -> tuple[str, ...]:
        """What to do."""
        return tuple(map(self._filled, self.signature.remedy)) if self.signature else ()

    def _filled(self, text: str) -> str:
        """A clause in brackets goes when a part of it is not known; elsewhere the reader is told what to put there."""
        text = _CLAUSE.sub(lambda clause: clause[1] if self._knows(clause[1]) else "", text)
        return _PLACEHOLDER.sub(lambda found: self.parts.get(found[1], found[1].upper()), text)

    def _knows(self, clause: str) -> bool:
        return all(found[1] in self.parts for found in _PLACEHOLDER.finditer(clause))


def diagnosed(log: str) -> list[Diagnosed]:
    """Every error of the log with its meaning: roots first, each root once, then in the log's order."""
    found = [_meaning(complaint) for complaint in complaints(log)]
    roots: dict[tuple[str, str], Diagnosed] = {}
    for one in found:
        if one.signature and one.signature.is_root:
            # Terraform often says the same twice: what it found, and what it made of that.
            roots.setdefault((one.signature.id, one.cause), one)
    return [*roots.values(), *(one for one in found if not (one.signature and one.signature.is_root))]


def report(log: str, source: str) -> Report:
    """The same as the report that every command of checks gives; a log in which Terraform says that it is done passes.

    Args:
        log: what Terraform printed.
        source: where it is from, such as a file name.
    """
    found = diagnosed(log)
    checks = tuple(_checked(one) for one in found)
    if not checks:
        checks = (Checked("tf.log", "Terraform reports no error", _without_errors(log), 0, "tf", "", ("F35",)),)
    return Report("tf diagnose", __version__, {"log": source}, dt.datetime.now(dt.UTC), 0, checks)


def _without_errors(log: str) -> Finding:
    """A log without an error is well only where Terraform says so: others are empty, cut off, or of something else."""
    begun = _AT_WORK.search(log)
    if (_DONE if begun else _WELL).search(log) and not _BROKEN.search(log):
        return passed("The log holds no error, and Terraform says that it is done")
    return unknown(
        "The log holds no error that is known, and Terraform does not say that it is done",
        "Give the whole log, with what went to standard error: terraform apply 2>&1 | tee FILE",
    )


def _meaning(complaint: Complaint) -> Diagnosed:
    for signature in SIGNATURES:
        if found := signature.pattern.search(complaint.text):
            parts = {name: value for name, value in found.groupdict().items() if value}
            return Diagnosed(complaint, signature, {"address": complaint.address, **parts})
    return Diagnosed(complaint, None, {})


def _checked(one: Diagnosed) -> Checked:
    told = one.complaint.text if one.signature else " ".join(one.complaint.detail.split())
    said = {
        "Terraform": told[:_LONGEST_QUOTE],
        "resource": one.complaint.address,
        "at": one.complaint.place,
    }
    evidence = {name: value for name, value in said.items() if value}
    if one.signature is None:
        finding = unknown(
            one.complaint.summary,
            f"Nobody has described this error yet. {UNKNOWN_REMEDY[0]}",
            *UNKNOWN_REMEDY[1:],
            **evidence,
        )
        return Checked("tf.log.unknown", "an error that is not known", finding, 0, "tf", "blocker", ("F35",))
    finding = failed(one.cause, *one.remedy, **evidence)
    return Checked(one.signature.id, one.cause, finding, 0, "tf", "blocker", (one.signature.faq,))
