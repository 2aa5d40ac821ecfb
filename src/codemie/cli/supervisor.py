"""Keeps parts running: starts a crashed one again, a little later each time, and gives up when it never stays up."""

import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType

from codemie.cli.exits import PartFailed
from codemie.cli.parts import Part, Program
from codemie.kernel.errors import ConfigurationError

MAX_CRASHES = 5
CRASH_WINDOW_SECONDS = 60.0

_LOOK_EVERY_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 10.0


@dataclass
class _Watched:
    part: Part
    crashes: deque[float] = field(default_factory=lambda: deque[float](maxlen=MAX_CRASHES + 1))
    start_at: float | None = None


class Supervisor:
    """Owns the parts of one installation between its start and its stop.

    Args:
        say: prints one line for the person at the terminal.
        changed: called when the processes are no longer the ones they were.
    """

    def __init__(self, say: Callable[[str], None], changed: Callable[[], None]) -> None:
        self.stopping = threading.Event()
        self._say = say
        self._changed = changed
        self._watched: list[_Watched] = []
        self._signals = 0

    def listen_to_signals(self) -> None:
        """SIGINT, SIGTERM and SIGHUP stop everything in order; a second one stops the programs at once."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def start(self, part: Part) -> None:
        """Start a part and keep it running from now on."""
        part.start()
        self._watched.append(_Watched(part))

    @property
    def parts(self) -> Sequence[Part]:
        """What was started, in order."""
        return [watched.part for watched in self._watched]

    def watch(self) -> None:
        """Return when a signal came.

        Raises:
            PartFailed: a part crashed too often.
        """
        while not self.stopping.wait(_LOOK_EVERY_SECONDS):
            for watched in self._watched:
                self._tend(watched, time.monotonic())

    def stop(self) -> None:
        """Stop the programs together, then the servers in reverse order."""
        self.stopping.set()
        for part in self.parts:
            if isinstance(part, Program):
                part.ask_to_stop()
        for part in reversed(self.parts):
            part.stop()
        self._watched.clear()

    def _tend(self, watched: _Watched, now: float) -> None:
        if watched.part.pid is not None:
            if isinstance(watched.part, Program):
                watched.part.trim_log()
            return
        if watched.start_at is None:
            self._note_crash(watched, now)
        elif now >= watched.start_at:
            self._restart(watched)

    def _note_crash(self, watched: _Watched, now: float) -> None:
        recent = [moment for moment in watched.crashes if now - moment < CRASH_WINDOW_SECONDS]
        watched.crashes.append(now)
        part = watched.part
        if len(recent) >= MAX_CRASHES:
            raise PartFailed(f"{part.name} stopped {MAX_CRASHES + 1} times in a minute. It said: {part.last_words()}")
        pause = min(0.25 * 2 ** len(recent), _LONGEST_PAUSE_SECONDS)
        watched.start_at = now + pause
        self._say(f"{part.name} stopped unexpectedly ({part.last_words()}); starting it again in {pause:g} s")

    def _restart(self, watched: _Watched) -> None:
        watched.start_at = None
        try:
            watched.part.start()
        except ConfigurationError as error:
            self._say(f"{watched.part.name} did not start: {error}")
            return
        self._say(f"{watched.part.name} runs again")
        self._changed()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1
        self.stopping.set()
        if self._signals > 1:
            for part in self.parts:
                if isinstance(part, Program):
                    part.ask_to_stop(signal.SIGKILL)
