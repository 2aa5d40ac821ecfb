"""`config show`, and the settings nobody reads: variables that look like ours and are not."""

import json
import os
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from codemie.cli.watchdog import VARIABLE as SUPERVISOR_PIPE
from codemie.kernel.settings import Provenance
from codemie.settings import FILE_VARIABLE, load_settings, settings_file

# Read outside the settings: by the worker, by tests and by the tools around the platform.
_OTHER_VARIABLES = frozenset(
    {
        FILE_VARIABLE,
        SUPERVISOR_PIPE,
        "CODEMIE_EXECUTOR",
        "CODEMIE_REQUIRE_COMPONENTS",
        "CODEMIE_REQUIRE_KEYCLOAK",
        "CODEMIE_URL",
        "CODEMIE_CHROMIUM",
    }
)


def show(*, as_json: bool) -> None:
    """Print every setting, its value, its source and the variable that sets it."""
    provenance = load_settings()[1]
    if as_json:
        rows = [
            {"key": row.key, "value": row.value, "source": row.source, "env": row.env, "secret": row.secret}
            for row in provenance
        ]
        print(json.dumps(rows, indent=2, default=str))
        return
    _print_table(provenance)
    for warning in unknown_variables(os.environ, provenance):
        print(warning)


def unknown_variables(environment: Mapping[str, str], provenance: list[Provenance]) -> list[str]:
    """A line for each `CODEMIE_…` variable that sets nothing, with the name that was probably meant."""
    known = {row.env for row in provenance} | _OTHER_VARIABLES
    strangers = sorted(name for name in environment if name.startswith("CODEMIE_") and name not in known)
    return [_unknown(name, known) for name in strangers]


def _unknown(name: str, known: set[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"The variable {name} sets nothing." + (f" Did you mean {near[0]}?" if near else "")


def _print_table(provenance: list[Provenance]) -> None:
    path = settings_file(os.environ)
    print(f"Settings file: {path}{'' if path.exists() else ' (not there)'}\n")
    rows = [("SETTING", "VALUE", "SOURCE", "VARIABLE")]
    rows += [(row.key, _as_yaml(row.value), row.source, row.env) for row in provenance]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3], sep="  ")


def _as_yaml(value: Any) -> str:
    """A value as one would write it into the settings file, in one line."""
    import yaml

    plain: Any = list(cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value
    plain = str(plain) if isinstance(plain, Path) else plain
    written: str = yaml.safe_dump(plain, default_flow_style=True, allow_unicode=True, width=sys.maxsize)
    return written.removesuffix("\n").removesuffix("\n...")
