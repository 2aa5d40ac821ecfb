"""`codemiectl llm switch`, `rollback`, `recover` and `history`: the course of an exchange, and what is said of it."""

import asyncio
import json
import logging
import os
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
import typer

from codemie.checks.report import Status
from codemie.checks.run import Options
from codemie.cli.check_options import Asked
from codemie.cli.exits import PartFailed, Refused
from codemie.cli.installation import database_address, message_bus
from codemie.cli.llm import Verification
from codemie.cli.reports import Verdict
from codemie.kernel.database import Database
from codemie.kernel.errors import Unavailable
from codemie.kernel.messaging import Messaging
from codemie.kernel.row_security import SYSTEM
from codemie.models import replicas
from codemie.models.catalogue import Catalogue
from codemie.models.versions import Exchange as Done
from codemie.models.versions import Kind, Version, Versions
from codemie.operations.models import reindexing
from codemie.operations.models.stored import Exchange
from codemie.operations.models.switching import Settled, Switching, operator
from codemie.settings import load_settings

if TYPE_CHECKING:
    from codemie.checks.report import Report
    from codemie.models.replicas import Replica
    from codemie.settings import Settings

_FOLLOWED_SECONDS = 1.0
_SETTLED = {
    Settled.FINISHED: "An exchange that was broken off is complete now.",
    Settled.UNDONE: "An exchange that was broken off had not happened; it is forgotten.",
}


@dataclass(frozen=True)
class Wish:
    """The options as they were typed.

    Attributes:
        replacements: language models that take another's place: old → new.
        allow_write: do it; else only look whether it could be done.
        unverified: do not ask the models.
        wait: seconds for every process to use the new file, and to follow a re-indexing.
        reindex: have data sources whose embedding model goes indexed anew.
        asked: how the checks are made and shown.
    """

    replacements: dict[str, str] = field(default_factory=dict[str, str])
    allow_write: bool = False
    unverified: bool = False
    wait: float = 60.0
    reindex: bool = False
    asked: Asked = field(default_factory=Asked)


def switch(file: Path, wish: Wish) -> None:
    """Put a file into the place of the one in use.

    Raises:
        Refused: it is not allowed, not possible, or the file does not pass.
        CodeMieError, OSError: it failed; nothing has changed.
        PartFailed: a process does not use the new file.
    """
    settings, versions = _installation()
    if not file.is_file():
        raise Refused(f"{file} is no file")
    if wish.allow_write:
        _settle(settings, versions)
    content = file.read_bytes()
    _verify(file, wish)
    if not wish.allow_write:
        raise Refused("Nothing is changed. It could be done: run it again with --allow-write.")
    if file.read_bytes() != content:
        raise Refused(f"{file} was changed while its models were asked. Nothing is changed: run it again.")
    asyncio.run(_exchange(settings, versions, "switch", content, wish))


def rollback(number: int | None, wish: Wish) -> None:
    """Put a former version into the place of the file in use.

    Args:
        number: of the version; None: the one that was in use before.
        wish: the options.

    Raises:
        Refused, CodeMieError, OSError, PartFailed: as for `switch`.
    """
    settings, versions = _installation()
    if wish.allow_write:
        _settle(settings, versions)
    manifest = versions.manifest()
    active = manifest.find(versions.in_place()) or manifest.find(manifest.active)
    target = number or (active.replaced if active else None)
    if target is None:
        raise Refused("No version was in use before this one. codemiectl llm history lists what there is: --to N.")
    content = versions.content(target)
    print(f"Version {target} is to take the place of version {active.number if active else '?'}.\n")
    _verify(versions.path(target), wish)
    if not wish.allow_write:
        raise Refused("Nothing is changed. It could be done: run it again with --allow-write.")
    asyncio.run(_exchange(settings, versions, "rollback", content, wish))


def recover() -> None:
    """Complete or forget an exchange that was broken off.

    Raises:
        Refused, CodeMieError, OSError: that is not possible now.
    """
    if not _settle(*_installation()):
        print("No exchange was broken off.")


