"""Reading objects of Kubernetes: names, conditions, quantities, label selectors, times."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from codemie.operations.kubernetes.kinds import Manifest

_FACTORS = {
    "": 1, "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"),
    "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60,
}  # fmt: skip


def name_of(manifest: Manifest) -> str:
    """Its name."""
    return str((manifest.get("metadata") or {}).get("name") or "")


def namespace_of(manifest: Manifest) -> str:
    """Its namespace; empty where it is in none."""
    return str((manifest.get("metadata") or {}).get("namespace") or "")


def labels_of(manifest: Manifest) -> dict[str, str]:
    """Its labels."""
    return (manifest.get("metadata") or {}).get("labels") or {}


def spec_of(manifest: Manifest) -> dict[str, Any]:
    """What is asked of it."""
    return manifest.get("spec") or {}


def status_of(manifest: Manifest) -> dict[str, Any]:
    """How it is."""
    return manifest.get("status") or {}


def owner_of(manifest: Manifest) -> str:
    """`Kind/name` of what made it; empty where nothing did."""
    owners = (manifest.get("metadata") or {}).get("ownerReferences") or [{}]
    return f"{owners[0].get('kind')}/{owners[0].get('name')}" if owners[0] else ""


def condition(manifest: Manifest, type: str) -> dict[str, Any]:
    """One condition of its status; empty where it has none of the type."""
    return next((each for each in status_of(manifest).get("conditions") or () if each.get("type") == type), {})


def moment(text: str | None) -> dt.datetime | None:
    """A time as the API writes it."""
    return dt.datetime.fromisoformat(text) if text else None


def quantity(text: object) -> Decimal:
    """A quantity such as `500m`, `1.5Gi` or `2e3`, in whole units; 0 where it is none."""
    written = str(text).strip()
    number = written.rstrip("numkKMGTPEi")
    try:
        factor = _FACTORS.get(written[len(number) :])
        return Decimal(number) * factor if factor is not None else Decimal(written)
    except InvalidOperation:
        return Decimal(0)


def shown(resource: str, amount: Decimal) -> str:
    """An amount of a resource for people: `500m` of CPU, `1.5 GiB` of memory."""
    if resource == "cpu":
        return f"{int(amount * 1000)}m"
    if resource in {"memory", "ephemeral-storage"}:
        unit, size = ("Gi", 2**30) if amount >= 2**30 else ("Mi", 2**20)
        return f"{float(amount / size):.4g}{unit}"
    return f"{amount:f}".rstrip("0").rstrip(".") if "." in f"{amount:f}" else f"{amount:f}"


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector holds; an empty one selects all, and none selects nothing."""
    if selector is None:
        return False
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(expressed(each, labels) for each in selector.get("matchExpressions") or ())


def expressed(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether one expression over labels holds, in the operators of pods and of nodes."""
    key, values = str(expression.get("key")), expression.get("values") or []
    actual = labels.get(key)
    match expression.get("operator"):
        case "In":
            return actual in values
        case "NotIn":
            return actual not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case "Gt" | "Lt" as operator if actual is not None and values and actual.lstrip("-").isdigit():
            return int(actual) > int(values[0]) if operator == "Gt" else int(actual) < int(values[0])
        case _:
            return False
