"""Checks of the values for Terraform: there, of their types, meant, allowed, and safe."""

from collections.abc import Iterable
from dataclasses import dataclass

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, Status, passed
from codemie.operations.preflight.judgement import Complaint, Judgement, Kind
from codemie.operations.preflight.values import Problem

_MOST_SHOWN = 12


@dataclass(frozen=True)
class Inputs:
    """The values of one run.

    Attributes:
        judgement: what is to be said of them.
        problems: files that cannot be read.
        profile: what the installation is to be by the command line; None: as the values say.
    """

    judgement: Judgement
    problems: tuple[Problem, ...] = ()
    profile: str | None = None


def said(complaints: Iterable[Complaint], well: str, *remedy: str) -> Finding:
    """One finding for all complaints of a check: red when one of them is grave."""
    found = list(complaints)
    if not found:
        return passed(well)
    if len(found) == 1:
        text, evidence = found[0].text, {found[0].place: f"{found[0].variable} = {found[0].seen}"}
    else:
        text = f"{len(found)} values: {', '.join(dict.fromkeys(each.variable for each in found))}"
        evidence = {each.place: _worded(found, each.place) for each in found[:_MOST_SHOWN]}
    status = Status.FAIL if any(each.is_grave for each in found) else Status.WARN
    return Finding(status, text, evidence, remedy)


def _worded(complaints: list[Complaint], place: str) -> str:
    here = [each for each in complaints if each.place == place]
    return "; ".join(each.text for each in here)


@check(
    "tf.vars.readable",
    title="The files of variables can be read",
    symptom="terraform plan stops with 'Invalid expression' or 'Argument or block definition required'.",
    remedy=("Mend the line: name = value, texts in quotation marks, lists in brackets with commas",),
    phase="vars",
    faq=("F36",),
)
async def readable(inputs: Inputs) -> Finding:
    """A quotation mark, comma or bracket is missing, or something other than plain values stands in the file."""
    if not inputs.problems:
        return passed("All files are read")
    evidence = {problem.place: problem.text for problem in inputs.problems}
    first = inputs.problems[0]
    return Finding(Status.FAIL, f"{first.place}: {first.text}", evidence, readable.remedy)


@check(
    "tf.vars.known",
    title="The stack takes every value that is given",
    symptom="A setting has no effect: Terraform only warns of a value for an undeclared variable.",
    remedy=("Correct the name, or take the line out", "The inputs of a stack are in its variables.tf"),
    phase="vars",
    severity=Severity.MAJOR,
    faq=("F36",),
    needs=("tf.vars.readable",),
)
async def known(inputs: Inputs) -> Finding:
    """A name is misspelt, of another version of the stack, or of another stack."""
    judged = inputs.judgement
    return said(judged.of(Kind.UNKNOWN), f"All {len(judged.values.given)} names are known", *known.remedy)


@check(
    "tf.vars.required",
    title="Every value that must be given is given",
    symptom="terraform plan asks for a value, or stops with 'No value for required variable'.",
    remedy=(
        "Add it to the file; terraform.tfvars.example beside the stack shows all of them",
        "A secret rather goes into the environment: TF_VAR_ and its name",
    ),
    phase="vars",
    faq=("F36",),
    needs=("tf.vars.readable",),
)
async def required(inputs: Inputs) -> Finding:
    """A variable without a default has no value, in no file and not in the environment, or it is null."""
    return said(inputs.judgement.of(Kind.MISSING), "Nothing is missing", *required.remedy)


@check(
    "tf.vars.types",
    title="Every value is of the type that the stack takes",
    symptom="terraform plan stops with 'Invalid value for input variable'.",
    remedy=("Write it as the variable's type says: see the stack's variables.tf",),
    phase="vars",
    faq=("F36",),
    needs=("tf.vars.readable",),
)
async def types(inputs: Inputs) -> Finding:
    """A text stands where a list is taken, a field of a group is missing, or a number is none."""
    return said(inputs.judgement.of(Kind.TYPE), "All fit", *types.remedy)


@check(
    "tf.vars.placeholders",
    title="Nothing is left to be filled in",
    symptom="The apply runs, and makes names and rules for somebody's example.",
    remedy=("Put your own value there",),
    phase="vars",
    faq=("F36",),
    needs=("tf.vars.readable",),
)
async def placeholders(inputs: Inputs) -> Finding:
    """A value is that of an example: a word in angle brackets, example.com, an account or network of documents."""
    return said(inputs.judgement.of(Kind.PLACEHOLDER), "All values are of this installation", *placeholders.remedy)


@check(
    "tf.vars.rules",
    title="Every value keeps the rules of the stack",
    symptom="terraform plan stops with 'Invalid value for variable', after it asked the cloud for minutes.",
    remedy=("Choose a value as the rule says",),
    phase="vars",
    faq=("F36",),
    needs=("tf.vars.readable",),
)
async def rules(inputs: Inputs) -> Finding:
    """A value breaks a validation of the stack; these are read from its variables.tf and computed here."""
    count = sum(len(variable.rules) for variable in inputs.judgement.stack.variables.values())
    return said(inputs.judgement.of(Kind.RULE), f"All {count} rules of the stack hold", *rules.remedy)


CHECKS: tuple[Check, ...] = (readable, known, required, types, placeholders, rules)
