"""What a program reads from us and what it complains of, while it works: none of it lies on a disk."""

import subprocess
import threading
from typing import IO

from codemie.kernel.errors import CodeMieError

_BLOCK = 2**20
_MOST_HEARD = 2**20


class Feeding:
    """Gives a stream to a program, from a thread of its own: the program may print before it has read everything.

    A block goes out only when the next could be read, the last only behind the end. So a program that needs its input
    to the end, as `pg_restore` does before it commits, does nothing for good with a stream that cannot be read whole.

    Args:
        process: its standard input is a pipe.
        given: the stream; nobody else reads it meanwhile.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", given: IO[bytes]) -> None:
        self._process, self._given = process, given
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._feed, name="feeding", daemon=True)
        self._thread.start()

    def ended(self) -> Exception | None:
        """Wait until nothing more is given, which is soon once the program has ended; why the stream broke off."""
        self._thread.join()
        return self._failure

    def _feed(self) -> None:
        is_given = False
        try:
            self._write()
            is_given = True
        except BrokenPipeError:
            # It wants no more: whether that was enough, its exit code says.
            is_given = True
        except (CodeMieError, OSError) as error:
            self._failure = error
        finally:
            if not is_given:
                self._process.kill()

    def _write(self) -> None:
        pipe = self._process.stdin
        if pipe is None:
            raise RuntimeError("Who is fed has a pipe to read from")
        with pipe:
            held = b""
            while block := self._given.read(_BLOCK):
                pipe.write(held)
                held = block
            pipe.write(held)


class Hearing:
    """Keeps the beginning of what a program complains of. The rest is heard and forgotten: else it would stand still.

    Not in a file: PostgreSQL quotes the row that it refuses.

    Args:
        process: its standard error is a pipe.
    """

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process, self._heard = process, bytearray()
        self._thread = threading.Thread(target=self._hear, name="hearing", daemon=True)
        self._thread.start()

    def ended(self) -> str:
        """Wait until it says nothing more, which is soon once it has ended; what it said."""
        self._thread.join()
        return self._heard.decode(errors="replace")

    def _hear(self) -> None:
        pipe = self._process.stderr
        if pipe is None:
            raise RuntimeError("Who is heard has a pipe to write to")
        while block := pipe.read(_BLOCK):
            self._heard += block[: _MOST_HEARD - len(self._heard)]
