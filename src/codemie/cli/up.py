"""`codemiectl up`: the whole platform in one terminal."""

import os
import secrets
import time
from pathlib import Path

from codemie import __version__
from codemie.cli import ports, readiness, schema
from codemie.cli.home import Home
from codemie.cli.parts import Nats, Part, Postgres, Program
from codemie.cli.supervisor import Supervisor
from codemie.embedded.nats import EmbeddedNats
from codemie.embedded.postgres import EmbeddedPostgres
from codemie.kernel.settings import KernelSettings
from codemie.models.starter import install_default_file
from codemie.settings import Settings, load_settings, unknown_variables


def run(*, show_logs: bool) -> None:
    """Start everything, keep it running, and stop it in order on a signal.

    Raises:
        Refused: this machine does not allow it: lock, home, disk, port.
        ConfigurationError: a setting is wrong.
        PartFailed: a part does not stay up.
    """
    settings, provenance = load_settings()
    for warning in unknown_variables(os.environ, provenance):
        say(f"Note: {warning}")
    home = Home(settings.kernel.home)
    if not home.is_remembered():
        # Nobody to take over from: what is refused now leaves no folder behind.
        ports.refuse_taken(settings.kernel.host, settings.kernel.port)
    home.prepare()
    with home.locked():
        install_default_file(settings.models, home.folder)
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
        self.of_the_api: dict[str, str] = {}
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
        mark = self.home.folder / "postgres" / "codemie-schema" if self.kernel.database_url is None else None
        password: str | None = None
        if schema.is_up_to_date(mark):
            say("  Schema      up to date")
        else:
            migrated, password = self._migrate(mark)
            if not migrated:
                return False
        # The worker starts beside the API: both spend their first second importing.
        api, worker = self._program("API", "serve", **self.of_the_api), self._program("Worker", "worker")
        self.supervisor.start(api)
        self.supervisor.start(worker)
        self._remember()
        host = ports.reachable(self.kernel.host)
        if not readiness.wait(api, host, self.kernel.port, self.supervisor.stopping):
            return False
        self._welcome(password)
        return True

    def _migrate(self, mark: Path | None) -> tuple[bool, str | None]:
        """Whether the schema is this version's now, and the password made up for an administrator made just now."""
        environment, password = self.environment, None
        was_kept = self.home.first_password.exists()
        if not self.settings.identity.admin_password:
            # Written down before it is used: a kill in between leaves a file too many, not an account nobody can enter.
            password = self.home.read_first_password() if was_kept else secrets.token_urlsafe(12)
            self.home.keep_first_password(password)
            environment = {**environment, "CODEMIE_ADMIN_PASSWORD": password}
        outcome = schema.bring_up_to_date(environment, mark, self.supervisor.stopping)
        if outcome is None:
            return False, None
        say(f"  Schema      {outcome.summary}")
        if password and not outcome.made_administrator and not was_kept:
            self.home.first_password.unlink(missing_ok=True)
        return True, password if outcome.made_administrator else None

    def _start_servers(self) -> None:
        folder = self.home.folder
        if self.kernel.database_url is None:
            postgres = EmbeddedPostgres(folder / "postgres")
            self._start_server(Postgres(postgres))
            self.environment["CODEMIE_DATABASE_URL"] = postgres.url
            if self.settings.knowledge.git_file_urls is None:
                # Somebody's own machine: their own repositories are at hand.
                self.environment["CODEMIE_KNOWLEDGE_GIT_FILE_URLS"] = "true"
        else:
            say("  PostgreSQL  yours, by CODEMIE_DATABASE_URL")
        if self.kernel.nats_url is None:
            secret = self.settings.plugins.broker_secret
            nats = EmbeddedNats(folder / "nats", secret.get_secret_value() if secret else None)
            self._start_server(Nats(nats))
            self.environment["CODEMIE_NATS_URL"] = nats.url
            self.environment["CODEMIE_PLUGINS_BROKER_SECRET"] = nats.secret
            self.of_the_api["CODEMIE_PLUGINS_SERVER_LOG"] = str(nats.log)
        else:
            say("  NATS        yours, by CODEMIE_NATS_URL")

    def _start_server(self, server: Part) -> None:
        self.supervisor.start(server)
        say(f"  {server.name:<11} embedded, process {server.pid}")

    def _program(self, name: str, command: str, **more: str) -> Program:
        log = None if self.show_logs else self.home.logs / f"{name.lower()}.log"
        return Program(name, command, {**self.environment, **more}, log)

    def _remember(self) -> None:
        programs = {part.name: part.pid for part in self.supervisor.parts if isinstance(part, Program) and part.pid}
        self.home.remember(url=self.url, parts=programs)

    def _welcome(self, new_password: str | None) -> None:
        say(f"Ready after {time.monotonic() - self.started:.1f} s: {self.url}")
        email = self.settings.identity.admin_email
        if new_password:
            say(f"  Sign in     {email}   {new_password}")
            say(f"              Shown once, and kept in {self.home.first_password}: change it, then delete the file.")
        elif self.home.first_password.exists():
            say(f"  Sign in     {email}, first password in {self.home.first_password}")
        if not self.show_logs:
            say(f"  Logs        {self.home.logs}")
        if not readiness.has_web_ui(ports.reachable(self.kernel.host), self.kernel.port):
            say("  Note        The web UI is not built, so only the API answers. Build it with: make web-build")
        if self.settings.identity.dev_identities:
            say("  Note        Development identities are on: a header alone makes any program here an administrator.")
            say("              Unset CODEMIE_IDENTITY_DEV_IDENTITIES where anybody relies on this platform.")
        say("Ctrl-C stops everything.")
