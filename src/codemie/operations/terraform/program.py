"""The program `terraform` in one folder: found, asked, and understood."""

import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from codemie.kernel.errors import ConfigurationError, DeadlineExceeded, UpstreamFailed
from codemie.operations.terraform.diagnosis import diagnosed
from codemie.operations.terraform.plan import Plan, plan_of

OLDEST = (1, 10)
"""The first version that locks a state in S3 without a table."""

_MINUTE = 60.0
_SHOWN_LETTERS = 400
_NO_CHANGES, _CHANGES = 0, 2


@dataclass(frozen=True)
class Ran:
    """How a run ended, and all that it said."""

    code: int
    log: str


class Terraform:
    """Runs it in a folder; what it says goes to the caller, or to the terminal where somebody waits for it.

    Ctrl-C reaches Terraform once, and is waited for, whatever it does: killed, it would leave its lock behind.
    """

    def __init__(self, folder: Path, program: str | None = None) -> None:
        found = shutil.which(program or os.environ.get("TERRAFORM", "terraform"))
        if found is None:
            raise ConfigurationError(
                "Terraform is not installed", help="Install version 1.10 or newer, or name the program in TERRAFORM."
            )
        if not folder.is_dir() or not any(folder.glob("*.tf")):
            raise ConfigurationError(f"{folder} holds no Terraform stack", help="Name its folder with --directory.")
        self.folder = folder
        self._program = found
        self._refuse_old()

    def _refuse_old(self) -> None:
        told = json.loads(self._captured("version", "-json", seconds=_MINUTE).stdout)
        version = str(told.get("terraform_version", ""))
        parts = re.match(r"(\d+)\.(\d+)", version)
        if parts is None or (int(parts[1]), int(parts[2])) < OLDEST:
            raise ConfigurationError(f"Terraform {version} is too old", help="Install version 1.10 or newer.")

    def initialise(self, *flags: str) -> None:
        """Fetch providers and connect the backend."""
        self._told(self._captured("init", "-input=false", "-no-color", *flags, seconds=10 * _MINUTE), "init")

    def plan(self, file: Path) -> bool:
        """Write a plan; True when there is something to do."""
        ran = self._captured("plan", "-input=false", "-no-color", "-detailed-exitcode", f"-out={file}")
        if ran.returncode not in {_NO_CHANGES, _CHANGES}:
            self._told(ran, "plan")
        return ran.returncode == _CHANGES

    def shown(self, file: Path) -> Plan:
        """What a written plan does, resource by resource."""
        return plan_of(self._document("show", "-json", str(file)), str(file))

    def apply(self, file: Path) -> None:
        """Do what a written plan says, and nothing else."""
        self._told(self._captured("apply", "-input=false", "-no-color", str(file), seconds=60 * _MINUTE), "apply")

    def followed(self, *arguments: str, tell: Callable[[str], None], seconds: float = 120 * _MINUTE) -> Ran:
        """Run it while somebody reads along.

        Interrupted, it is waited for: Terraform ends its requests, writes its state and gives the lock back.

        Args:
            arguments: of the program.
            tell: gets each line as it comes.
            seconds: after which it is asked to end, as by Ctrl-C.
        """
        lines: list[str] = []
        with self._started(*arguments) as process:
            deadline = threading.Timer(seconds, process.terminate)
            deadline.start()
            try:
                _follow(process, lines, tell)
            finally:
                deadline.cancel()
            return Ran(process.wait(), "\n".join(lines))

    def _started(self, *arguments: str, stderr: int = subprocess.STDOUT) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self._program, *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            # Ctrl-C reaches everybody at the terminal, and two of them make Terraform leave its state behind.
            start_new_session=True,
            env=_environment(),
        )

    def outputs(self) -> dict[str, Any]:
        """Names and values of the stack's outputs."""
        return {name: output["value"] for name, output in self._document("output", "-json").items()}

    def state(self) -> dict[str, Any]:
        """The state as its backend holds it now; empty when there is none."""
        ran = self._captured("state", "pull")
        self._told(ran, "state pull")
        return cast("dict[str, Any]", json.loads(ran.stdout)) if ran.stdout.strip() else {}

    def _document(self, *arguments: str) -> dict[str, Any]:
        ran = self._captured(*arguments)
        self._told(ran, arguments[0])
        return cast("dict[str, Any]", json.loads(ran.stdout))

    def _captured(self, *arguments: str, seconds: float = 30 * _MINUTE) -> subprocess.CompletedProcess[str]:
        with self._started(*arguments, stderr=subprocess.PIPE) as process:
            try:
                said, complained = process.communicate(timeout=seconds)
            except KeyboardInterrupt:
                process.send_signal(signal.SIGINT)
                process.communicate()
                raise
            except subprocess.TimeoutExpired as error:
                # Asked, not killed: it writes its state and gives the lock back, if it can.
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.communicate(timeout=_MINUTE)
                process.kill()
                raise DeadlineExceeded(
                    f"terraform {arguments[0]} has not ended after {round(seconds / _MINUTE)} minutes",
                    help="Its lock may still be held: `terraform plan` names it.",
                ) from error
        return subprocess.CompletedProcess(arguments, process.returncode, said, complained)

    def _told(self, ran: subprocess.CompletedProcess[str], what: str) -> None:
        if ran.returncode != 0:
            found = diagnosed(ran.stderr or ran.stdout)
            causes = (
                f"{one.cause} ({one.complaint.text[:_SHOWN_LETTERS]})" if one.signature else one.complaint.text
                for one in found
            )
            said = " ".join((ran.stderr or ran.stdout).split())[-_SHOWN_LETTERS:]
            raise UpstreamFailed(
                f"terraform {what} failed in {self.folder}",
                details="; ".join(causes) or said,
                help=". ".join(dict.fromkeys(remedy for one in found for remedy in one.remedy)) or None,
            )


def _environment() -> dict[str, str]:
    return {**os.environ, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}


def _follow(process: subprocess.Popen[str], lines: list[str], tell: Callable[[str], None]) -> None:
    try:
        _read(process, lines, tell)
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        _read(process, lines, tell)
        raise


def _read(process: subprocess.Popen[str], lines: list[str], tell: Callable[[str], None]) -> None:
    for line in process.stdout or ():
        lines.append(line.rstrip("\n"))
        tell(lines[-1])
