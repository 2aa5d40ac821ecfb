"""`codemiectl up`: the whole platform in one terminal."""

import os
import subprocess
import sys
import time

from codemie import __version__
from codemie.cli import config, ports, readiness
from codemie.cli.home import Home
from codemie.cli.parts import Nats, Part, Postgres, Program
from codemie.cli.supervisor import Supervisor
from codemie.embedded.nats import EmbeddedNats
from codemie.embedded.postgres import EmbeddedPostgres
from codemie.kernel.errors import ConfigurationError
from codemie.kernel.settings import KernelSettings
from codemie.settings import Settings, load_settings

_MIGRATE_SECONDS = 300


def run(*, show_logs: bool) -> None:
    """Start everything, keep it running, and stop it in order on a signal.

    Raises:
        Refused: this machine does not allow it: lock, home, disk, port.
        ConfigurationError: a setting is wrong.
        PartFailed: a part does not stay up.
    """
    settings, provenance = load_settings()
    for warning in config.unknown_variables(os.environ, provenance):
        say(f"Note: {warning}")
    home = Home(settings.kernel.home)
    home.prepare()
    with home.locked():
        Installation(settings, home, show_logs=show_logs).run()


def say(line: str) -> None:
    """One line for the person at the terminal."""
    print(line, flush=True)


class Installation:
    """One run of the platform over one home."""

    def __init__(self, settings: Settings, home: Home, *, show_logs: bool) -> None:
        self.settings = settings
        self.home = home
        self.show_logs = show_logs
        self.started = time.monotonic()
        self.supervisor = Supervisor(say, self._remember)
        self.environment = {**os.environ, "CODEMIE_HOME": str(home.folder), "PYTHONUNBUFFERED": "1"}
        self.environment.setdefault("CODEMIE_EXECUTOR", f"up-{home.folder}")

    @property
    def kernel(self) -> KernelSettings:
        """The settings everything stands on."""
        return self.settings.kernel

    @property
    def url(self) -> str:
        """Where people on this machine find the web UI."""
        return f"http://{ports.reachable(self.kernel.host)}:{self.kernel.port}"

    def run(self) -> None:
        """From nothing to running to nothing."""
        self.home.end_leftovers()
        ports.refuse_taken(self.kernel.host, self.kernel.port)
        self.supervisor.listen_to_signals()
        say(f"CodeMie {__version__} starts in {self.home.folder}")
        try:
            if self._start():
                self.supervisor.watch()
                say("Stopping …")
        finally:
            self.supervisor.stop()
        say("Stopped.")

    def _start(self) -> bool:
        self._start_servers()
        if self.supervisor.stopping.is_set():
            return False
        say(f"  Schema      {self._migrate()}")
        # The worker starts beside the API: both spend their first second importing.
        api, worker = self._program("API", "serve"), self._program("Worker", "worker")
        self.supervisor.start(api)
        self.supervisor.start(worker)
        self._remember()
        host = ports.reachable(self.kernel.host)
        if not readiness.wait(api, host, self.kernel.port, self.supervisor.stopping):
            return False
        self._welcome()
        return True

    def _start_servers(self) -> None:
        folder = self.home.folder
        if self.kernel.database_url is None:
            postgres = EmbeddedPostgres(folder / "postgres")
            self._start_server(Postgres(postgres))
            self.environment["CODEMIE_DATABASE_URL"] = postgres.url
        else:
            say("  PostgreSQL  yours, by CODEMIE_DATABASE_URL")
        if self.kernel.nats_url is None:
            nats = EmbeddedNats(folder / "nats")
            self._start_server(Nats(nats))
            self.environment["CODEMIE_NATS_URL"] = nats.url
        else:
            say("  NATS        yours, by CODEMIE_NATS_URL")

    def _start_server(self, server: Part) -> None:
        self.supervisor.start(server)
        say(f"  {server.name:<11} embedded, process {server.pid}")

    def _migrate(self) -> str:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "codemie.cli", "migrate"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_MIGRATE_SECONDS,
            check=False,
            process_group=0,
        )
        if done.returncode != 0:
            said = done.stderr.strip().splitlines() or ["no reason given"]
            raise ConfigurationError("The database could not be brought up to date", details=said[-1])
        return done.stdout.strip()

    def _program(self, name: str, command: str) -> Program:
        log = None if self.show_logs else self.home.logs / f"{name.lower()}.log"
        return Program(name, command, self.environment, log)

    def _remember(self) -> None:
        programs = {part.name: part.pid for part in self.supervisor.parts if isinstance(part, Program) and part.pid}
        self.home.remember(url=self.url, parts=programs)

    def _welcome(self) -> None:
        say(f"Ready after {time.monotonic() - self.started:.1f} s: {self.url}")
        if not self.show_logs:
            say(f"  Logs        {self.home.logs}")
        say("Ctrl-C stops everything.")
