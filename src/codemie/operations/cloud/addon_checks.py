"""Checks of the add-ons that EKS keeps in the cluster, as EKS tells."""

from collections.abc import Iterable, Mapping
from typing import cast

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.operations.cloud.made import Made, Thing

_USUAL = ("aws-ebs-csi-driver", "coredns", "kube-proxy", "metrics-server", "vpc-cni")
_AT_WORK = {"CREATING", "UPDATING"}


@check(
    "cloud.addons",
    title="The add-ons of the cluster are there and active",
    symptom="Pods get no address or no disk, names do not resolve, though the nodes are well.",
    remedy=(
        "See what EKS says: aws eks describe-addon --cluster-name NAME --addon-name ADDON",
        "Versions go with the cluster's: aws eks describe-addon-versions --kubernetes-version VERSION",
    ),
    faq=("F47",),
    needs=("cloud.stack",),
    timeout=30,
)
async def addons(made: Made) -> Finding:
    """EKS could not bring an add-on to work, or somebody took one away.

    Pods of it do not start, a role lacks rights, or its version does not go with the cluster's.
    """
    names = sorted(map(str, await made.every("eks", "list_addons", "addons", clusterName=made.name)))
    told = [await made.one("eks", "describe_addon", clusterName=made.name, addonName=name) for name in names]
    there = {str(each["addon"]["addonName"]): cast("Thing", each["addon"]) for each in told if each}
    wanted = cast("Mapping[str, str]", made.values.get("addon_versions") or {}) or dict.fromkeys(_USUAL)
    seen = {name: f"{each['status']}, {each.get('addonVersion', '')}" for name, each in there.items()}
    if absent := sorted(set(wanted) - set(there)):
        text = f"EKS has no add-on {_listed(absent)}"
        return failed(text, "Put it back: codemiectl tf plan, then codemiectl tf apply", *addons.remedy, **seen)
    broken = [name for name, each in there.items() if each["status"] not in {"ACTIVE", *_AT_WORK}]
    if broken:
        issues = [
            f"{name}: {_issue(each)}" for name in broken for each in there[name].get("health", {}).get("issues", [])
        ]
        said = f": {issues[0].partition(': ')[2]}" if issues else ""
        text = f"{_listed(broken)} {'is' if len(broken) == 1 else 'are'} {there[broken[0]]['status']}{said}"
        return failed(text, *addons.remedy, **seen)
    if at_work := [name for name, each in there.items() if each["status"] in _AT_WORK]:
        return warned(f"EKS is at work on {_listed(at_work)}", "Wait until it is ACTIVE", **seen)
    return passed(f"{len(there)} add-ons are active", **seen)


def _issue(told: Thing) -> str:
    return f"{told['code']}, {told.get('message', '')}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


CHECKS: tuple[Check, ...] = (addons,)