def history(*, as_json: bool) -> None:
    """Print all versions, which is in use, and which processes use it.

    Raises:
        ConfigurationError: the list cannot be read.
    """
    settings, versions = _installation()
    manifest, in_place = versions.manifest(), versions.in_place()
    found = asyncio.run(_replicas(settings))
    if as_json:
        rows = [{**version.model_dump(mode="json"), "file": str(versions.path(version.number))}
                for version in manifest.versions]  # fmt: skip
        processes = None if found is None else [vars(replica) for replica in found]
        document = {"schema": "codemiectl.models/1", "file": str(versions.file), "in_place": in_place,
                    "versions": rows, "processes": processes,
                    "pending": manifest.pending.model_dump(mode="json") if manifest.pending else None,
                    "last": manifest.last.model_dump(mode="json") if manifest.last else None}  # fmt: skip
        print(json.dumps(document, indent=2))
        return
    print(f"{versions.file}{' (edited by hand since)' if in_place is None and manifest.versions else ''}")
    for version in manifest.versions:
        print(f"{'*' if version.number == in_place else ' '} {_described(version)}")
    if not manifest.versions:
        print("  No version yet: the first switch keeps the file in use as version 1.")
    if manifest.last:
        last = manifest.last
        if last.reindexed:
            print(f"Re-indexing: {asyncio.run(_progress(settings, last))}.")
        print(f"Last: {last.kind} from {last.former} to {last.wanted} at {last.date:%Y-%m-%d %H:%M:%SZ} by {last.by}.")
    if manifest.pending:
        print(f"BROKEN OFF: {manifest.pending.kind} to {manifest.pending.wanted}. Run: "
              "codemiectl llm recover --allow-write")  # fmt: skip
    _tell_processes(versions, found)


def _installation() -> "tuple[Settings, Versions]":
    # What is written down is told to whoever runs the command in sentences.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    settings = load_settings()[0]
    return settings, Versions(Catalogue.of(settings.models, settings.kernel.home).path)


def _verify(file: Path, wish: Wish) -> None:
    """Make the checks and show them.

    Raises:
        Refused: they could not be made, or not all of them.
        typer.Exit: one of them failed.
    """
    kept: list[Report] = []
    looked = Verification(file, wish.replacements, ask_models=not wish.unverified, command="llm switch",
                          reindexes=wish.reindex)  # fmt: skip

    async def examined(options: Options) -> "Report":
        kept.append(await looked.examine(options))
        return kept[0]

    verdict = wish.asked.run(examined, f"Asking the models of {file}")
    if verdict is not Verdict.OK:
        print("\nNothing is changed.")
        raise typer.Exit(int(verdict))
    if any(each.status is Status.UNKNOWN for each in kept[0].checks):
        raise Refused("Not everything could be seen, so nothing is changed.")


def _settle(settings: "Settings", versions: Versions) -> bool:
    """Complete or forget what was broken off; whether there was anything."""
    _refuse_read_only(versions)

    async def settled() -> Settled | None:
        async with _database(settings) as database:
            switching = Switching(versions, database, operator())
            async with switching.alone():
                return await switching.settle()

    found = asyncio.run(settled())
    if found:
        print(_SETTLED[found])
    return found is not None


def _refuse_read_only(versions: Versions) -> None:
    folder = versions.file.parent
    if not os.access(folder, os.W_OK):
        raise Refused(
            f"{folder} cannot be written here. Where Kubernetes mounts the file, put the new one into models.file of "
            "the values and run helm upgrade; codemiectl llm verify looks before."
        )


async def _exchange(settings: "Settings", versions: Versions, kind: Kind, content: bytes, wish: Wish) -> None:
    async with _database(settings) as database, _bus(settings) as bus:
        switching = Switching(versions, database, operator())
        if not wish.reindex:
            await _place(switching, bus, content, wish, kind)
            return
        catalogue = Catalogue.of(settings.models, settings.kernel.home)
        models = Exchange(catalogue.models(), catalogue.parse(content, "the file"), wish.replacements, reindexes=True)
        names = await reindexing.successors(database, models)
        former = reindexing.bridged(versions.in_use(), content, names)
        done = await _place(switching, bus, former, wish, kind, names)
        if names and await _follow(database, done, wish.wait) and former != content:
            print("\nEvery data source has the new vectors. The former models go now.", flush=True)
            await _place(switching, bus, content, wish, kind)


async def _place(
    switching: Switching, bus: Messaging, content: bytes, wish: Wish, kind: Kind, names: Mapping[str, str] | None = None
) -> Done:
    async with switching.alone():
        former, wanted = switching.stage(content)
        expected = await replicas.asked_about(bus, wanted.number, wanted.sha256)
        _refuse_unready(expected)
        verified = not wish.unverified
        done = switching.plan(kind, former, wanted, wish.replacements, is_verified=verified, reindexed=names)
        await switching.carry_out(done, wanted)
    print(_done(done, wanted, switching.file), flush=True)
    _tell_followed(expected, await replicas.followed(bus, expected, wanted.sha256, wish.wait), wish.wait)
    return done


