"""The list of actions that a deployer needs, held against the resources of the stacks."""

import json

import pytest
from scripts import deployer_policy


@pytest.mark.parametrize("cloud", deployer_policy.POLICIES)
def test_the_lists_follow_from_the_resources_of_the_stacks(cloud: str) -> None:
    policy = json.loads(deployer_policy.POLICIES[cloud].read_text())

    assert deployer_policy.complete(policy, cloud) == policy, "run python scripts/deployer_policy.py"


@pytest.mark.parametrize("cloud", deployer_policy.POLICIES)
def test_no_action_is_given_wholesale(cloud: str) -> None:
    policy = json.loads(deployer_policy.POLICIES[cloud].read_text())

    assert [action for actions in policy["resources"].values() for action in actions if "*" in action] == []


def test_what_hardening_needs_is_there() -> None:
    """Actions that a list made for a softer platform would forget."""
    needed = json.loads(deployer_policy.POLICY.read_text())["stacks"]["platform"]

    assert {
        "iam:PutRolePermissionsBoundary",
        "kms:EnableKeyRotation",
        "kms:PutKeyPolicy",
        "kms:UpdateAlias",
        "rds:DescribeDBEngineVersions",
    } <= set(needed)
