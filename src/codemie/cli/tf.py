"""What the commands around Terraform do."""

import asyncio
import hashlib
import os
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from codemie.cli.exits import Exit

_MOST_TOLD = 10

if TYPE_CHECKING:
    from codemie.checks.report import Report
    from codemie.operations.terraform.plan import Plan
    from codemie.operations.terraform.program import Terraform


def bootstrap(directory: Path, *, allow_write: bool) -> Exit:
    """Run the first stack of a cloud.

    Args:
        directory: its folder.
        allow_write: make what is missing, instead of only telling.
    """
    from codemie.operations.terraform.bootstrap import Bootstrap, find_state_in_s3
    from codemie.operations.terraform.program import Terraform

    _refuse_values(directory)
    is_done = Bootstrap(Terraform(directory), find_state_in_s3, print).run(allow_write=allow_write)
    return Exit.OK if is_done else Exit.REFUSED


def _refuse_values(directory: Path) -> None:
    """Refuse what no plan could be made of, before providers are fetched for it.

    Raises:
        ConfigurationError: a value is missing or breaks a rule of the stack.
    """
    from codemie.kernel.errors import ConfigurationError
    from codemie.operations.preflight.judgement import Judgement, Kind
    from codemie.operations.preflight.stack import read_stack
    from codemie.operations.preflight.values import files_of, read_values

    if {"TF_CLI_ARGS", "TF_CLI_ARGS_plan"} & os.environ.keys():
        return  # they may give values that are not seen here
    try:
        stack = read_stack(directory)
    except ConfigurationError:
        return  # it takes no values, or Terraform says what is wrong with the folder
    try:
        files = files_of((directory,))
    except ConfigurationError:
        files = []  # the environment may hold all
    values = read_values(files, os.environ, stack.variables)
    wrong = [f"{problem.place}: {problem.text}" for problem in values.problems]
    judged = Judgement(stack, values)
    for kind in (Kind.MISSING, Kind.TYPE, Kind.RULE, Kind.PLACEHOLDER):
        wrong += [each.text if kind is Kind.MISSING else f"{each.place}: {each.text}" for each in judged.of(kind)]
    if wrong:
        raise ConfigurationError(
            f"{directory} has not the values that it needs",
            details="; ".join(wrong[:_MOST_TOLD]),
            help=f"Write them into {directory / 'terraform.tfvars'}: terraform.tfvars.example beside it shows all",
        )


@dataclass(frozen=True)
class Asked:
    """What `tf plan` and `tf apply` were asked for.

    Attributes:
        directory: folder of the stack.
        var_files: files of values.
        profile: how to judge; None: as the plan's values say.
        accepted: addresses whose blockers somebody takes upon himself.
        valued: further types whose loss is one.
        as_json: print the report as a document, and what Terraform says to standard error.
        junit: where to write the report for a CI server.
    """

    directory: Path
    var_files: tuple[Path, ...] = ()
    profile: str | None = None
    accepted: tuple[str, ...] = ()
    valued: tuple[str, ...] = ()
    as_json: bool = False
    junit: Path | None = None

    def tell(self, line: str) -> None:
        """Say something to whoever waits."""
        print(line, file=sys.stderr if self.as_json else sys.stdout, flush=True)


class _Broken(Exception):
    """Terraform failed; its words say why."""

    def __init__(self, what: str, log: str) -> None:
        super().__init__(what)
        self.what, self.log = what, log


def plan(asked: Asked, out: Path) -> int:
    """Write a plan and judge it; the exit code."""
    out = out.resolve()
    try:
        terraform = _prepared(asked)
        _planned(terraform, asked, out)
    except _Broken as broken:
        return _explained(broken, asked)
    code = _verdict(_judged(terraform, out, asked)[1])
    asked.tell(f"\nThe plan is {out}, sha256 {_digest(out)}.")
    options = "--allow-write" if code == Exit.OK else "--accept ADDRESS … --allow-write"
    asked.tell(f"Exactly this is done by: codemiectl tf apply --directory {asked.directory} --plan {out} {options}")
    return code


