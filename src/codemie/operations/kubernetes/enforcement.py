"""The check of what makes network policies more than words: the add-on that enforces them."""

from codemie.checks.check import check
from codemie.checks.report import Finding, passed, skipped, unknown, warned
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kinds import DAEMON_SETS, POLICIES, Manifest
from codemie.operations.kubernetes.manifest import name_of, spec_of

ENFORCING = (
    *("anetd", "antrea-agent", "azure-npm", "calico-node", "canal", "cilium", "kube-network-policies"),
    *("kube-router", "ovnkube-node", "weave-net"),
)
"""Beginnings of the names of daemon sets that enforce, as their projects and clouds call them."""
_FLANNEL, _AWS, _AWS_AGENT = "kube-flannel", "aws-node", "aws-eks-nodeagent"


@check(
    "k8s.netpol.enforced",
    title="The cluster enforces network policies",
    symptom="Nothing: connections that no policy allows are made all the same.",
    remedy=(
        "On EKS, switch it on in the add-on vpc-cni: enableNetworkPolicy",
        "Elsewhere, install a network that enforces policies, such as Cilium or Calico",
    ),
    faq=("F46",),
    needs=("k8s.namespace",),
)
async def enforced(cluster: Cluster) -> Finding:
    """The network of pods takes policies and does nothing with them."""
    if not await cluster.ours(POLICIES):
        return skipped("there are no network policies")
    daemons = {name_of(each): each for each in await cluster.everywhere(DAEMON_SETS)}
    if found := next((name for name in sorted(daemons) if name.startswith(ENFORCING)), None):
        return passed(f"{found} enforces them")
    if _AWS in daemons:
        return _of_aws(daemons[_AWS])
    if found := next((name for name in sorted(daemons) if name.startswith(_FLANNEL)), None):
        return warned(f"{found} enforces no network policy, so none has an effect", *enforced.remedy)
    return unknown("No add-on that is known to enforce network policies was found", *enforced.remedy)


def _of_aws(daemon: Manifest) -> Finding:
    """The agent stands beside the network of AWS; its option switches it on."""
    pod = spec_of(daemon).get("template") or {}
    agent = next((each for each in spec_of(pod).get("containers") or () if each.get("name") == _AWS_AGENT), None)
    if agent and "--enable-network-policy=true" in (agent.get("args") or ()):
        return passed(f"{_AWS} enforces them, with {_AWS_AGENT}")
    return warned(f"{_AWS} enforces no network policy, so none has an effect", *enforced.remedy)


CHECKS = (enforced,)
