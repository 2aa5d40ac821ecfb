"""What a command of checks writes where."""

import datetime as dt
import json
from collections.abc import Iterator

import pytest
import structlog

from codemie.checks.report import Report
from codemie.checks.run import Options
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
