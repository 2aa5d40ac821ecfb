"""Installs the agent of this machine as a service of the person who runs it."""

import os
import subprocess
import sys
from pathlib import Path

from codemie.cli.exits import Refused
from codemie.plugins.agent.background import Unit, unit_for
from codemie.plugins.agent.configuration import load


def install(config: Path | None, root: str | None, *, dry_run: bool, start: bool) -> None:
    """Write the unit and have the system start it."""
    file = config.absolute() if config else None
    without = {name: value for name, value in os.environ.items() if not name.startswith("PLUGIN_")}
    load({}, without, file).require_connection()
    unit = _unit(file, Path(root or ".").resolve())
    if dry_run:
        print(f"# {unit.path}\n{unit.content}")
        for command in unit.start:
            print(f"# then: {' '.join(command)}")
        return
    unit.path.parent.mkdir(parents=True, exist_ok=True)
    unit.path.write_text(unit.content)
    print(f"Wrote {unit.path}.")
    if start:
        for command in unit.start:
            _system(command)
        print(f"Started. Its log: {unit.log}")


def uninstall() -> None:
    """Undo `install`."""
    unit = _unit(None, Path.cwd())
    if not unit.path.exists():
        raise Refused(f"{unit.path} is not there: nothing to remove.")
    for command in unit.stop:
        _system(command)
    unit.path.unlink()
    print(f"Removed {unit.path}.")


def _unit(file: Path | None, root: Path) -> Unit:
    unit = unit_for(sys.platform, Path(sys.executable), Path.home(), file, root)
    if unit is None:
        raise Refused("This system has neither systemd nor launchd; run `codemiectl plugin run` in a way of its own.")
    return unit


def _system(command: tuple[str, ...]) -> None:
    try:
        finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refused(f"`{' '.join(command)}` cannot be run: {error}") from error
    if finished.returncode != 0:
        raise Refused(f"`{' '.join(command)}` failed: {finished.stderr.strip()[:500]}")
