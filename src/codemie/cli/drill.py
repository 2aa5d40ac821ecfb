"""`codemiectl backup drill`: a backup is restored beside the installation, looked at, and thrown away."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codemie.cli.backup import cipher_of
from codemie.cli.exits import Refused
from codemie.operations.backup.drill import drill
from codemie.operations.backup.rehearsal import Rehearsal, place_for
from codemie.settings import load_settings

if TYPE_CHECKING:
    from codemie.checks.report import Report
    from codemie.checks.run import Options


@dataclass(frozen=True)
class Drill:
    """Which backup to try."""

    file: Path

    async def examine(self, options: "Options") -> "Report":
        """Try it, and report.

        Raises:
            Refused: there is no such file.
            CodeMieError: no database can be made for it.
        """
        if not self.file.is_file():
            raise Refused(f"{self.file} is no file")
        settings = load_settings()[0]
        url = settings.kernel.database_url
        cipher = cipher_of(settings)
        place = await place_for(url.get_secret_value() if url else None)
        return await drill(Rehearsal(self.file, cipher, place), options)
