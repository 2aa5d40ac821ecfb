"""Checks of the way to the cluster: it answers, knows us, and lets us read."""

import asyncio

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.operations.kubernetes.client import ApiFailed, NotSignedIn
from codemie.operations.kubernetes.cluster import ROLE_FILE, Cluster
from codemie.operations.kubernetes.kinds import NAMESPACES, RIGHTS
from codemie.operations.kubernetes.manifest import name_of

OLDEST_MINOR = 30


@check(
    "k8s.api",
    title="The Kubernetes API answers and knows us",
    symptom="kubectl and Helm end with a timeout, a certificate error or Unauthorized.",
    remedy=(
        "Compare with: kubectl version",
        "Write the kubeconfig anew: aws eks update-kubeconfig, az aks get-credentials, gcloud container clusters …",
        "A private endpoint is reached from its own network only: connect the VPN, or run this in the cluster",
    ),
    faq=("F42", "F51"),
)
async def api(cluster: Cluster) -> Finding:
    """The kubeconfig is of another cluster, its credentials are over, or the network does not lead to the endpoint."""
    try:
        version = await cluster.api.version()
        await cluster.api.may(RIGHTS[0], cluster.namespaces[0])
    except NotSignedIn:
        return failed(
            f"{cluster.api.server} does not accept the credentials", api.remedy[1], context=cluster.api.context
        )
    except ApiFailed as error:
        return failed(f"{error}", *api.remedy, context=cluster.api.context)
    minor = "".join(filter(str.isdigit, str(version.get("minor")))) or "0"
    if int(minor) < OLDEST_MINOR:
        return warned(
            f"Kubernetes {version.get('gitVersion')} is older than what this version was made for",
            f"Upgrade the cluster to 1.{OLDEST_MINOR} or newer",
        )
    return passed(f"Kubernetes {version.get('gitVersion')} answers at {cluster.api.server}")


@check(
    "k8s.rights",
    title="The reader may read what the checks need",
    symptom="Many checks end as unknown.",
    remedy=(f"Apply {ROLE_FILE}, and bind it to the reader",),
    severity=Severity.MINOR,
    faq=("F51",),
    needs=("k8s.api",),
)
async def rights(cluster: Cluster) -> Finding:
    """The role of the account that looks is narrower than the checks: what it may not read cannot be judged."""
    asked = [(right, namespace) for right in RIGHTS for namespace in ("",) * right.everywhere or cluster.namespaces]
    try:
        answers = await asyncio.gather(*(cluster.api.may(right, namespace) for right, namespace in asked))
    except ApiFailed as error:
        return unknown(f"The API does not say what we may: {error}", "Run again")
    missing = [(right, namespace) for (right, namespace), may in zip(asked, answers, strict=True) if not may]
    if not missing:
        return passed(f"All {len(asked)} rights are there")
    first, where = missing[0]
    return warned(
        f"{len(missing)} of {len(asked)} rights are missing, so that less can be seen",
        first.question(where or cluster.namespaces[0]),
        *(f"Add to the role: {rule}" for rule in dict.fromkeys(right.rule for right, _ in missing)),
        f"Or apply {ROLE_FILE}",
    )


@check(
    "k8s.namespace",
    title="The namespaces of the installation are there",
    symptom="No pods are found.",
    remedy=("Name the namespace with --namespace", "List them: kubectl get namespaces"),
    faq=("F51",),
    needs=("k8s.api",),
)
async def namespace(cluster: Cluster) -> Finding:
    """The installation is in another namespace or another cluster than the one that is looked at."""
    there = [name_of(each) for each in await cluster.everywhere(NAMESPACES)]
    missing = [each for each in cluster.namespaces if each not in there]
    if missing:
        return failed(
            f"There is no namespace {', '.join(missing)} in {cluster.api.context or cluster.api.server}",
            *namespace.remedy,
        )
    return passed(f"{', '.join(cluster.namespaces)} is there")


CHECKS = (api, rights, namespace)
