"""What the processes of the platform were started with: a command in another terminal has other variables than they."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from codemie.cli.home import Home
from codemie.kernel.errors import ConfigurationError
from codemie.settings import FILE_VARIABLE, Settings, load_settings

if TYPE_CHECKING:
    from codemie.kernel.settings import Provenance

_ROLES = ("serve", "worker")
"""The commands that are the platform; what the API was told counts first."""
_HOME_VARIABLE = "CODEMIE_HOME"


@dataclass(frozen=True)
class Seen:
    """The variables of the platform, as far as they can be seen from here.

    Attributes:
        variables: of its process; where none was seen, those of this command.
        unseen: why they are only those of this command; empty: they are the platform's.
    """

    variables: Mapping[str, str]
    unseen: str = ""

    def settings(self) -> "tuple[Settings, list[Provenance]]":
        """What follows from them.

        Raises:
            ConfigurationError: they cannot be used.
        """
        return load_settings(self.variables)


def seen(own: Settings) -> Seen:
    """Look for a process of the installation on this machine: that of its `up`, else one that uses the same database.

    Args:
        own: the settings of this command, which say which installation is meant.
    """
    hidden: list[int] = []
    strange: list[int] = []
    believed = _believed(own.kernel.home)
    for process in (*_of_up(own.kernel.home), *_programs()):
        try:
            variables, is_believed = _variables(process), set(process.uids()[:2]) <= believed
        except psutil.AccessDenied:
            hidden.append(process.pid)
        except psutil.Error:
            continue
        else:
            # Only then: to tell whose it is, the settings file that it names is read.
            if not is_believed:
                strange.append(process.pid)
            elif _is_of(variables, own):
                return Seen(variables)
    if hidden:
        return Seen(os.environ, f"the variables of process {hidden[0]} are shown only to whom it belongs to")
    if strange:
        return Seen(
            os.environ, f"process {strange[0]} is neither yours, nor root's, nor that of whom the home belongs to"
        )
    return Seen(os.environ, "no API and no worker of this installation was found on this machine")


def _believed(home: Path) -> set[int]:
    """Whose processes count: anybody on a machine can start one that is called like ours."""
    try:
        return {os.geteuid(), 0, home.expanduser().stat().st_uid}
    except OSError:
        return {os.geteuid(), 0}


def _of_up(home: Path) -> Iterator[psutil.Process]:
    for pid in Home(home).parts().values():
        try:
            process = psutil.Process(pid)
            if _role(process):
                yield process
        except psutil.Error:
            continue


def _programs() -> list[psutil.Process]:
    found: list[tuple[int, psutil.Process]] = []
    for process in psutil.process_iter():
        try:
            if role := _role(process):
                found.append((_ROLES.index(role), process))
        except psutil.Error:
            continue
    return [process for _, process in sorted(found, key=lambda each: each[0])]


def _role(process: psutil.Process) -> str:
    words = process.cmdline()
    ours = any(word == "codemie.cli" or Path(word).name == "codemiectl" for word in words)
    return next((role for role in _ROLES if ours and role in words), "")


def _variables(process: psutil.Process) -> dict[str, str]:
    """What it was started with, so that it means the same in our folder."""
    variables, folder = process.environ(), Path(process.cwd())
    for name in (_HOME_VARIABLE, FILE_VARIABLE):
        if name in variables:
            variables[name] = str(folder / variables[name])
    if _HOME_VARIABLE not in variables and folder != Path.cwd():
        variables[_HOME_VARIABLE] = str(folder / ".codemie")
    return variables


def _is_of(variables: Mapping[str, str], own: Settings) -> bool:
    try:
        theirs = load_settings(variables)[0].kernel
    except ConfigurationError:
        # It runs, so a file was changed since: whether it is ours, its folder tells.
        return Path(variables.get(_HOME_VARIABLE, "")).resolve() == own.kernel.home.expanduser().resolve()
    if own.kernel.database_url is None:
        return theirs.home.expanduser().resolve() == own.kernel.home.expanduser().resolve()
    return theirs.database_url == own.kernel.database_url
