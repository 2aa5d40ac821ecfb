"""`codemiectl support-bundle`: what an installation tells of itself, gathered and written."""

import asyncio
import datetime as dt
from collections.abc import Generator, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import yaml

from codemie import __version__
from codemie.checks.report import Report, Status
from codemie.checks.run import Options
from codemie.cli import net, running, terminal_log
from codemie.cli.cluster_doctor import Cluster, cluster_report
from codemie.cli.doctor import Inside
from codemie.cli.exits import Refused
from codemie.cli.installation import at_hand, database_address
from codemie.cli.known_secrets import known_secrets
from codemie.kernel.database import Database
from codemie.kernel.errors import CodeMieError
from codemie.kernel.row_security import SYSTEM
from codemie.operations import history
from codemie.operations.bundle import cluster, facts, logs, terraform
from codemie.operations.bundle.archive import Archive
from codemie.operations.bundle.redaction import Redactor
from codemie.operations.installation.bus import MessageBus
from codemie.operations.installation.opening import broker_of
from codemie.settings import load_settings, settings_file

if TYPE_CHECKING:
    from codemie.kernel.settings import Provenance
    from codemie.operations.kubernetes.cluster import Cluster as Source
    from codemie.settings import Settings

ISSUE = """# What is wrong

Summary:

What you expected:

What happened instead:

Since when, and what changed before:

Whom it keeps from what:

How to bring it about again:
"""
_STEPS = "# What was tried already\n\nNothing was told.\n"


@dataclass(frozen=True)
class Asked:
    """The options as they were typed; what they mean is told in `support_commands`."""

    issue: Path | None
    steps: Path | None
    since: dt.timedelta
    most_bytes: int
    out: Path
    keep_emails: bool
    dry_run: bool
    without_issue: bool = False
    network: bool = True
    cluster: Cluster | None = None
    terraform: Path | None = None
    terraform_log: Path | None = None


def write(asked: Asked) -> None:
    """Gather everything, write the archive, and say what is in it.

    Raises:
        Refused: nobody says what is wrong, or a file cannot be read.
        ConfigurationError: the settings cannot be read.
    """
    issue = _read(asked.issue, "--issue-file") if asked.issue else ""
    if not issue.strip() and not asked.without_issue:
        raise Refused("Support needs to know what is wrong: give --issue-file FILE, or say --no-issue")
    of_platform = running.seen(load_settings()[0])
    settings, provenance = of_platform.settings()
    archive = Archive(
        Redactor.knowing(known_secrets(settings, provenance), keep_emails=asked.keep_emails), asked.most_bytes
    )
    archive.add_words("issue.md", issue or ISSUE)
    archive.add_words("steps.md", _read(asked.steps, "--steps-file") if asked.steps else _STEPS)
    since = dt.datetime.now(dt.UTC) - asked.since
    if of_platform.unseen:
        archive.failed("config/settings.json: of the platform", f"{of_platform.unseen}: it tells this command's own")
    _add_files(archive, settings, settings_file(of_platform.variables))
    asyncio.run(_gather(archive, settings, provenance, since, asked))
    until = dt.datetime.now(dt.UTC)
    window = {name: moment.isoformat(timespec="seconds") for name, moment in (("since", since), ("until", until))}
    told = {"tool": f"codemiectl {__version__}", "window": window}
    if asked.dry_run:
        print("Nothing is written. It would hold:")
    else:
        archive.write(asked.out, told)
        print(f"{asked.out} holds:")
    for line in _listing(archive):
        print(f"  {line}")
    taken = sum(archive.redactor.hits.values())
    print(f"{taken} secrets and names of people were taken out. Look through it before you send it.")


