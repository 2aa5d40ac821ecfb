"""When a part is started again, and when that is given up."""

import pytest

from codemie.cli import supervisor as module
from codemie.cli.exits import PartFailed
from codemie.cli.supervisor import MAX_CRASHES, Supervisor
from codemie.kernel.errors import ConfigurationError


class Fragile:
    """A part whose starts go as the script says: it runs on, it ends at once, or it does not start."""

    name = "Fragile"

    def __init__(self, *script: str) -> None:
        self.script = list(script)
        self.starts = 0
        self.pid: int | None = None

    def start(self) -> None:
        self.starts += 1
        fate = self.script.pop(0) if self.script else "ends"
        if fate == "refuses" and self.starts > 1:
            raise ConfigurationError("no room")
        self.pid = 1 if fate == "runs" else None

    def stop(self) -> None:
        self.pid = None

    def last_words(self) -> str:
        return "exit code 9: out of luck"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between starts."""
    monkeypatch.setattr(module, "_LOOK_EVERY_SECONDS", 0.001)
    monkeypatch.setattr(module, "_LONGEST_PAUSE_SECONDS", 0.001)


def watch(part: Fragile) -> tuple[Supervisor, list[str]]:
    said: list[str] = []
    supervised = Supervisor(said.append, lambda: None)
    supervised.start(part)
    return supervised, said


@pytest.mark.parametrize("fate", ["ends", "refuses"])
def test_a_part_that_never_stays_up_is_given_up_with_its_last_words(fate: str) -> None:
    part = Fragile(*[fate] * 20)
    supervised, said = watch(part)

    with pytest.raises(PartFailed, match=r"Fragile stopped 6 times in a minute\. It said: exit code 9: out of luck"):
        supervised.watch()

    assert part.starts == MAX_CRASHES + 1
    assert len([line for line in said if "stopped unexpectedly" in line]) == MAX_CRASHES


def test_a_part_that_recovers_is_left_alone() -> None:
    part = Fragile("ends", "ends", "runs")
    changes: list[str] = []
    supervised = Supervisor(lambda _: None, lambda: supervised.stopping.set() if part.pid else changes.append("early"))
    supervised.start(part)

    supervised.watch()

    assert part.starts == 3
    assert changes == ["early"]


def test_everything_is_stopped_in_reverse_order() -> None:
    order: list[str] = []
    supervised = Supervisor(order.append, lambda: None)
    for name in ("first", "second"):
        part = Fragile("runs")
        part.name = name
        part.stop = lambda name=name: order.append(name)
        supervised.start(part)

    supervised.stop()

    assert order == ["second", "first"]
