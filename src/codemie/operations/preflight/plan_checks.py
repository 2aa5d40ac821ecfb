"""Checks of a plan of Terraform: what it would lose, open, and leave without protection."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, Status, passed, skipped
from codemie.operations.preflight import keeping
from codemie.operations.preflight.openings import openings
from codemie.operations.terraform.plan import Change, Plan

_MOST_SHOWN = 20


@dataclass(frozen=True)
class JudgedPlan:
    """A plan, and how to judge it.

    Attributes:
        is_production: whether what is lost there is missed.
        accepted: addresses of resources whose blockers somebody takes upon himself.
        valued: further types whose loss is one.
    """

    plan: Plan
    is_production: bool = True
    accepted: frozenset[str] = frozenset()
    valued: frozenset[str] = frozenset()

    def found(self, well: str, remedy: tuple[str, ...], look: Callable[[Change], Iterable[str]]) -> Finding:
        """One finding of what is to be said of each change; what was accepted is only a warning."""
        told = {change.address: "; ".join(dict.fromkeys(look(change))) for change in self.plan.changes}
        bad = {address: text for address, text in told.items() if text}
        if not bad:
            return passed(well)
        left = [address for address in bad if address not in self.accepted]
        first = (left or list(bad))[0]
        more = f"; and {len(bad) - 1} more" if len(bad) > 1 else ""
        note = "" if left else " (accepted)"
        evidence = {address: bad[address] for address in [*left, *(set(bad) - set(left))][:_MOST_SHOWN]}
        return Finding(Status.FAIL if left else Status.WARN, f"{first}: {bad[first]}{more}{note}", evidence, remedy)


def judged(plan: Plan, profile: str | None) -> JudgedPlan:
    """The plan, judged for a profile; None: the one that its values name, else prod."""
    return JudgedPlan(plan, is_production=(profile or str(plan.variables.get("profile") or "prod")) == "prod")


ACCEPT = "Where it is meant: codemiectl tf apply --accept ADDRESS, for each of them"


@check(
    "tf.plan.whole",
    title="The plan is whole",
    symptom="The apply stops in the middle, or a second one is needed.",
    remedy=("Make the plan again, and mend what Terraform says: codemiectl tf plan",),
    phase="plan",
    faq=("F41",),
)
async def whole(judging: JudgedPlan) -> Finding:
    """Terraform met an error while it planned, or put parts of the plan off."""
    if not judging.plan.is_whole:
        return Finding(
            Status.FAIL, "The plan broke off", {judging.plan.source: "errored, or not complete"}, whole.remedy
        )
    return passed("It is")


@check(
    "tf.plan.changes",
    title="The plan only adds and changes",
    symptom="Something that runs is interrupted while it is made anew.",
    remedy=("Look whether each of them is meant, and choose an hour for it",),
    phase="plan",
    severity=Severity.MINOR,
    faq=("F41",),
    needs=("tf.plan.whole",),
)
async def changes(judging: JudgedPlan) -> Finding:
    """A changed attribute cannot be changed in place, so the resource is destroyed and made anew."""
    counted = Counter(change.word for change in judging.plan.changes)
    total = ", ".join(f"{count} {word}" for word, count in counted.items()) or "nothing to do"
    lost = [change for change in judging.plan.changes if change.is_loss and not _valued(change, judging)]
    if not lost:
        return passed(f"The plan: {total}")
    evidence = {change.address: _worded(change) for change in lost[:_MOST_SHOWN]}
    return Finding(Status.WARN, f"The plan: {total}", evidence, changes.remedy)


def _worded(change: Change) -> str:
    return f"{change.word}, because of {', '.join(change.because)}" if change.because else change.word


def _valued(change: Change, judging: JudgedPlan) -> bool:
    return change.kind in keeping.VALUED or change.kind in judging.valued


@check(
    "tf.plan.stateful",
    title="The plan keeps what holds data",
    symptom="After the apply the database is empty, a bucket is gone, or nothing can be decrypted.",
    remedy=("Take back the change that makes Terraform replace it; `because of` names the attribute", ACCEPT),
    phase="plan",
    faq=("F41",),
    needs=("tf.plan.whole",),
)
async def stateful(judging: JudgedPlan) -> Finding:
    """A database, bucket, key, cluster, disk or address is destroyed, or replaced by an empty one."""

    def lost(change: Change) -> Iterable[str]:
        if text := keeping.loss(change):
            yield text
        elif change.is_loss and change.kind in judging.valued:
            yield _worded(change)

    return judging.found("Nothing that holds data goes", stateful.remedy, lost)


@check(
    "tf.plan.exposure",
    title="The plan opens nothing to everybody but pages and agents' port",
    symptom="A database, an API of Kubernetes or a machine answers the whole internet.",
    remedy=("Name the networks that may come", ACCEPT),
    phase="plan",
    faq=("F41", "F45"),
    needs=("tf.plan.whole",),
)
async def exposure(judging: JudgedPlan) -> Finding:
    """A rule admits 0.0.0.0/0 on a port other than 80, 443 and those of NATS, or a switch makes something public."""
    return judging.found("Nothing is open that should not be", exposure.remedy, openings)


@check(
    "tf.plan.encryption",
    title="The plan encrypts what holds data",
    symptom="Whoever gets a disk, a snapshot or a copy of it can read everything.",
    remedy=("Turn encryption on; most clouds cannot do so later without making it anew", ACCEPT),
    phase="plan",
    faq=("F41",),
    needs=("tf.plan.whole",),
)
async def encryption(judging: JudgedPlan) -> Finding:
    """A disk, a database or a file system is made without encryption, which some clouds leave off."""
    return judging.found("Everything is encrypted", encryption.remedy, keeping.unencrypted)


@check(
    "tf.plan.protection",
    title="The plan protects a production from accidents",
    symptom="One wrong command deletes the database, and no backup is left.",
    remedy=("Turn the protection on", 'A trial says so: profile = "dev", or --profile dev', ACCEPT),
    phase="plan",
    faq=("F41",),
    needs=("tf.plan.whole",),
)
async def protection(judging: JudgedPlan) -> Finding:
    """Deletion protection, backups or a standby are off, as they are for trials."""
    if not judging.is_production:
        return skipped("it is a trial: profile dev")
    return judging.found("Nothing is lost by one command", protection.remedy, keeping.unprotected)


@check(
    "tf.plan.drift",
    title="Nobody changed anything beside Terraform",
    symptom="The plan takes back what somebody set by hand, perhaps in need.",
    remedy=("Ask who changed it, and bring the change into the stack, or let the plan take it back",),
    phase="plan",
    severity=Severity.MINOR,
    faq=("F41",),
    needs=("tf.plan.whole",),
)
async def drift(judging: JudgedPlan) -> Finding:
    """Somebody used the cloud's console, or another program looks after the same resource."""
    if not judging.plan.drift:
        return passed("What is there is as Terraform left it")
    evidence = {change.address: change.word for change in judging.plan.drift[:_MOST_SHOWN]}
    return Finding(Status.WARN, f"{len(judging.plan.drift)} resources were changed otherwise", evidence, drift.remedy)


CHECKS: tuple[Check, ...] = (whole, changes, stateful, exposure, encryption, protection, drift)
