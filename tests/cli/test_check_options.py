"""What a command of checks writes where."""

import datetime as dt
import json
from collections.abc import Iterator

import pytest
import structlog
import typer

from codemie.checks.report import Report
from codemie.checks.run import Options
from codemie.cli.amounts import seconds
from codemie.cli.check_options import Asked


@pytest.fixture(autouse=True)
def _logging_of_before() -> Iterator[None]:
    was_set_up, before = structlog.is_configured(), structlog.get_config()
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
    if was_set_up:
        structlog.configure(**before)


def test_what_is_logged_does_not_spoil_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    async def examine(options: Options) -> Report:
        structlog.get_logger().warning("something broke")
        return Report("looked", "1", {}, dt.datetime.now(dt.UTC), 0, ())

    Asked(as_json=True).run(examine, "Looking.")

    printed = capsys.readouterr()
    assert json.loads(printed.out)["schema"] == "codemiectl.report/1"
    assert "something broke" in printed.err


@pytest.mark.parametrize(
    ("typed", "meant"), [("10", 10), ("10s", 10), ("0.5", 0.5), ("500ms", 0.5), ("2m", 120), ("5m", 300), (7.0, 7)]
)
def test_a_time_is_a_number_of_seconds_or_has_a_unit(typed: str | float, meant: float) -> None:
    assert seconds(typed) == meant


@pytest.mark.parametrize("typed", ["0", "0.1s", "301", "6m", "1h", "-5", "ten", "", "nan"])
def test_no_time_or_too_much_of_it_is_refused(typed: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"no time from 0.2s to 5m"):
        seconds(typed)
