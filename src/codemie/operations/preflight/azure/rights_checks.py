"""The check of rights: roles of whoever is signed in, against what the stack takes."""

import json
from collections.abc import Iterable
from typing import cast

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.operations.cloud.azure.arm import Refused, Thing
from codemie.operations.preflight.account import needed_actions
from codemie.operations.preflight.azure.account import AzureAccount
from codemie.operations.preflight.azure.rights import Role, lack

_API = "2022-04-01"
_MOST_ROLES = 200
_MOST_SHOWN = 20


@check(
    "tf.iam.actions",
    title="The sign-in may do what the stack takes",
    symptom="The apply stops in the middle with AuthorizationFailed.",
    remedy=(
        "Have Contributor and User Access Administrator assigned on the subscription: Contributor cannot assign roles",
        "A role that is only eligible (PIM) is activated first; a new one counts after some minutes",
        "The whole list is in deploy/terraform/azure/deployer-policy.json",
    ),
    phase="iam",
    faq=("F30",),
    needs=("tf.account.state",),
    timeout=60,
)
async def actions(account: AzureAccount) -> Finding:
    """The roles that are assigned at the subscription, or above it, to the sign-in or a group it is in, lack an action.

    Wildcards and NotActions are reckoned as Azure does. What a deny assignment or a policy forbids, this does not see.
    """
    who = str((await account.arm.token()).claims.get("oid") or "")
    if not who:
        return unknown("The token does not say whose it is", "Look at it: az ad signed-in-user show")
    roles = await _roles(account, who)
    needed = needed_actions("azure")
    found = lack(roles, needed)
    seen = {"object": who, "roles": ", ".join(sorted({each.name for each in roles})) or "none"}
    if found.missing:
        shown = dict.fromkeys(found.missing[:_MOST_SHOWN], "missing")
        text = f"{len(found.missing)} of {len(needed)} actions are not allowed: {_families(found.missing)}"
        return failed(text, _patch(account, found.missing, who), *actions.remedy, **seen, **shown)
    if found.doubtful:
        shown = dict.fromkeys(found.doubtful, "only with a condition")
        text = f"{len(found.doubtful)} actions are allowed under a condition that is not looked at here"
        return warned(text, "See whether it lets the roles of the stack be assigned", *actions.remedy, **seen, **shown)
    return passed(f"All {len(needed)} actions are allowed", **seen)


async def _roles(account: AzureAccount, who: str) -> list[Role]:
    """Those that hold at the subscription: assigned there or above, also by a group."""
    asked = {"filter": f"atScope() and assignedTo('{who}')"}
    path = f"{account.place}/providers/Microsoft.Authorization/roleAssignments"
    assigned = [cast("Thing", each["properties"]) for each in await account.arm.every(path, _API, **asked)]
    conditions: dict[str, bool] = {}
    for each in assigned:
        role = str(each["roleDefinitionId"])
        # One without a condition gives the role wholly.
        conditions[role] = bool(each.get("condition")) and conditions.get(role, True)
    found = list[Role]()
    for role, is_conditional in list(conditions.items())[:_MOST_ROLES]:
        found += await _defined(account, role, is_conditional=is_conditional)
    return found


async def _defined(account: AzureAccount, role: str, *, is_conditional: bool) -> list[Role]:
    try:
        told = cast("Thing", (await account.arm.see(role, _API))["properties"])
    except Refused as error:
        # It was deleted, and its assignment is left.
        if error.is_missing:
            return []
        raise
    return [
        Role(
            str(told.get("roleName") or role.rpartition("/")[2]),
            tuple(cast("list[str]", each.get("actions") or [])),
            tuple(cast("list[str]", each.get("notActions") or [])),
            is_conditional,
        )
        for each in cast("list[Thing]", told.get("permissions") or [])
    ]


def _patch(account: AzureAccount, missing: Iterable[str], who: str) -> str:
    """What makes and assigns a role with just what is missing."""
    name = f"{account.name} deployer, further rights"
    role = {"Name": name, "IsCustom": True, "Actions": list(missing), "AssignableScopes": [account.place]}
    return (
        f"Or let an owner give just these: az role definition create --role-definition '{json.dumps(role)}' && "
        f"az role assignment create --assignee-object-id {who} --role '{name}' --scope {account.place}"
    )


def _families(names: Iterable[str]) -> str:
    return ", ".join(sorted({each.partition("/")[0] for each in names}))


CHECKS: tuple[Check, ...] = (actions,)
