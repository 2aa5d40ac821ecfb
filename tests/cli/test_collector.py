"""Garbage is looked for seldom while a command is loaded, and as usual once a server is up."""

import json
import subprocess
import sys
from typing import Any

import pytest

TOLD = """
import gc, json
from codemie.cli import collector
usual = gc.get_threshold()
{steps}
print(json.dumps([gc.isenabled(), gc.get_threshold() == tuple(usual), gc.get_freeze_count() > 1000]))
"""
A_COMMAND = """
import gc, json, sys
from codemie.cli import commands, main
commands.app = lambda: print(json.dumps([gc.isenabled(), gc.get_threshold()[0] > 10_000]))
main()
"""


def told(program: str) -> Any:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def test_a_command_looks_seldom() -> None:
    assert told(A_COMMAND) == [True, True]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("collector.not_yet()", [False, True, False]),
        ("collector.seldom(); collector.not_yet(); collector.from_now_on()", [True, True, True]),
    ],
)
def test_a_server_looks_as_usual_once_it_is_up(steps: str, expected: list[bool]) -> None:
    assert told(TOLD.format(steps=steps)) == expected
