"""`python -m benchmarks [part …]`: measure all parts, or those named, print the table and keep the results."""

import importlib
import importlib.util
import os
import sys

from benchmarks import harness

PARTS = {
    "chat": "benchmarks.chat",
    "start": "benchmarks.start",
    "indexing": "benchmarks.indexing",
    "search": "benchmarks.search",
    "retrieval": "benchmarks.retrieval",
    "lists": "benchmarks.lists",
    "team": "benchmarks.team",
    "tools": "benchmarks.tools",
    "plugins": "benchmarks.plugins",
    "tokens": "benchmarks.token_verification",
    "operations": "benchmarks.operations",
    "preflight": "benchmarks.preflight",
}
"""Each module has `measure() -> list[harness.Row]`."""


def main() -> None:
    """Measure what was asked for.

    Raises:
        SystemExit: a part has no such name.
    """
    wanted = sys.argv[1:] or os.environ.get("ONLY", "").split() or list(PARTS)
    if unknown := set(wanted) - set(PARTS):
        raise SystemExit(f"No such benchmark: {', '.join(sorted(unknown))}. There are: {', '.join(PARTS)}.")
    for name in wanted:
        if importlib.util.find_spec(PARTS[name]) is None:
            print(f"{name}: not measured yet")
            continue
        print(f"Measuring {name} …", flush=True)
        rows = importlib.import_module(PARTS[name]).measure()
        harness.keep(rows)
        harness.show(rows)


if __name__ == "__main__":
    main()
