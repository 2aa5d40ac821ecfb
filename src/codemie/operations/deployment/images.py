"""Which images the chart names, computed from values as its templates do it, so that no Helm is needed to know them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from codemie.operations.deployment.stack_values import joined
from codemie.operations.registry.names import HUB, Image

_OTHERS = ("nats", "postgresql")


def images(chart: Path, values: Mapping[str, Any]) -> dict[str, Image]:
    """Part of the values that names it → image.

    Args:
        chart: folder of the chart.
        values: that differ from the chart's own.
    """
    usual = _read(chart / "values.yaml")
    version = str(_read(chart / "Chart.yaml")["appVersion"])
    merged = joined(usual, values)
    mirror = str(merged.get("imageRegistry") or "")
    wanted = {"image": merged["image"]}
    wanted |= {f"{part}.image": merged[part]["image"] for part in _OTHERS if merged[part].get("enabled")}
    return {part: _image(image, mirror, version) for part, image in wanted.items()}


def _image(told: Mapping[str, Any], mirror: str, version: str) -> Image:
    registry = mirror or str(told.get("registry") or HUB)
    return Image(registry, str(told["repository"]), str(told.get("digest") or told.get("tag") or version))


def _read(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text(encoding="utf-8"))