async def _follow(database: Database, done: Done, seconds: float) -> bool:
    """Tell how far the data sources are, as long as somebody waits; whether all of them are done."""
    print("\nData sources are indexed anew, by the workers, whether this command runs or not:", flush=True)
    until, told = time.monotonic() + seconds, ""
    while True:
        found = await reindexing.progress(database, done.reindexed, done.date)
        if str(found) != told:
            told = str(found)
            print(f"  {told}", flush=True)
        if found.is_over or time.monotonic() >= until:
            break
        await asyncio.sleep(_FOLLOWED_SECONDS)
    if found.failed:
        lines = "\n".join(f"  {place}: {reason}" for place, reason in found.failed.items())
        raise PartFailed(
            f"The file is exchanged, and these data sources could not be indexed anew:\n{lines}\n"
            "Mend them and index them in the web UI. The former models stay until you switch to your file again."
        )
    if not found.is_over:
        print("They go on. codemiectl llm history tells how far they are; when all are done, switch to the file again.")
    return found.is_over


def _refuse_unready(asked: "list[Replica]") -> None:
    problems = [f"  {replica.place}: {problem}" for replica in asked for problem in replica.problems]
    if problems:
        lines = "\n".join(problems)
        raise Refused(f"Not every process could use it, so nothing is changed:\n{lines}")
    count = len(asked)
    print(f"\n{count} processes were asked; each can read it and has its keys." if count else
          "\nNo process of the platform answers; whichever starts reads the new file.")  # fmt: skip


def _done(exchange: Done, wanted: Version, file: Path) -> str:
    again = " --reindex" if exchange.reindexed else ""
    back = f"Back: codemiectl llm rollback --to {exchange.former}{again} --allow-write"
    return (
        f"{file} is version {exchange.wanted} now, in place of {exchange.former}; it is in the audit log as "
        f"{exchange.operation}.\n  sha256 {wanted.sha256}\n{back}"
    )


def _tell_followed(expected: "list[Replica]", late: "list[Replica]", wait: float) -> None:
    if late:
        lines = "\n".join(
            f"  {replica.place}, {replica.file}: {'; '.join(replica.problems) or 'other models, or no answer since'}"
            for replica in late
        )
        raise PartFailed(
            f"The file is exchanged, but after {wait:g} s not every process uses it:\n{lines}\n"
            "codemiectl llm history looks again; a process that has ended needs nothing."
        )
    if expected:
        print(f"All {len(expected)} processes use it.")


def _described(version: Version) -> str:
    origin = f"by {version.by}" if version.by else "found in use"
    before = f", in place of {version.replaced}" if version.replaced else ""
    return f"{version.number:>3}  {version.since:%Y-%m-%d %H:%M:%SZ}  {version.sha256[:12]}  {origin}{before}"


async def _replicas(settings: "Settings") -> "list[Replica] | None":
    try:
        async with _bus(settings) as bus:
            return await replicas.asked(bus)
    except (Refused, Unavailable):
        return None


async def _progress(settings: "Settings", last: Done) -> str:
    try:
        async with _database(settings) as database:
            return str(await reindexing.progress(database, last.reindexed, last.date))
    except (Refused, Unavailable):
        return "there is no database to ask"


def _tell_processes(versions: Versions, found: "list[Replica] | None") -> None:
    if not found:
        print("No process of the platform answers." if found is not None else "NATS is not there to ask processes.")
        return
    known = {version.sha256: f"version {version.number}" for version in versions.manifest().versions}
    for replica in found:
        print(f"  {replica.place} uses {known.get(replica.sha256, replica.sha256[:12])}"
              f"{'; ' + '; '.join(replica.problems) if replica.problems else ''}")  # fmt: skip


@asynccontextmanager
async def _database(settings: "Settings") -> AsyncGenerator[Database]:
    database = Database(database_address(settings), pool_size=3, unbound=SYSTEM)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def _bus(settings: "Settings") -> AsyncGenerator[Messaging]:
    url = message_bus(settings)[0]
    if not url:
        raise Refused(
            "No NATS to ask the processes of the platform: set CODEMIE_NATS_URL, or name its home with --home."
        )
    bus = await Messaging.connect(url, name="codemiectl")
    try:
        yield bus
    finally:
        await bus.close()
