"""Where the real components are that `make components` prepares for tests."""

import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Components(NamedTuple):
    """Where each is, or would be."""

    keycloak: Path
    oauth2_proxy: Path
    chart_tools: Path
    caddy: Path


@cache
def components() -> Components:
    """As the script says that prepares them."""
    shown = subprocess.run([ROOT / "scripts" / "components", "--paths"], capture_output=True, text=True, check=True)
    return Components(*map(Path, shown.stdout.splitlines()))
