"""Discrete events: processes that wait for time to pass or for a place at a resource. Deterministic, no clock."""

import heapq
from collections import deque
from collections.abc import Generator


class Resource:
    """Places that are taken in the order of asking: an API process has one, a pool as many as its connections."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.taken = 0
        self.waiting: deque[Generator[float | Resource, None, None]] = deque()
        self.busy_seconds = 0.0


Process = Generator[float | Resource, None, None]
"""Yields seconds to let pass, or a resource to wait for; whoever got one gives it back with `Events.release`."""


class Events:
    """What happens when. `now` is in seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Process]] = []
        self._number = 0

    def start(self, process: Process, after: float = 0.0) -> None:
        """Let a process begin, so many seconds from now."""
        self._number += 1
        heapq.heappush(self._due, (self.now + after, self._number, process))

    def release(self, resource: Resource) -> None:
        """Give a place back; who has waited longest gets it."""
        if resource.waiting:
            self.start(resource.waiting.popleft())
        else:
            resource.taken -= 1

    def use(self, resource: Resource, seconds: float) -> Process:
        """Wait for a place, and keep it for so long."""
        yield resource
        yield seconds
        resource.busy_seconds += seconds
        self.release(resource)

    def run(self) -> None:
        """Until nothing is due any more."""
        while self._due:
            self.now, _, process = heapq.heappop(self._due)
            self._advance(process)

    def _advance(self, process: Process) -> None:
        for wanted in process:
            if not isinstance(wanted, Resource):
                self.start(process, wanted)
                return
            if wanted.taken == wanted.places:
                wanted.waiting.append(process)
                return
            wanted.taken += 1
