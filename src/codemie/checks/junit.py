"""A report as JUnit XML, which every CI server shows: a failed check is a failure, an unknown one an error.

The shape is the one that Jenkins, GitLab and GitHub's reporters read: `testsuites` of `testsuite` of `testcase`.
"""

from itertools import groupby
from xml.etree import ElementTree as ET

from codemie.checks.report import Checked, Report, Status

_TAGS = {Status.FAIL: "failure", Status.UNKNOWN: "error", Status.SKIP: "skipped"}


def junit(report: Report) -> str:
    """The report as one XML document, a suite for each phase."""
    suites = ET.Element("testsuites", name=f"codemiectl {report.command}", time=_seconds(report.duration_ms))
    for phase, checks in groupby(sorted(report.checks, key=lambda check: check.phase), key=lambda check: check.phase):
        _add_suite(suites, phase or report.command, list(checks))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _add_suite(suites: ET.Element, name: str, checks: list[Checked]) -> None:
    counts = {
        attribute: str(sum(check.status is status for check in checks))
        for attribute, status in (("failures", Status.FAIL), ("errors", Status.UNKNOWN), ("skipped", Status.SKIP))
    }
    duration = _seconds(sum(check.duration_ms for check in checks))
    suite = ET.SubElement(suites, "testsuite", {"name": name, "tests": str(len(checks)), "time": duration, **counts})
    for check in checks:
        case = ET.SubElement(suite, "testcase", name=check.id, classname=name, time=_seconds(check.duration_ms))
        if tag := _TAGS.get(check.status):
            ET.SubElement(case, tag, message=check.finding.detail).text = "\n".join(check.finding.remedy)
        if check.status is Status.WARN:
            ET.SubElement(case, "system-out").text = "\n".join((check.finding.detail, *check.finding.remedy))


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}"