def apply(asked: Asked, given: Path | None, *, allow_write: bool) -> int:
    """Make a plan or take the given one, judge it, and do exactly what it says; the exit code.

    Args:
        asked: how.
        given: a plan made before.
        allow_write: do it, instead of only telling.
    """
    with TemporaryDirectory() as place:
        # A copy of ours, so that what is judged is what is done, whoever writes to the file meanwhile.
        file = Path(place) / "judged.tfplan"
        try:
            terraform = _prepared(asked)
            if given:
                shutil.copyfile(given, file)
            else:
                _planned(terraform, asked, file)
            if (code := _hindered(terraform, file, asked, allow_write=allow_write)) is not None:
                return code
            asked.tell(f"\nApplying the plan with sha256 {_digest(file)}.")
            _followed(terraform, asked, "apply", str(file))
        except _Broken as broken:
            return _explained(broken, asked)
    return Exit.OK


def _hindered(terraform: "Terraform", file: Path, asked: Asked, *, allow_write: bool) -> int | None:
    """The exit code where a judged plan is not to be applied, having said why."""
    judged, report = _judged(terraform, file, asked)
    if code := _verdict(report):
        asked.tell("\nNothing was done. Take back what is FAILED, or accept it by name: --accept ADDRESS.")
        return code
    if not judged.changes:
        asked.tell("\nThere is nothing to do.")
        return Exit.OK
    if not allow_write:
        asked.tell("\nNothing was done. Run again with --allow-write to do exactly this.")
        return Exit.REFUSED
    return None


def _prepared(asked: Asked) -> "Terraform":
    from codemie.operations.terraform.program import Terraform

    terraform = Terraform(asked.directory)
    # An init that failed leaves the folder, and whatever it had fetched until then.
    if not (asked.directory / ".terraform" / "providers").is_dir():
        _followed(terraform, asked, "init")
    return terraform


def _planned(terraform: "Terraform", asked: Asked, out: Path) -> None:
    values = [f"-var-file={file.resolve()}" for file in asked.var_files]
    # A plan holds values that are secret.
    out.touch(mode=0o600)
    _followed(terraform, asked, "plan", f"-out={out}", *values)


def _followed(terraform: "Terraform", asked: Asked, command: str, *arguments: str) -> None:
    ran = terraform.followed(command, "-input=false", "-no-color", *arguments, tell=asked.tell)
    if ran.code != 0:
        raise _Broken(f"terraform {command}", ran.log)


def _judged(terraform: "Terraform", file: Path, asked: Asked) -> "tuple[Plan, Report]":
    from codemie.checks.run import Options, run
    from codemie.checks.sources import Sources
    from codemie.cli import reports
    from codemie.operations.preflight import checks, plan_checks

    judging = plan_checks.judged(terraform.shown(file), asked.profile)
    judging = replace(judging, accepted=frozenset(asked.accepted), valued=frozenset(asked.valued))
    sources = Sources().offer(plan_checks.JudgedPlan, judging)
    asked.tell("")
    options = Options() if asked.as_json else Options(seen=reports.print_check)
    stack = str(asked.directory)
    report = asyncio.run(run("tf plan", checks.PLAN, sources, options, directory=stack))
    if asked.junit:
        reports.write_junit(report, asked.junit)
    if asked.as_json:
        reports.print_document(report)
    return judging.plan, report


def _verdict(report: "Report") -> int:
    from codemie.cli.reports import verdict

    return int(verdict(report, fail_on_warning=False))


def _explained(broken: _Broken, asked: Asked) -> int:
    """Say why Terraform failed, and what to do."""
    from codemie.cli import reports
    from codemie.operations.terraform.diagnosis import report

    found = report(broken.log, broken.what)
    asked.tell(f"\n{broken.what} failed:\n")
    if asked.as_json:
        reports.print_document(found)
    else:
        for check in found.checks:
            reports.print_check(check)
    return Exit.FAILED


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
