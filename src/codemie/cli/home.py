"""The home folder: everything one installation writes, and the lock that lets one `up` at a time use it."""

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from codemie.cli.exits import Refused
from codemie.embedded import processes

# PostgreSQL's first write-ahead segments and caches, with room for a little data.
_MIN_FREE_BYTES = 500 * 2**20

_REASONS = {
    errno.EACCES: "its permissions do not let you write there",
    errno.EPERM: "its permissions do not let you write there",
    errno.EROFS: "its file system is read-only",
    errno.ENOTDIR: "a part of the path is a file",
    errno.EEXIST: "it is a file",
    errno.ENOSPC: "its disk is full",
    # What /proc and /sys answer.
    errno.ENOENT: "its file system takes no folders",
}


class Home:
    """One installation's folder on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().resolve()
        self.logs = self.folder / "logs"
        self.first_password = self.folder / "first-password.txt"
        self._state = self.folder / "up.json"

    def prepare(self) -> None:
        """Make the folder, readable by its owner alone.

        Raises:
            Refused: it cannot be made or written, or its disk is nearly full.
        """
        self._refuse_full_disk()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            probe = self.folder / f".write-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
            raise Refused(
                f"The home {self.folder} cannot be written: {reason}. Set CODEMIE_HOME to a folder you can write."
            ) from error

    @property
    def url(self) -> str | None:
        """Where the `up` answers that runs here."""
        address: str | None = self._remembered().get("url")
        return address

    def parts(self) -> dict[str, int]:
        """The processes of the `up` that runs here, or was killed here, by name."""
        parts: dict[str, int] = self._remembered().get("parts", {})
        return parts

    def is_remembered(self) -> bool:
        """Whether an `up` runs here, or was killed here."""
        return bool(self._remembered())

    def _refuse_full_disk(self) -> None:
        there = next(folder for folder in (self.folder, *self.folder.parents) if folder.is_dir())
        total, _, free = shutil.disk_usage(there)
        # Without a size it is no disk, and what it says when it is written to tells more.
        if total and free < _MIN_FREE_BYTES:
            raise Refused(
                f"The disk of {self.folder} has {free // 2**20} MB left, {_MIN_FREE_BYTES // 2**20} MB are needed. "
                "Free some space, or set CODEMIE_HOME to another disk."
            )

    def keep_first_password(self, password: str) -> None:
        """Write down the generated password of the first administrator, for the owner of the home alone."""
        descriptor = os.open(self.first_password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(password + "\n")

    def read_first_password(self) -> str:
        """The password that was written down."""
        return self.first_password.read_text(encoding="utf-8").strip()

    @contextmanager
    def locked(self, *, alone: bool = False) -> Generator[None]:
        """Hold the home while the block runs; the kernel lets go of it when this process dies.

        Args:
            alone: it is about what is in this very home, so another home is no way out.

        Raises:
            Refused: another `up` holds it; names its address and process.
        """
        with (self.folder / "up.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Refused(self._already_running(alone=alone)) from None
            try:
                yield
            finally:
                self._state.unlink(missing_ok=True)

    def remember(self, *, url: str, parts: dict[str, int]) -> None:
        """Note who runs here, for a second `up` and for the one after a crash."""
        draft = self._state.with_suffix(".new")
        draft.write_text(json.dumps({"pid": os.getpid(), "url": url, "parts": parts}), encoding="utf-8")
        draft.replace(self._state)

    def end_leftovers(self) -> None:
        """End the API and worker of an `up` that was killed, should they still be on their way out."""
        for pid in self.parts().values():
            if "codemie.cli" in processes.command_line(pid):
                processes.end(pid, seconds=10)

    def _already_running(self, *, alone: bool) -> str:
        state = self._remembered()
        if not state:
            return f"CodeMie is already starting or stopping on the home {self.folder}. Try again in a moment."
        running = f"on the home {self.folder}: {state['url']} (process {state['pid']})"
        if alone:
            return f"CodeMie runs {running}. Stop it first with 'kill {state['pid']}': nobody else may write meanwhile."
        return (
            f"CodeMie already runs {running}. Use it, stop it with 'kill {state['pid']}', or set CODEMIE_HOME and "
            "CODEMIE_PORT for a second one."
        )

    def _remembered(self) -> dict[str, Any]:
        try:
            state: dict[str, Any] = json.loads(self._state.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return state
