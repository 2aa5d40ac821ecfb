"""Label and field selectors, as clients write them into addresses."""

import re
from typing import Any


def labels_match(selector: str, labels: dict[str, str]) -> bool:
    """Whether labels fit: equality, sets, existence."""
    return all(_label(each.strip(), labels) for each in re.split(r",(?![^(]*\))", selector) if each.strip())


def _label(part: str, labels: dict[str, str]) -> bool:
    if hit := re.fullmatch(r"(\S+)\s+(in|notin)\s+\(([^)]*)\)", part):
        values = {each.strip() for each in hit[3].split(",")}
        return (labels.get(hit[1]) in values) is (hit[2] == "in")
    if "!=" in part:
        key, value = part.split("!=")
        return labels.get(key) != value
    if "=" in part:
        key, value = re.split("==?", part, maxsplit=1)
        return labels.get(key) == value
    return part[1:] not in labels if part.startswith("!") else part in labels


def fields_match(selector: str, item: dict[str, Any]) -> bool:
    """Whether fields fit, named by their path."""
    for part in filter(None, selector.split(",")):
        path, value = re.split("!=|==?", part, maxsplit=1)
        actual: Any = item
        for step in path.split("."):
            actual = (actual or {}).get(step)
        if (str(actual or "") == value) is ("!=" in part):
            return False
    return True
