"""The chart as Helm renders it, and the tools that judge it, from where `make components` put them."""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.components import components
from tests.support import require

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "codemie"
SETS = sorted(path.name.removesuffix("-values.yaml") for path in (CHART / "ci").glob("*-values.yaml"))
NAMESPACE = "codemie"
WORKLOADS = ("Deployment", "StatefulSet", "Job")

Manifest = dict[str, Any]


@cache
def tools() -> Path:
    """The folder with helm, kubectl and the schemas."""
    folder = components().chart_tools
    require(folder.is_dir(), "Helm, which `make components` brings,")
    return folder


def helm(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([tools() / "helm", *arguments], capture_output=True, text=True, check=False, timeout=60)


@cache
def rendered(name: str) -> tuple[Manifest, ...]:
    """What a set of values from ci/ becomes."""
    return manifests(helm("template", "codemie", CHART, "-n", NAMESPACE, "-f", CHART / "ci" / f"{name}-values.yaml"))


def manifests(done: "subprocess.CompletedProcess[str]") -> tuple[Manifest, ...]:
    assert done.returncode == 0, done.stderr
    found = [one for one in yaml.load_all(done.stdout, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) if one]
    return tuple(sorted(found, key=lambda one: (one["kind"], one["metadata"]["name"])))


def refused(*values: str) -> str:
    """What Helm says when it refuses values, given as `name=value`, beside those of a trial."""
    settings = [part for value in values for part in ("--set", value)]
    done = helm("template", "codemie", CHART, "-f", CHART / "ci" / "single-values.yaml", *settings)
    assert done.returncode != 0, "these values were accepted"
    return done.stderr


def workloads(name: str) -> Iterator[tuple[str, Manifest]]:
    """Each workload of a set: its name, and its pod template."""
    for one in rendered(name):
        if one["kind"] in WORKLOADS:
            yield one["metadata"]["name"], one["spec"]["template"]


def containers(name: str) -> Iterator[tuple[str, Manifest]]:
    """Every container of a set, those that run before others included."""
    for workload, pod in workloads(name):
        for one in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]:
            yield f"{workload}/{one['name']}", one


def one(name: str, kind: str, called: str) -> Manifest:
    """The one manifest of that kind and name."""
    return next(found for found in rendered(name) if (found["kind"], found["metadata"]["name"]) == (kind, called))
