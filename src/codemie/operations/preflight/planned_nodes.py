"""The nodes that a stack of Terraform would make, as far as the names of their kinds tell what they have."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from codemie.operations.kubernetes.scheduling import Node

_GIB = 2**30
_AWS = re.compile(r"^(?P<family>[a-z])[a-z0-9-]*\.(?P<size>medium|large|xlarge|(?P<times>\d+)xlarge)$")
_AWS_GIB = {"c": 2, "m": 4, "t": 4, "r": 8}
_AZURE = re.compile(r"^Standard_(?P<family>[DEF])(?P<cpus>\d+)[a-z]*_v\d$")
_AZURE_GIB = {"F": 2, "D": 4, "E": 8}
_GOOGLE = re.compile(r"^(?P<family>e2|n2|n2d|c3|c3d|n4)-(?P<shape>standard|highmem|highcpu)-(?P<cpus>\d+)$")
_GOOGLE_GIB = {"highcpu": 1, "standard": 4, "highmem": 8}
_PROD_ZONES = 3
_OWN_CPU, _OWN_MEMORY = Decimal("0.3"), 400 * 2**20
"""What the cluster's own pods ask for on each node: network, proxy, disks, logs. A guess on the safe side."""


def planned(cloud: str, values: Mapping[str, Any]) -> tuple[list[Node], list[str]]:
    """The nodes with what a cloud leaves of them, and kinds whose size is not known here.

    Args:
        cloud: of the stack.
        values: for it.
    """
    nodes: list[Node] = []
    unknown: list[str] = []
    for kind, count in groups(cloud, values):
        size = size_of(kind)
        if size is None:
            unknown.append(kind)
        else:
            nodes += [Node(f"{kind} {number}", _left(*size), {"kubernetes.io/os": "linux"}) for number in range(count)]
    return nodes, unknown


def size_of(kind: str) -> tuple[int, int] | None:
    """Processors and bytes of memory of a kind of machine; None where its name does not tell."""
    if found := _AWS.match(kind):
        if found["family"] not in _AWS_GIB:
            return None
        cpus = {"medium": 1, "large": 2, "xlarge": 4}.get(found["size"]) or 4 * int(found["times"])
        memory = cpus * _AWS_GIB[found["family"]] * _GIB
        # Small ones of this family have two processors all the same.
        return (max(cpus, 2), memory) if found["family"] == "t" else (cpus, memory)
    if found := _AZURE.match(kind):
        return int(found["cpus"]), int(found["cpus"]) * _AZURE_GIB[found["family"]] * _GIB
    if found := _GOOGLE.match(kind):
        each = _GOOGLE_GIB[found["shape"]] * (2 if found["shape"] == "highcpu" and found["family"] in _NEWER else 1)
        return int(found["cpus"]), int(found["cpus"]) * each * _GIB
    return None


_NEWER = {"c3", "c3d", "n4"}


def groups(cloud: str, values: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Kind and number of nodes at most that come by themselves, with the defaults of our stacks."""
    prod = values.get("profile") != "dev"
    match cloud:
        case "aws":
            given: Mapping[str, Mapping[str, Any]] = values.get("node_groups") or {}
            # Nothing in the stack adds nodes by itself.
            groups = [(str(each["instance_types"][0]), int(each["desired"])) for each in given.values()]
            return groups or [("m7i.xlarge", 3) if prod else ("t3.large", 2)]
        case "azure":
            usual = "Standard_D4s_v5" if prod else "Standard_D2s_v5"
            return [(str(values.get("vm_size") or usual), 6 if prod else 3)]
        case "gcp":
            usual = "e2-standard-4" if prod else "e2-standard-2"
            return [(str(values.get("machine_type") or usual), 2 * _PROD_ZONES if prod else 3)]
        case _:
            return []


def _left(cpus: int, memory: int) -> dict[str, Decimal]:
    """What pods of others find: less the kubelet's reserve, which the clouds reckon alike, and the cluster's own pods.

    Of the two reckonings for memory the larger reserve counts:
    https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes
    """
    reserved = Decimal("0.06") + Decimal("0.01") * (cpus > 1) + Decimal("0.005") * min(max(cpus - 2, 0), 2)
    reserved += Decimal("0.0025") * max(cpus - 4, 0)
    kept, rest = 0, memory
    for step, share in ((4, 25), (4, 20), (8, 10), (112, 6)):
        part = min(rest, step * _GIB)
        kept, rest = kept + part * share // 100, rest - part
    pods = 29 if cpus <= 2 else 58
    return {
        "cpu": Decimal(cpus) - reserved - _OWN_CPU,
        "memory": Decimal(memory - kept - 100 * 2**20 - _OWN_MEMORY),
        "ephemeral-storage": Decimal(50 * _GIB),
        "pods": Decimal(pods - 8),
    }
