"""How `codemiectl sizing` reads the figures it is given, and prints its answer."""

import json
import textwrap
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from codemie.kernel.errors import ConfigurationError
from codemie.operations.sizing.figure import Figures, Origin
from codemie.operations.sizing.limits import Step
from codemie.operations.sizing.plan import Plan, plan
from codemie.operations.sizing.tables import figures

_MOST_BYTES = 100_000


@dataclass(frozen=True)
class Asked:
    """The options as they were typed."""

    users: int
    profile: str
    chunks: int | None = None
    file: Path | None = None
    settings: tuple[str, ...] = ()
    seed: int = 7

    def plan(self) -> Plan:
        """The answer.

        Raises:
            ConfigurationError: the file or a figure is no good.
        """
        known = figures(self.profile)
        if self.file:
            known = known.overruled(_read(self.file), str(self.file))
        for setting in self.settings:
            known = _set(known, setting)
        return plan(known, self.users, self.profile, self.chunks, self.seed)


def _read(path: Path) -> dict[str, object]:
    try:
        with path.open(encoding="utf-8") as opened:
            text = opened.read(_MOST_BYTES + 1)
        if len(text) > _MOST_BYTES:
            raise ConfigurationError(f"{path}: more than {_MOST_BYTES} characters, which is no list of figures.")
        read: object = yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: no text in UTF-8.") from error
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path}: no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(read, dict):
        raise ConfigurationError(f"{path}: expected lines of NAME: VALUE, such as turns: 12.")
    return {str(name): value for name, value in read.items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - any YAML


def _set(known: Figures, setting: str) -> Figures:
    name, _, text = setting.partition("=")
    try:
        return known.overruled({name.strip(): float(text)}, "--set")
    except ValueError as error:
        raise ConfigurationError(f"--set {setting}: expected NAME=VALUE with a number, such as turns=12.") from error


def show(answer: Plan, *, as_json: bool) -> None:
    """Print it, for a program or for a person."""
    print(json.dumps(asdict(answer), indent=2) if as_json else "\n".join(_lines(answer)))


def _lines(answer: Plan) -> list[str]:
    counted = Counter(figure.origin for figure in answer.figures)
    origins = ", ".join(f"{counted[origin]} {origin.value}" for origin in Origin)
    return [
        f"{answer.users:,} people, profile {answer.profile}, in the busiest minute\n",
        *(f"  {name:<22}{value}" for name, value in _rows(answer)),
        "\nWhich limit comes first (* is passed already)\n",
        *(line for step in answer.steps for line in _step_lines(step)),
        f"\nFrom {origins} figures (--json lists them). Measured on {answer.measured_on}: {answer.machine}.",
        "A rough guide: overrule what you know better with --set NAME=VALUE, and measure before you buy.",
    ]


def _rows(answer: Plan) -> list[tuple[str, str]]:
    asked, needs, queue, usd = answer.demand, answer.needs, answer.queueing, answer.usd_per_month
    return [
        (
            "work",
            (
                f"{asked.turns_per_s:,.2f} turns/s, {asked.searches_per_s:,.2f} searches/s, "
                f"{asked.plugin_calls_per_s:,.2f} plugin calls/s, {asked.open_streams:,.0f} open streams"
            ),
        ),
        ("API", f"{needs.api_replicas:,} replicas of one process, {needs.api_memory_gb:,} GB"),
        ("workers", f"{needs.workers:,}, {needs.worker_memory_gb:,} GB"),
        ("waiting", f"{queue.p95_ms:,.0f} ms a turn at p95, simulated"),
        (
            "PostgreSQL",
            (
                f"servers: {needs.database_servers:,}, read replicas: {needs.read_replicas:,}, "
                f"{needs.database_cores:,} cores in all"
            ),
        ),
        ("", f"{needs.database_gb:,} GB, {needs.database_iops:,} IOPS, {needs.database_connections:,} connections"),
        ("NATS", f"nodes: {needs.nats_nodes:,}, for {asked.agents:,.0f} agents"),
        ("models", f"{needs.model_tokens_per_min:,} tokens/min, deployments: {needs.model_deployments:,}"),
        (
            "USD a month",
            f"{usd.total:,}: models {usd.models:,}, processes {usd.processes:,}, database {usd.database:,}",
        ),
    ]


def _step_lines(step: Step) -> list[str]:
    if step.users is None:
        return []
    mark = "*" if step.passed else " "
    taking_over = textwrap.fill(
        f"{step.engine} ({step.standing.value})", 110, initial_indent=" " * 18 + "→ ", subsequent_indent=" " * 20
    )
    return [f"{mark} {step.users:>14,}  {step.limit}", taking_over]
