"""`codemiectl nats test`: what the walk of `plugins/diagnosis` found, for a person or a program."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from codemie.checks.report import Report
from codemie.checks.run import Options as RunOptions
from codemie.checks.run import chosen
from codemie.cli.check_options import Asked as Checking
from codemie.cli.exits import PREFIX
from codemie.cli.reports import Verdict
from codemie.kernel.errors import InvalidInput
from codemie.plugins.diagnosis.lookup import Lookup
from codemie.plugins.diagnosis.target import Options, Proxy, Target
from codemie.plugins.diagnosis.walk import STEPS, walk


@dataclass(frozen=True)
class Asked:
    """The options as they were typed; what they mean is told in `nats_commands`."""

    uri: str | None
    key: str | None = field(repr=False)
    ca: Path | None
    certificate: Path | None
    certificate_key: Path | None
    proxy: str | None
    idle: float
    timeout: float

    def understood(self) -> tuple[Target, Options]:
        """The same, checked.

        Raises:
            InvalidInput: one is missing or means nothing.
        """
        target = Target.parsed(_given(self.uri, "--uri", "PLUGIN_ENGINE_URI"))
        options = Options(
            key=_read_key(_given(self.key, "--key", "PLUGIN_KEY")),
            ca=self.ca,
            certificate=self.certificate,
            certificate_key=self.certificate_key,
            proxy=Proxy.parsed(self.proxy) if self.proxy else None,
            idle=self.idle,
            timeout=self.timeout,
            lookup=Lookup(timeout=min(self.timeout / 4, 3.0)),
        )
        return target, options


def test(asked: Asked, checking: Checking) -> Verdict:
    """Walk, and print each check as it is made, or one JSON document at the end."""
    try:
        target, options = asked.understood()
    except InvalidInput as error:
        print(f"{PREFIX}{error}", file=sys.stderr)
        return Verdict.NOT_RUN

    async def examine(chosen_by: RunOptions) -> Report:
        wanted = frozenset(step.id for step in chosen(STEPS, chosen_by))
        return await walk(target, options, chosen_by.seen, wanted)

    return checking.run(examine, f"Testing {target.uri}")


def _given(value: str | None, option: str, variable: str) -> str:
    if not value:
        raise InvalidInput(f"{option} is missing", help=f"Give it, or set {variable}")
    return value


def _read_key(text: str) -> str:
    """The key itself; `-` stands for standard input, which other users of this machine do not see."""
    return sys.stdin.readline().rstrip("\n") if text == "-" else text
