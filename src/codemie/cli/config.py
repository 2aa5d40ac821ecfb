"""`config show`, and the settings nobody reads: variables that look like ours and are not."""

import json
import os
import sys
from pathlib import Path
from typing import Any, cast

from codemie.kernel.settings import Provenance
from codemie.settings import load_settings, settings_file, unknown_variables


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
