"""What a run has used so far, also when nobody waits for its end."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from codemie.agents.events import AgentEvent, ModelFinished, ModelStarted, Spent, TextDelta
from codemie.models.usage import Usage

_BYTES_PER_TOKEN = 4


@dataclass(slots=True)
class Meter:
    """Filled by a run and its sub-agents as each of them ends, however it ends."""

    spent: list[Spent] = field(default_factory=list[Spent])
    _under_way: list[Callable[[], tuple[Spent, ...]]] = field(default_factory=list[Callable[[], tuple[Spent, ...]]])

    @contextmanager
    def metering(self, used: Callable[[], tuple[Spent, ...]]) -> Generator[None]:
        """`used` tells, while the run in the block is under way and when it is left, what the run has used."""
        self._under_way.append(used)
        try:
            yield
        finally:
            self._under_way.remove(used)
            self.spent += used()

    def so_far(self) -> tuple[Spent, ...]:
        """What all runs have used, those included that are under way."""
        return (*self.spent, *(spent for used in self._under_way for spent in used()))


class Written:
    """The text of the call that is under way."""

    def __init__(self) -> None:
        self._open: dict[str, list[str]] = {}

    def take(self, event: AgentEvent) -> None:
        """Follow what the model writes."""
        match event:
            case ModelStarted():
                self._open[event.id] = []
            case TextDelta() if event.id in self._open:
                self._open[event.id].append(event.text)
            case ModelFinished():
                self._open.pop(event.id, None)
            case _:
                pass

    def broken_off(self, read: str) -> Usage:
        """About what was used of a call that did not come to its end; nothing when none is under way."""
        text = "".join(part for parts in self._open.values() for part in parts)
        return estimated(read, text) if self._open else Usage()


def estimated(read: str, written: str) -> Usage:
    """About what a call used that was broken off: providers tell only at its end, and charge for it all the same."""
    return Usage(_tokens(read), _tokens(written))


def _tokens(text: str) -> int:
    return len(text.encode(errors="surrogatepass")) // _BYTES_PER_TOKEN + 1
