"""Bring the lists of actions per stack in each deployer-policy.json to what the stack's resources need.

The table `resources` is written by hand: resource or data source => the actions that Terraform calls to make, read,
change and delete it. A resource without an entry is an error, and so is an entry without a resource.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

TERRAFORM = Path(__file__).parent.parent / "deploy" / "terraform"
POLICIES = {cloud: TERRAFORM / cloud / "deployer-policy.json" for cloud in ("aws", "azure", "gcp")}
POLICY = POLICIES["aws"]
STACKS = {"bootstrap": ["bootstrap"], "platform": ["platform", "modules"]}
_DECLARATION = re.compile(r'^(resource|data) "((?:aws|azurerm|google)_\w+)"', re.MULTILINE)


def used(cloud: str, folders: list[str]) -> set[str]:
    """Types of resources and data sources that are declared below the folders of a cloud."""
    files = [file for folder in folders for file in sorted((TERRAFORM / cloud / folder).rglob("*.tf"))]
    return {kind for file in files for _, kind in _DECLARATION.findall(file.read_text(encoding="utf-8"))}


def complete(policy: dict[str, Any], cloud: str = "aws") -> dict[str, Any]:
    """The policy with its lists per stack made anew.

    Args:
        policy: as it is written.
        cloud: whose stacks it is of.

    Raises:
        ValueError: a type has no entry in the table, or an entry no type.
    """
    table: dict[str, list[str]] = policy["resources"]
    types = {stack: used(cloud, folders) for stack, folders in STACKS.items()}
    everything = set[str]().union(*types.values())
    if everything != set(table):
        raise ValueError(
            f"without actions: {sorted(everything - set(table))}; without resource: {sorted(set(table) - everything)}"
        )
    needed = {
        stack: sorted({action for kind in kinds for action in table[kind]} | set(policy["provider"]))
        for stack, kinds in types.items()
    }
    resources = {kind: sorted(set(actions)) for kind, actions in sorted(table.items())}
    return {**policy, "resources": resources, "stacks": needed}


def main() -> None:
    """Write the files anew."""
    for cloud, file in POLICIES.items():
        policy = complete(json.loads(file.read_text(encoding="utf-8")), cloud)
        file.write_text(json.dumps(policy, indent=2) + "\n", encoding="utf-8")
        told = ", ".join(f"{stack}: {len(actions)} actions" for stack, actions in policy["stacks"].items())
        sys.stdout.write(f"{cloud}: {told}\n")


if __name__ == "__main__":
    main()
