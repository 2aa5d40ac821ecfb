"""Faults that tests inject: each must turn exactly its own check red."""

from dataclasses import dataclass

from codemie.checks.report import Report, Status

RED = {Status.FAIL, Status.WARN}


@dataclass(frozen=True)
class Fault:
    """Something broken on purpose.

    Attributes:
        check: id of the check that must notice.
        what: what is broken, as the documentation's table says it.
        status: how the check must end.
    """

    check: str
    what: str
    status: Status = Status.FAIL


def assert_only(fault: Fault, healthy: Report, broken: Report) -> None:
    """The fault turned its check red, and every other check ends as before, or names a cause that leads to it."""
    before = {each.id: each for each in healthy.checks}
    after = {each.id: each for each in broken.checks}
    assert before[fault.check].status not in RED, f"{fault.check} is red where all is well"
    found = after[fault.check]
    assert found.status is fault.status, (found.id, found.status, found.finding.detail)
    assert found.finding.remedy, f"{fault.check} does not say what to do"
    others = {
        each.id: (each.status, each.finding.detail)
        for each in after.values()
        if each.id != fault.check
        and each.status is not before[each.id].status
        and each.finding.detail != f"blocked by {fault.check}"
    }
    assert others == {}, f"{fault.what}: others changed too: {others}"