async def _gather(
    archive: Archive, settings: "Settings", provenance: "list[Provenance]", since: dt.datetime, asked: Asked
) -> None:
    home = settings.kernel.home
    with _part(archive, "db/: ids of people, which are found in fields of people alone"):
        await _meet_people(archive, settings)
    archive.add_document("config/settings.json", facts.configuration(provenance))
    archive.leave_out("config/helm-values", "they may hold secrets: look through helm get values, and send them beside")
    archive.add_log("history.jsonl", "\n".join(history.recalled(home)))
    surroundings = facts.environment(home, provenance)
    async with AsyncExitStack() as left:
        source = None
        with _part(archive, "k8s/"):
            source = await left.enter_async_context(asked.cluster.opened()) if asked.cluster else None
            surroundings |= {"cluster": await cluster.topology(source)} if source else {}
        archive.add_document("environment.json", surroundings)
        failing = await _add_checks(archive, source, network=asked.network)
        with _part(archive, "db/"):
            await _add_database(archive, settings)
        await _add_message_bus(archive, settings)
        with _part(archive, "net/"):
            await _add_domain(archive, settings, network=asked.network)
        with _part(archive, "terraform/"):
            if asked.terraform:
                await terraform.collect(archive, asked.terraform, asked.terraform_log)
        with _part(archive, "k8s/"):
            if source:
                await cluster.collect(archive, source, since)
        # Last, and the newest files first: what is too much is a log, never a finding.
        with _part(archive, "logs/"):
            for name, text in logs.collected(home, since, failing):
                archive.add_log(f"logs/{name}", text)
            if source:
                await cluster.collect_logs(archive, source, since)


@contextmanager
def _part(archive: Archive, path: str) -> Generator[None]:
    """What breaks in one part is said to be left out: the others are what help is waiting for."""
    try:
        yield
    except (CodeMieError, Refused) as error:
        archive.failed(path, str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other parts are wanted
        archive.failed(path, terminal_log.told(error))


def _add_files(archive: Archive, settings: "Settings", path: Path) -> None:
    """The settings file as it is, and the model file without what it hides."""
    if path.is_file():
        archive.add(f"config/{path.name}", path.read_text(encoding="utf-8", errors="replace"))
    models = settings.models.file or settings.kernel.home / "models.yaml"
    with _part(archive, "config/models.json"):
        if models.is_file():
            document = yaml.safe_load(models.read_text(encoding="utf-8", errors="replace"))
            archive.add_document("config/models.json", facts.masked(document))


async def _add_checks(archive: Archive, source: "Source | None", *, network: bool) -> frozenset[str]:
    """The report of the installation and of the cluster as one; gives the groups of checks of which one failed."""
    reports: list[Report] = []
    with _part(archive, "checks.json: of the installation"):
        reports.append(await Inside(network=network).examine(Options()))
    with _part(archive, "checks.json: of the cluster"):
        if source:
            reports.append(await cluster_report(source, Options()))
    if not reports:
        archive.leave_out("checks.json", "no check could be made")
        return frozenset()
    target = {name: value for report in reports for name, value in report.target.items()}
    whole = replace(reports[0], target=target, checks=tuple(each for report in reports for each in report.checks))
    archive.add_document("checks.json", whole.as_document())
    return frozenset(each.phase for each in whole.checks if each.status is Status.FAIL)


async def _meet_people(archive: Archive, settings: "Settings") -> None:
    """Whoever has an account is a pseudonym from the first text on."""
    database = Database(database_address(settings), pool_size=1, unbound=SYSTEM)
    try:
        archive.redactor.meet(*await facts.people(database))
    finally:
        await database.close()


async def _add_database(archive: Archive, settings: "Settings") -> None:
    database = Database(database_address(settings), pool_size=1, unbound=SYSTEM)
    try:
        archive.add_document("db/database.json", await facts.database(database))
    finally:
        await database.close()


async def _add_message_bus(archive: Archive, settings: "Settings") -> None:
    with _part(archive, "nats/server.json"):
        archive.add_document("nats/server.json", await facts.message_bus(MessageBus(at_hand(settings).nats_url)))
    with _part(archive, "nats/connections.json"):
        broker = broker_of(at_hand(settings))
        if broker is None:
            archive.leave_out(
                "nats/connections.json", "only the plugin engine's system account may ask, and there is none"
            )
        else:
            archive.add_document("nats/connections.json", await facts.bus_connections(broker))


async def _add_domain(archive: Archive, settings: "Settings", *, network: bool) -> None:
    """How the name that people type looks from here."""
    address = urlsplit(str(settings.kernel.frontend_url))
    if address.scheme != "https":
        archive.leave_out("net/", "the public address is no https address")
    elif not network:
        archive.leave_out("net/", "nobody outside may be asked")
    else:
        report = await net.Asked("domain", address.netloc).examine(Options())
        archive.add_document("net/domain.json", report.as_document())


def _read(path: Path, option: str) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise Refused(f"{option}: {path}: {error.strerror or error}") from error


def _listing(archive: Archive) -> Iterator[str]:
    for path, content in sorted(archive.files.items()):
        yield f"{len(content):>9}  {path}"
    for path, reason in sorted(archive.left_out.items()):
        yield f"{'–':>9}  {path} ({reason})"
