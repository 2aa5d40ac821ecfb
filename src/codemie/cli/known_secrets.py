"""The secrets of the installation a command works for: settings, variables, files of the home."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from codemie.kernel.settings import Provenance
    from codemie.settings import Settings


def known_secrets(settings: "Settings", provenance: "list[Provenance]") -> Iterator[str]:
    """Every secret this machine knows, and the passwords in addresses among them."""
    from codemie.operations.bundle import known

    given = [value for row in provenance if row.secret and (value := _setting(settings, row.key))]
    yield from given
    yield from known.in_addresses([*given, *(str(row.value) for row in provenance if not row.secret)])
    yield from known.in_variables(os.environ)
    yield from _in_files(settings.kernel.home)


def secrets_at_hand() -> Iterator[str]:
    """The same, read here and now; what cannot be read leaves the variables."""
    from codemie.kernel.errors import CodeMieError
    from codemie.operations.bundle import known
    from codemie.settings import load_settings

    try:
        yield from known_secrets(*load_settings())
    except (CodeMieError, OSError):
        yield from known.in_variables(os.environ)


def _in_files(home: Path) -> Iterator[str]:
    from codemie.embedded.nats import EmbeddedNats
    from codemie.kernel import master_keys

    for path in (home / "first-password.txt", home / master_keys.FILE_NAME, EmbeddedNats(home / "nats").secret_file):
        if path.is_file():
            yield from re.split(r"[\s,]+", path.read_text(encoding="utf-8", errors="replace"))


def _setting(settings: "Settings", key: str) -> str:
    room, _, name = key.partition(".")
    value: Any = getattr(getattr(settings, room), name, None)
    return value.get_secret_value() if value is not None and hasattr(value, "get_secret_value") else ""
