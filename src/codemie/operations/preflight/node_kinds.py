"""Which processors the nodes will have that a stack's values ask for."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

_USUAL = "linux/amd64"
_ARM = "linux/arm64"
_OF_ARM = (
    re.compile(r"^[a-z]+\d+g[a-z]*\."),  # AWS Graviton: m7g.large, c7gn.xlarge
    re.compile(r"^Standard_[A-Z]+\d+p[a-z]*(_v\d+)?$"),  # Azure: Standard_D4ps_v5
    re.compile(r"^(t2a|c4a|n4a)-"),  # Google Cloud
)


def platforms(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Of all groups of nodes, each once; those of Intel and AMD where the values name none, as the stacks do."""
    found = {_ARM if any(kind.match(name) for kind in _OF_ARM) else _USUAL for name in _types(values)}
    return tuple(sorted(found)) or (_USUAL,)


def _types(values: Mapping[str, Any]) -> Iterator[str]:
    """Names of machines, as the stacks of AWS, Azure and Google Cloud take them."""
    for group in cast("dict[str, dict[str, Any]]", values.get("node_groups") or {}).values():
        yield from map(str, group.get("instance_types") or ())
    yield from (str(values[name]) for name in ("vm_size", "machine_type") if values.get(name))
