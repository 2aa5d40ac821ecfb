"""The parts that `up` keeps running: our own programs, and the two embedded servers."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from codemie.cli import watchdog
from codemie.cli.exits import PREFIX
from codemie.embedded.nats import EmbeddedNats
from codemie.embedded.postgres import EmbeddedPostgres
from codemie.kernel.errors import ConfigurationError

_STOP_SECONDS = 12.0
_MAX_LOG_BYTES = 20 * 2**20


class Part(Protocol):
    """Something that runs, may crash, and is started again."""

    name: str

    @property
    def pid(self) -> int | None:
        """Its process, while it runs."""
        ...

    def start(self) -> object:
        """Start it; raises `ConfigurationError` when that cannot work."""
        ...

    def stop(self) -> None:
        """Stop it and wait for its end."""
        ...

    def last_words(self) -> str:
        """How it ended, with the last line it logged."""
        ...


class Program:
    """The API or the worker: `codemiectl <command>` in a process group of its own, so that Ctrl-C reaches only us.

    Args:
        name: what people call it.
        command: the subcommand of `codemiectl`.
        environment: its whole environment.
        log: file its output is appended to; None: this terminal.
    """

    def __init__(self, name: str, command: str, environment: Mapping[str, str], log: Path | None) -> None:
        self.name = name
        self.log = log
        self._command = [sys.executable, "-P", "-m", "codemie.cli", command]
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: tuple[int, int] | None = None

    @property
    def pid(self) -> int | None:
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process and running else None

    @property
    def exit_code(self) -> int | None:
        """How it ended: its exit code, or a negative signal number; None while it runs."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        self._pipe = self._pipe or os.pipe()
        output = self.log.open("ab") if self.log else None
        try:
            self._process = subprocess.Popen(
                self._command,
                env={**self._environment, watchdog.VARIABLE: str(self._pipe[0])},
                pass_fds=(self._pipe[0],),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
            )
        finally:
            if output:
                output.close()

    def ask_to_stop(self, number: int = signal.SIGTERM) -> None:
        """Send it a signal, if it runs."""
        if self._process and self.pid:
            self._process.send_signal(number)

    def stop(self) -> None:
        if self._process is None:
            return
        self.ask_to_stop()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def trim_log(self) -> None:
        """Keep the newest 20 MB of log and one older file. The program appends, so its writes go on unharmed."""
        if self.log and self.log.exists() and self.log.stat().st_size > _MAX_LOG_BYTES:
            self.log.with_suffix(".log.1").write_bytes(self.log.read_bytes())
            os.truncate(self.log, 0)

    def last_words(self) -> str:
        code = self.exit_code
        ended = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        line = telling_line(self.log) if self.log else ""
        return f"{ended}{': ' + line if line else ''}"


class Nats:
    """The embedded message bus."""

    name = "NATS"

    def __init__(self, server: EmbeddedNats) -> None:
        self.server = server

    @property
    def pid(self) -> int | None:
        process = self.server.process
        return process.pid if process and process.poll() is None else None

    def start(self) -> str:
        return self.server.start()

    def stop(self) -> None:
        self.server.stop()

    def last_words(self) -> str:
        return telling_line(self.server.log)


class Postgres:
    """The embedded database."""

    name = "PostgreSQL"

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.server = server

    @property
    def pid(self) -> int | None:
        return self.server.pid

    def start(self) -> str:
        return self.server.start()

    def stop(self) -> None:
        try:
            self.server.stop()
        except ConfigurationError as error:
            # It goes on running; the next start adopts it. Nothing is lost, so stopping the rest is right.
            print(f"PostgreSQL did not stop in time and goes on running: {error}", file=sys.stderr)

    def last_words(self) -> str:
        return telling_line(self.server.log)


# What uvicorn logs after the reason, and instead of it.
_EPILOGUE = "Application startup failed. Exiting."


def telling_line(path: Path) -> str:
    """The newest line of a log that says what went wrong, else its newest line; empty without a log."""
    try:
        lines = path.read_bytes()[-65_536:].decode(errors="replace").strip().splitlines()
    except OSError:
        return ""
    events = [_event(line) for line in lines]
    errors = [text for text, is_error in events if is_error and text != _EPILOGUE]
    return (errors or [text for text, _ in events] or [""])[-1]


def _event(line: str) -> tuple[str, bool]:
    # Our programs log JSON; tracebacks, servers and one-line errors are plain text.
    try:
        entry: Any = json.loads(line)
        text = str(entry["event"])
    except (ValueError, TypeError, KeyError):
        is_error = re.match(rf"{PREFIX}|[\w.]+(Error|Exception)\b|\[ERR\]|.*(FATAL|PANIC|\[FTL\])", line) is not None
        return line.removeprefix(PREFIX), is_error
    if exception := entry.get("exception"):
        text = f"{text}: {str(exception).strip().splitlines()[-1]}"
    return text, entry.get("level") in {"error", "critical"}
