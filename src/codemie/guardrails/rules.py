"""The rules of a guardrail, as they are written down and stored."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter

from codemie.guardrails import patterns
from codemie.guardrails import phrases as denied
from codemie.kernel.http import WireModel

MOST_RULES, MOST_PHRASES = 50, 200

Action = Literal["block", "mask"]
DetectorName = Literal["email", "phone", "payment_card", "iban", "aws_key", "access_token", "private_key"]
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class RuleFields(WireModel):
    """What every rule says."""

    action: Action = "block"
    label: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = Field(
        "", description="What people and the audit log call it; stands in place of what is masked."
    )
    message: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = Field(
        "", description="What people are told when it blocks."
    )


class PhraseRule(RuleFields):
    """Denied words and phrases: whole words, in any case, with any white space between them."""

    type: Literal["phrase"]
    phrases: Annotated[list[Phrase], Field(min_length=1, max_length=MOST_PHRASES), AfterValidator(denied.checked)]


class PatternRule(RuleFields):
    """A regular expression in the syntax of RE2, which takes linear time on any text."""

    type: Literal["pattern"]
    pattern: Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(patterns.checked)]
    ignore_case: bool = True


class DetectorRule(RuleFields):
    """A detector that is built in."""

    type: Literal["detector"]
    detector: DetectorName


Rule = Annotated[PhraseRule | PatternRule | DetectorRule, Field(discriminator="type")]
Rules = Annotated[list[Rule], Field(min_length=1, max_length=MOST_RULES)]
RULES: TypeAdapter[list[Rule]] = TypeAdapter(list[Rule])
