"""Reference pages about the checks: what each is for, and which faults the tests make to see it turn red."""

import importlib
import re
import sys
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from types import ModuleType

from codemie.checks.check import Check
from codemie.operations.catalogue import CHECKS, FORMS

_QUESTION = re.compile(r"^### .*\{#(?P<row>f\d\d)\}$", re.MULTILINE)
ROOT = Path(__file__).resolve().parent.parent


def checks_page() -> str:
    """Every check with symptom, cause and remedy, by phase."""
    intro = (
        "# Checks\n\nWhat `codemiectl` looks at, group by group. `codemiectl explain ID` prints the same in a "
        "terminal. Ids stay as they are in later versions.\n"
    )
    phases = groupby(sorted(CHECKS, key=lambda check: check.phase), key=lambda check: check.phase)
    return intro + "".join(f"\n## {phase}\n" + "".join(map(_check, checks)) for phase, checks in phases)


def _check(check: Check) -> str:
    remedies = "".join(f"* {_plain(remedy)}\n" for remedy in check.remedy)
    facts = [f"severity {check.severity.value}"]
    if check.needs:
        facts.append("only where these hold: " + ", ".join(f"[`{need}`](#{_anchor(need)})" for need in check.needs))
    if check.faq:
        facts.append("answers " + ", ".join(f"[{row}](../faq.md#{row.lower()})" for row in check.faq))
    return (
        f"\n### `{check.id}` {{#{_anchor(check.id)}}}\n\n**{_plain(check.title)}**\n\n"
        f"Where it fails: {_plain(check.symptom)}\n\nWhy: {_plain(check.cause)}\n\nWhat to do:\n\n{remedies}\n"
        f"<small>{'; '.join(facts)}</small>\n{_elsewhere(check)}"
    )


def _elsewhere(check: Check) -> str:
    """What another cloud has in place of it."""
    forms = {cloud: form for cloud, of in FORMS.items() for form in of if form.id == check.id and form is not check}
    return "".join(
        f"\nOn {cloud}: {_plain(form.title)}. {_plain(form.cause)} → {_plain('; '.join(form.remedy))}\n"
        for cloud, form in forms.items()
    )


def with_checks(markdown: str) -> str:
    """The page of questions, with the checks that answer each below its heading."""

    def named(heading: re.Match[str]) -> str:
        answering = [check.id for check in CHECKS if heading["row"].upper() in check.faq]
        links = ", ".join(f"[`{each}`](reference/checks.md#{_anchor(each)})" for each in answering)
        return f"{heading[0]}\n\n<small>Checks: {links}</small>" if links else heading[0]

    return _QUESTION.sub(named, markdown)


def faults_page() -> str:
    """Every fault that a test makes, and the check that must notice."""
    titles = {check.id: check.title for check in CHECKS}
    faults = sorted((str(each.check), str(each.what)) for module in _fault_modules() for each in module.FAULTS)
    rows = "".join(
        f"| {_linked(check, titles)} | {_plain(what)} | {_plain(titles.get(check, '–'))} |\n" for check, what in faults
    )
    return (
        "# Faults\n\n"
        f"{len(faults)} faults that the tests make on purpose. Each must turn exactly its own check red, and leave all "
        "others as they were or blocked by it; without the fault the check must be green.\n\n"
        f"| Check | What is broken | What holds otherwise |\n|---|---|---|\n{rows}"
    )


def _linked(check: str, known: Mapping[str, str]) -> str:
    """A check that no command makes yet has no place to lead to."""
    return f"[`{check}`](checks.md#{_anchor(check)})" if check in known else f"`{check}`"


def _fault_modules() -> Iterable[ModuleType]:
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    for file in sorted((ROOT / "tests" / "operations").rglob("faults.py")):
        yield importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


def _anchor(name: str) -> str:
    return name.replace(".", "-").replace("_", "-")


def _plain(text: str) -> str:
    """For Markdown: what looks like markup stands for itself."""
    for sign in ("\\", "|", "<", "*", "_", "["):
        text = text.replace(sign, f"\\{sign}" if sign != "<" else "&lt;")
    return text
