"""`codemiectl support-bundle`: what an installation tells of itself, gathered and written."""

import asyncio
import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nats.errors import Error as NatsError

from codemie import __version__
from codemie.checks.run import Options
from codemie.cli import net
from codemie.cli.cluster_doctor import Cluster
from codemie.cli.doctor import Inside
from codemie.cli.exits import Refused
from codemie.cli.installation import at_hand, database_address
from codemie.cli.known_secrets import known_secrets
from codemie.embedded import server_log
from codemie.kernel.database import Database
from codemie.kernel.errors import CodeMieError
from codemie.kernel.row_security import SYSTEM
from codemie.operations import history
from codemie.operations.bundle import cluster, facts, logs, terraform
from codemie.operations.bundle.archive import Archive
from codemie.operations.bundle.redaction import Redactor
from codemie.operations.installation.bus import MessageBus
from codemie.settings import load_settings, settings_file

if TYPE_CHECKING:
    from codemie.kernel.settings import Provenance
    from codemie.settings import Settings

ISSUE = """# What is wrong

Summary:

What you expected:

What happened instead:

Since when, and what changed before:

Whom it keeps from what:

How to bring it about again:
"""
_SERVERS = {"postgres": facts.without_rows, "nats": server_log.without_keys}
"""Servers of the home, and what takes out of their logs what others gave them to keep."""
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
    settings, provenance = load_settings()
    archive = Archive(
        Redactor.knowing(known_secrets(settings, provenance), keep_emails=asked.keep_emails), asked.most_bytes
    )
    archive.add("issue.md", issue or ISSUE)
    archive.add("steps.md", _read(asked.steps, "--steps-file") if asked.steps else _STEPS)
    since = dt.datetime.now(dt.UTC) - asked.since
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
    archive.add_document("environment.json", facts.environment(home))
    archive.add_document("config/settings.json", facts.configuration(provenance))
    if (path := settings_file(os.environ)).is_file():
        archive.add(f"config/{path.name}", path.read_text(encoding="utf-8", errors="replace"))
    try:
        archive.add_document("checks.json", (await Inside(network=asked.network).examine(Options())).as_document())
    except (CodeMieError, Refused) as error:
        archive.leave_out("checks.json", str(error))
    archive.add_log("history.jsonl", "\n".join(history.recalled(home)))
    try:
        await _add_database(archive, settings)
    except (CodeMieError, Refused) as error:
        archive.leave_out("db/", str(error))
    await _add_message_bus(archive, settings)
    await _add_domain(archive, settings, network=asked.network)
    if asked.terraform:
        await terraform.collect(archive, asked.terraform, asked.terraform_log)
    if asked.cluster:
        async with asked.cluster.opened() as source:
            await cluster.collect(archive, source)
    # Last, and the newest files first: what is too much is a log, never a finding.
    for name, text in logs.collected(home / "logs", since):
        clean = _SERVERS.get(name.partition(".")[0])
        archive.add_log(f"logs/{name}", clean(text) if clean else text)
    for folder, clean in _SERVERS.items():
        for name, text in logs.collected(home / folder, since):
            archive.add_log(f"logs/{folder}-{name}", clean(text))


async def _add_database(archive: Archive, settings: "Settings") -> None:
    database = Database(database_address(settings), pool_size=1, unbound=SYSTEM)
    try:
        archive.add_document("db/database.json", await facts.database(database))
    finally:
        await database.close()


async def _add_message_bus(archive: Archive, settings: "Settings") -> None:
    try:
        bus = MessageBus(at_hand(settings).nats_url)
        archive.add_document("nats/server.json", await facts.message_bus(bus))
    except (CodeMieError, Refused, NatsError, OSError, TimeoutError) as error:
        archive.leave_out("nats/", str(error) or type(error).__name__)


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
