"""What benchmarks share: a platform in processes of its own, rows of results, and the table they end in."""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, BROKER_SECRET, environment_for

from codemie.embedded.nats import EmbeddedNats
from codemie.embedded.postgres import EmbeddedPostgres
from codemie.kernel.migration import migrate

RESULTS = Path(__file__).parent / "results.json"
START_SECONDS = 60.0

STUB_MODELS = """
llm_models:
  - base_name: stub
    provider: openai
    default_for_categories: [global]
    endpoint: {{base_url: "{url}", max_retries: 0}}
embeddings_models:
  - {{base_name: stub-embedder, provider: openai, default: true, endpoint: {{base_url: "{url}"}}}}
"""

SLOW_MODEL = """  - {{base_name: slow, provider: openai, endpoint: {{base_url: "{url}", max_retries: 0}}}}
embeddings_models:"""


@dataclass
class Row:
    """One line of the results. `baseline` holds what was measured beside it in the same run; `ratio` compares."""

    name: str
    ratio: float | None = None
    baseline: dict[str, Any] = field(default_factory=dict[str, Any])
    figures: dict[str, Any] = field(default_factory=dict[str, Any])
    target: str = ""
    met: bool | None = None

    def entry(self) -> dict[str, Any]:
        """The row as `results.json` holds it."""
        return {
            "name": self.name,
            **self.figures,
            "baseline": self.baseline,
            "ratio": self.ratio,
            "target": self.target,
            "met": self.met,
        }


@dataclass
class BenchPlatform:
    """An API process with its database and message bus, and somebody signed in."""

    url: str
    process: psutil.Process
    token: str
    environment: dict[str, str]

    @property
    def headers(self) -> dict[str, str]:
        """Signed in as the administrator."""
        return {"Authorization": f"Bearer {self.token}"}

    def memory(self) -> float:
        """Resident megabytes of the API process."""
        return self.process.memory_info().rss / 2**20

    def processor_seconds(self) -> float:
        """Processor time the API process has used so far."""
        times = self.process.cpu_times()
        return times.user + times.system

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Call the API once; the answer as JSON."""
        return post(f"{self.url}{path}", body, self.headers)

    def get(self, path: str) -> Any:
        """Read from the API once; the answer as JSON."""
        request = urllib.request.Request(f"{self.url}{path}", headers=self.headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


def post(url: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    """Send JSON, read JSON."""
    request = urllib.request.Request(
        url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json", **(headers or {})}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@contextmanager
def process(*command: str, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A Python program of ours that runs until the block ends."""
    running = subprocess.Popen(
        [sys.executable, *command], env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE
    )
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(15)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


@contextmanager
def stub(*, token_delay_ms: float = 0) -> Iterator[str]:
    """The zero-latency model endpoint; gives its base URL."""
    path = str(Path(__file__).parent / "stub.py")
    with process(path, "--token-delay-ms", str(token_delay_ms)) as running:
        assert running.stdout is not None
        yield running.stdout.readline().decode().strip()


@contextmanager
def storage() -> Iterator[tuple[str, str, Path]]:
    """A migrated PostgreSQL and a NATS server of our own; gives their URLs and a home folder."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="cb-"))
        folder.chmod(0o755)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = EmbeddedPostgres(folder / "postgres")
        database_url = postgres.start()
        stack.callback(postgres.stop)
        migrate(database_url)
        nats = EmbeddedNats(folder / "nats", BROKER_SECRET)
        nats_url = nats.start()
        stack.callback(nats.stop)
        (folder / "home").mkdir()
        yield database_url, nats_url, folder / "home"


@contextmanager
def serving(
    model_url: str, *, program: tuple[str, ...] = ("-m", "codemie.cli", "serve"), **extra: str
) -> Iterator[BenchPlatform]:
    """The API in a process of its own, its models at `model_url`; `program` is what runs it."""
    with storage() as (database_url, nats_url, home):
        (home / "models.yaml").write_text(STUB_MODELS.format(url=model_url))
        environment = environment_for(home, database_url, nats_url, **extra)
        url = f"http://127.0.0.1:{environment['CODEMIE_PORT']}"
        with process(*program, environment=environment) as running:
            wait_until_ready(f"{url}/health/ready", running)
            login = {"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}
            token = post(f"{url}/v1/local-auth/login", login)["access_token"]
            yield BenchPlatform(url, psutil.Process(running.pid), token, environment)


def wait_until_ready(url: str, running: subprocess.Popen[bytes]) -> None:
    """Return when the address answers 200.

    Raises:
        RuntimeError: the process ended, or a minute passed.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} did not become ready")


def keep(rows: list[Row]) -> None:
    """Put the rows into `results.json`, in place of earlier ones of the same names."""
    known: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept = {row["name"]: row for row in known.get("rows", [])} | {row.name: row.entry() for row in rows}
    document = {
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": [kept[name] for name in sorted(kept)],
    }
    RESULTS.write_text(json.dumps(document, indent=1) + "\n")


def show(rows: list[Row]) -> None:
    """Print the table."""
    for row in rows:
        figures = "  ".join(f"{key}={_shown(value)}" for key, value in row.figures.items())
        baseline = "  ".join(f"{key}={_shown(value)}" for key, value in row.baseline.items())
        verdict = {True: "met", False: "MISSED", None: ""}[row.met]
        ratio = "" if row.ratio is None else f"ratio {row.ratio:.2f}"
        print(f"{row.name:<18} {figures}\n{'':<18} beside: {baseline}\n{'':<18} {ratio}  {row.target}  {verdict}")


def _shown(value: Any) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)
