"""Server-sent events, as far as model endpoints use them: `data:` lines, events ended by an empty line.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html; lines that end in a bare CR are not supported.
"""

MOST_BUFFERED = 8_388_608


class EventTooLarge(ValueError):
    """A line longer than `MOST_BUFFERED` bytes."""


class EventReader:
    """Takes the bytes of a stream as they come and gives the data of each finished event."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the data of the events that `chunk` finishes.

        Raises:
            EventTooLarge: the endpoint sends a line without end.
        """
        lines = (self._rest + chunk if self._rest else chunk).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > MOST_BUFFERED:
            raise EventTooLarge(f"A line of more than {MOST_BUFFERED} bytes.")
        finished: list[bytes] = []
        for raw in lines:
            line = raw[:-1] if raw.endswith(b"\r") else raw
            if line.startswith(b"data:"):
                self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
            elif not line and self._data:
                finished.append(self._data[0] if len(self._data) == 1 else b"\n".join(self._data))
                self._data.clear()
        return finished

    def finish(self) -> list[bytes]:
        """Return the data of an event the stream ended without an empty line after."""
        return self.feed(b"\n\n")
