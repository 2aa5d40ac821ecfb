"""The chart as Helm renders it: what an installation would ask a cluster for."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from codemie.kernel.errors import InvalidInput, NotFound

RELEASE = "codemie"
_SECONDS = 60.0
_MOST_BYTES = 32 * 2**20


def render(
    chart: Path, values: Mapping[str, Any], files: Sequence[Path], namespace: str, *, helm: str = "helm"
) -> tuple[dict[str, Any], ...]:
    """Every manifest, as `helm template` prints it. Secrets among them are made up, and of no installation.

    Args:
        chart: folder or package of the chart.
        values: that differ from the chart's own.
        files: of further values; they win.
        namespace: it is to go to.
        helm: name or path of the program.

    Raises:
        NotFound: there is no Helm.
        InvalidInput: Helm refuses the values; says why.
    """
    program = shutil.which(helm)
    if program is None:
        raise NotFound("Helm is not on this machine", help="Install Helm: what would be made is rendered by it")
    further = [part for file in files for part in ("--values", str(file))]
    command = [program, "template", RELEASE, str(chart), "--namespace", namespace, "--values", "-", *further]
    try:
        done = subprocess.run(
            command, input=json.dumps(values), capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise InvalidInput(f"Helm did not render the chart within {_SECONDS:g} seconds") from None
    if done.returncode or len(done.stdout) > _MOST_BYTES:
        raise InvalidInput("Helm refuses the values", details=_said(done.stderr))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return tuple(each for each in yaml.load_all(done.stdout, loader) if each)


def _said(errors: str) -> str:
    """What the chart itself says, without where in its templates it says so."""
    lines = [line.strip() for line in errors.splitlines() if line.strip() and not line.startswith("level=")]
    text = " ".join(lines).removeprefix("Error: ")
    return text.rpartition("error calling fail: ")[2][-600:]
