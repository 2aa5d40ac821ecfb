"""One report about a model file: whether it can be read, whether its models answer, and what stored things it fits."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

from codemie.checks.report import Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.kernel.database import Database
from codemie.models.catalogue import Catalogue
from codemie.models.transport import close_transport
from codemie.operations.installation.model_file import defaults, schema
from codemie.operations.models.stored import CHECKS as STORED
from codemie.operations.models.stored import Exchange
from codemie.operations.models.verification import checks_of, models_of, secrets_of


@dataclass(frozen=True)
class Subject:
    """What is examined.

    Attributes:
        command: that asks, for the report.
        former: the file in use.
        wanted: the file to be examined; the same where no other is.
        replacements: see `Exchange`.
        database: None where there is none; `no_database` says why.
        ask_models: else only the file and the database are looked at.
        reindexes: see `Exchange`.
    """

    command: str
    former: Catalogue
    wanted: Catalogue
    replacements: dict[str, str] = field(default_factory=dict[str, str])
    database: Database | None = None
    no_database: str = ""
    ask_models: bool = True
    reindexes: bool = False


async def examine(subject: Subject, options: Options) -> Report:
    """Ask every model of the file, and compare the file with the database.

    Raises:
        InvalidInput: a pattern of the options names nothing.
    """
    former, wanted = models_of(subject.former), models_of(subject.wanted)
    sources = Sources().offer(Catalogue, subject.wanted)
    if wanted is not None:
        sources.offer(Exchange, Exchange(former, wanted, subject.replacements, subject.reindexes))
    if subject.database is not None:
        sources.offer(Database, subject.database)
    else:
        sources.unobservable(Database, f"no database to compare with: {subject.no_database}")
    asking = checks_of(wanted, options.timeout) if wanted and subject.ask_models else ()
    checks = [schema, defaults, *asking, *STORED]
    hidden = (*options.secrets, *secrets_of(former), *secrets_of(wanted))
    # Longer ones first: one may be part of another.
    options = replace(options, secrets=tuple(sorted(hidden, key=len, reverse=True)))
    # A file that cannot be read leaves the catalogue with the models that come along: it was examined nevertheless.
    path = subject.wanted.path
    examined = path if path.is_file() else subject.wanted.source
    async with AsyncExitStack() as left:
        left.push_async_callback(close_transport)
        return await run(subject.command, checks, sources, options, file=str(examined))
