"""A check that is made in another way in another cloud."""

from codemie.checks.check import Check, check
from codemie.checks.forms import in_form, with_others
from codemie.checks.report import Finding, passed


def _made(name: str, where: str) -> Check:
    async def look() -> Finding:
        """It looks there."""
        return passed(where)

    return check(name, title=where, symptom="-", remedy=("-",))(look)


USUAL = (_made("a.one", "aws"), _made("a.two", "aws"))
OTHER = (_made("a.two", "azure"), _made("a.three", "azure"))


def test_a_cloud_has_its_form_of_a_check_at_the_place_of_the_usual_one() -> None:
    every = with_others(USUAL, OTHER)

    assert [(each.id, each.title) for each in every] == [("a.one", "aws"), ("a.two", "aws"), ("a.three", "azure")]
    assert [each.title for each in in_form(every, OTHER)] == ["aws", "azure", "azure"]
    assert in_form(every, ()) == every
