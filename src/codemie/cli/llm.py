"""`codemiectl llm verify`: what is looked through."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from codemie.checks.run import Options
from codemie.cli.exits import Refused
from codemie.cli.installation import database_address
from codemie.kernel.database import Database
from codemie.kernel.row_security import SYSTEM
from codemie.models.catalogue import Catalogue
from codemie.operations.models.examination import Subject, examine
from codemie.settings import load_settings

if TYPE_CHECKING:
    from codemie.checks.report import Report
    from codemie.settings import Settings


@dataclass(frozen=True)
class Verification:
    """A model file to be looked at.

    Attributes:
        file: of the candidate; None: the file in use.
        replacements: language models that take another's place: old → new.
        ask_models: else only the file and the database are looked at.
        command: that asks, for the report.
        reindexes: whether data sources whose embedding model goes are to be indexed anew.
    """

    file: Path | None = None
    replacements: dict[str, str] = field(default_factory=dict[str, str])
    ask_models: bool = True
    command: str = "llm verify"
    reindexes: bool = False

    async def examine(self, options: Options) -> "Report":
        """Ask its models, and compare it with the database where there is one.

        Raises:
            Refused: the file is not there.
            ConfigurationError: the settings cannot be read.
        """
        settings = load_settings()[0]
        former = Catalogue.of(settings.models, settings.kernel.home)
        wanted = candidate(settings, self.file) if self.file else former
        async with AsyncExitStack() as left:
            database, problem = None, ""
            try:
                database = Database(database_address(settings), pool_size=2, unbound=SYSTEM)
                left.push_async_callback(database.close)
            except Refused as refusal:
                problem = str(refusal)
            subject = Subject(
                self.command,
                former,
                wanted,
                self.replacements,
                database,
                problem,
                ask_models=self.ask_models,
                reindexes=self.reindexes,
            )
            return await examine(subject, options)


def candidate(settings: "Settings", file: Path) -> Catalogue:
    """The models of a file, as a process with these settings would read them.

    Raises:
        Refused: it is not there.
    """
    if not file.is_file():
        raise Refused(f"{file} is no file")
    return Catalogue.of(settings.models.model_copy(update={"file": file}), settings.kernel.home)
