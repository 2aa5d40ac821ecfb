"""Checks that there is something to look at: the right subscription, and in it what the stack made."""

import hashlib

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.operations.cloud.azure.arm import Refused
from codemie.operations.cloud.azure.installed import Installed, facts, power_of, state_of

_SUBSCRIPTIONS, _DATABASES = "2022-12-01", "2024-08-01"
SOON_OVER = {"Warned", "PastDue"}
"""States of a subscription in which all still runs, though a bill is due."""
_AT_WORK = {"Creating", "Updating", "Upgrading", "Starting", "Stopping", "Scaling", "Migrating"}
_ADDONS = {"azurepolicy": "policies of Azure", "azureKeyvaultSecretsProvider": "secrets of key vaults"}


@check(
    "cloud.account",
    title="The sign-in reaches the subscription of the stack",
    symptom="Nothing of the platform is found in the cloud, though it runs.",
    remedy=(
        "Sign in to its tenant: az login --tenant TENANT; codemiectl preflight --cloud azure --phase creds says more",
        "Or give the values of this installation with --tfvars",
    ),
    faq=("F29",),
    timeout=40,
)
async def account(made: Installed) -> Finding:
    """The sign-in is to another tenant, or has no right in the subscription that the values are for."""
    try:
        told = await made.arm.ask(made.place, _SUBSCRIPTIONS)
    except Refused as error:
        if error.is_missing or error.is_denied:
            text = f"The sign-in does not reach {made.subscription}: Azure answers {error.code}"
            return failed(text, *account.remedy, **{made.subscription: error.code})
        raise
    state = str(told.get("state"))
    seen = {made.subscription: f"{told.get('displayName')}, {state}"}
    if state in SOON_OVER:
        return warned(f"The subscription is {state}: it is switched off unless somebody pays", *account.remedy, **seen)
    if state != "Enabled":
        return failed(f"The subscription is {state}: Azure stops what is in it", *account.remedy, **seen)
    return passed(f"It is {told.get('displayName')}", **seen)


@check(
    "cloud.stack",
    title="What the stack made is there, and its cluster works",
    symptom="The platform is gone, or kubectl reaches no cluster.",
    remedy=(
        "Give the values that it was made with: --tfvars, with name and subscription_id",
        "Look at what Terraform would make again: codemiectl tf plan",
    ),
    faq=("F42", "F45"),
    needs=("cloud.account",),
    timeout=30,
)
async def stack(made: Installed) -> Finding:
    """Another name than it was made with, somebody deleted or stopped it, or an update failed.

    Cluster and database can be stopped to save money; Azure starts a database by itself after seven days, a cluster
    never.
    """
    where = f"in {made.name}-platform"
    cluster = await made.cluster()
    if cluster is None:
        return failed(f"There is no cluster {made.name} {where}", *stack.remedy, group=f"{made.name}-platform")
    power, state = power_of(cluster), state_of(cluster)
    database, wrong = await _database(made)
    seen = {"cluster": f"{power}, {state}", "database": database}
    if power != "Running":
        start = f"az aks start --resource-group {made.name}-platform --name {made.name}"
        return failed(f"The cluster is {power}", start, **seen)
    if wrong:
        return failed(*wrong, *stack.remedy, **seen)
    if state in _AT_WORK:
        return warned(f"The cluster is {state}", "Wait until it is Succeeded: az aks show", **seen)
    if state != "Succeeded":
        again = f"Bring it to its end: az aks update --resource-group {made.name}-platform --name {made.name}"
        return failed(f"The last change of the cluster ended as {state}", again, *stack.remedy, **seen)
    return passed(f"{made.name} is there {where}", **seen)


async def _database(made: Installed) -> tuple[str, tuple[str, ...]]:
    """Its state, and what is wrong with it, with a remedy; nothing where nothing is."""
    name = f"{made.name}-database-{hashlib.sha256(made.subscription.encode()).hexdigest()[:6]}"
    found = await made.one(f"Microsoft.DBforPostgreSQL/flexibleServers/{name}", _DATABASES)
    if found is None:
        return "not there", (f"There is no database {name}",)
    state = str(facts(found).get("state") or "not told")
    if state not in {"Stopped", "Disabled", "Dropping"}:
        return state, ()
    start = f"az postgres flexible-server start --resource-group {made.name}-platform --name {name}"
    return state, (f"The database is {state}", start)


@check(
    "cloud.addons",
    title="The add-ons of the cluster are there and active",
    symptom="Policies of the cluster are not enforced, though the nodes are well.",
    remedy=("Put it back: codemiectl tf plan, then codemiectl tf apply", "Or: az aks enable-addons --addons NAME"),
    faq=("F47",),
    needs=("cloud.stack",),
    timeout=20,
)
async def addons(made: Installed) -> Finding:
    """Somebody switched off an add-on that the stack switches on."""
    profiles = facts(await made.cluster() or {}).get("addonProfiles") or {}
    on = {str(name).lower() for name, each in profiles.items() if each.get("enabled")}
    seen = {name: "on" if name.lower() in on else "off" for name in _ADDONS}
    if off := [name for name, told in seen.items() if told == "off"]:
        return failed(f"Switched off: {', '.join(f'{each} ({_ADDONS[each]})' for each in off)}", *addons.remedy, **seen)
    return passed(f"{len(seen)} add-ons are on", **seen)


CHECKS: tuple[Check, ...] = (account, stack, addons)
