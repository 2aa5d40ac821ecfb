"""A Keycloak realm written as YAML: reading it, filling in variables, and telling how a real realm differs."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from codemie.kernel.errors import ConfigurationError

SECTIONS = (
    *("realm", "roles", "userProfile", "clientScopes", "clients", "identityProviders"),
    "defaultIdentityProvider",
)
MASK = "**********"
"""What Keycloak shows instead of a stored secret; it cannot be compared."""

_SECRETS = frozenset({"secret", "clientSecret"})
_VARIABLE = re.compile(r"(\$)?\$\{([A-Z][A-Z0-9_]*)(?::-((?:[^{}]|\$\{[^{}]*\})*))?\}")


def load(path: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """The document with its variables filled in. ``$${NAME}`` stands for itself, an empty secret for the present one.

    Raises:
        ConfigurationError: it cannot be read, has an unknown section, or names a variable that is not set.
    """
    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError("The realm file cannot be read", details=f"{path}: {error}") from error
    if not isinstance(document, dict) or "realm" not in document:
        raise ConfigurationError("The realm file must hold a mapping with 'realm'", details=str(path))
    sections = cast("dict[str, Any]", document)
    if unknown := [name for name in sections if name not in SECTIONS]:
        raise ConfigurationError(
            f"Unknown section '{unknown[0]}' in the realm file", details=str(path), help=f"Known: {', '.join(SECTIONS)}"
        )
    missing: set[str] = set()
    filled = _filled(sections, environment, missing)
    if missing:
        raise ConfigurationError("The realm file needs variables that are not set", details=", ".join(sorted(missing)))
    return filled


def _filled(value: Any, environment: Mapping[str, str], missing: set[str]) -> Any:
    if isinstance(value, str):
        return _substituted(value, environment, missing)
    if isinstance(value, list):
        return [_filled(element, environment, missing) for element in cast("list[Any]", value)]
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        filled = {name: _filled(element, environment, missing) for name, element in entries.items()}
        return {name: element for name, element in filled.items() if element != "" or name not in _SECRETS}
    return value


def _substituted(text: str, environment: Mapping[str, str], missing: set[str]) -> str:
    def value_of(match: re.Match[str]) -> str:
        escape, name, default = match.groups()
        if escape:
            return match[0][1:]
        if name in environment:
            return environment[name]
        if default is None:
            missing.add(name)
            return ""
        return _substituted(default, environment, missing)

    return _VARIABLE.sub(value_of, text)


def differences(wanted: Any, found: Any, path: str = "") -> list[str]:
    """Where a realm differs from what is wanted, one line each; only what is wanted is looked at.

    Lists of plain values are compared without order, as Keycloak keeps none. Secrets are named, never shown.
    """
    if isinstance(wanted, dict):
        entries = cast("dict[str, Any]", wanted)
        real = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
        lines = [
            differences(value, real.get(name), f"{path}.{name}" if path else name) for name, value in entries.items()
        ]
        return [line for several in lines for line in several]
    name = path.rpartition(".")[2]
    if name in _SECRETS:
        return [] if found in (wanted, MASK) else [f"{path}: (secret)"]
    if isinstance(wanted, list):
        same = sorted(map(repr, cast("list[Any]", wanted))) == sorted(map(repr, cast("list[Any]", found or [])))
        return [] if same else [f"{path}: {found or []} → {wanted}"]
    # Keycloak keeps no empty values, and a number that came from a variable is text.
    number = isinstance(found, int) and not isinstance(found, bool) and wanted == str(found)
    return [] if wanted == found or number or (wanted == "" and found is None) else [f"{path}: {found!r} → {wanted!r}"]


def merged(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What is there, with what is wanted written over it, nested mappings included."""
    result = dict(found)
    for name, value in wanted.items():
        old = result.get(name)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            result[name] = merged(cast("Mapping[str, Any]", old), cast("Mapping[str, Any]", value))
        else:
            result[name] = value
    return result
