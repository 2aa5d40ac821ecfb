"""Checks of the cluster that the chart is to go to: it is one that fits, admits us, and knows what the chart makes."""

import asyncio
from collections.abc import Iterable

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.checks.sources import Unobservable
from codemie.operations.kubernetes.client import Absent, ApiFailed, NotSignedIn
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kinds import NAMESPACES, SECRETS, Kind, Right
from codemie.operations.kubernetes.manifest import labels_of, name_of
from codemie.operations.kubernetes.pod_security import LABEL, violations
from codemie.operations.preflight.chart import Chart, Rendering

OLDEST, TRIED = 30, (34, 37)
"""Minor versions of Kubernetes 1: what the chart asks for, and those that it was held against."""
_VERBS = ("get", "create", "patch", "delete")
_CERT_MANAGER = "cert-manager.io/v1"


@check(
    "chart.renders",
    title="The chart takes the values",
    symptom="helm install ends at once, and nothing is made.",
    remedy=("Correct the value that it names, in codemie.yaml or in your file of values",),
    phase="cluster",
    faq=("F43",),
    timeout=60,
)
async def renders(rendering: Rendering) -> Finding:
    """A value is unknown, of the wrong type, or needs another one that is not there."""
    if rendering.refusal:
        return failed(rendering.refusal, *renders.remedy)
    return passed("Helm renders it")


@check(
    "cluster.api",
    title="The cluster answers, knows us, and is of a version that fits",
    symptom="kubectl and Helm end with a timeout, a certificate error or Unauthorized.",
    remedy=(
        "Compare with: kubectl version",
        "Write the kubeconfig anew: aws eks update-kubeconfig, az aks get-credentials, gcloud container clusters …",
        "A private endpoint is reached from its own network only: connect the VPN",
    ),
    faq=("F42", "F51"),
)
async def api(cluster: Cluster) -> Finding:
    """The kubeconfig is of another cluster, its credentials are over, or the cluster is too old for the chart."""
    where = {"context": cluster.api.context, "server": cluster.api.server}
    try:
        told = await cluster.api.version()
        await cluster.api.may(Right("get", SECRETS), cluster.namespaces[0])
    except NotSignedIn:
        return failed(f"{cluster.api.server} does not accept the credentials", api.remedy[1], **where)
    except ApiFailed as error:
        return failed(f"{error}", *api.remedy, **where)
    version, minor = told.get("gitVersion"), int("".join(filter(str.isdigit, str(told.get("minor")))) or 0)
    first, last = TRIED
    if minor < OLDEST:
        return failed(f"Kubernetes {version} is too old", f"Upgrade it to 1.{first} or newer", **where)
    if not first <= minor <= last:
        advice = "Try it in a cluster that may break" if minor > last else f"Upgrade the cluster to 1.{first} or newer"
        return warned(f"The chart was not tried with Kubernetes {version}: with 1.{first} to 1.{last}", advice, **where)
    return passed(f"Kubernetes {version} answers", **where)


@check(
    "cluster.kinds",
    title="The cluster knows every kind that the chart makes",
    symptom='helm install ends with: no matches for kind "…" in version "…".',
    remedy=("Install what brings the kind, or choose values that do without it",),
    faq=("F47",),
    needs=("cluster.api", "chart.renders"),
)
async def kinds(cluster: Cluster, chart: Chart) -> Finding:
    """A value asks for an add-on that is not installed, such as cert-manager, KEDA or the operator of Prometheus."""
    wanted = dict(chart.kinds)
    if chart.issuers():
        wanted[_CERT_MANAGER, "ClusterIssuer"] = f"ingress.tls.clusterIssuer: {', '.join(chart.issuers())}"
    known = await _known(cluster, {version for version, _ in wanted})
    missing = {f"{kind} of {version}": name for (version, kind), name in wanted.items() if kind not in known[version]}
    if missing:
        return failed(f"The cluster does not know {', '.join(missing)}", *_bringing(missing), *kinds.remedy, **missing)
    return passed(f"All {len(wanted)} kinds are known")


_BRINGS = {
    "cert-manager.io": "Install cert-manager, or name a certificate of yours in tls.secret without tls.cluster_issuer",
    "keda.sh": "Install KEDA, or set worker.autoscaling.mode: cpu",
    "monitoring.coreos.com": "Install the Prometheus operator, or leave its objects out",
}


def _bringing(missing: Iterable[str]) -> list[str]:
    return [advice for group, advice in _BRINGS.items() if any(group in each for each in missing)]


async def _known(cluster: Cluster, versions: Iterable[str]) -> dict[str, dict[str, Kind]]:
    """API version → kind → how it is called in addresses.

    Raises:
        Unobservable: the cluster does not say.
    """
    asked = sorted(versions)
    try:
        told = await asyncio.gather(*(_kinds_of(cluster, version) for version in asked))
    except ApiFailed as error:
        raise Unobservable(f"The cluster does not say what it knows: {error}", "Run again") from error
    return dict(zip(asked, told, strict=True))


async def _kinds_of(cluster: Cluster, version: str) -> dict[str, Kind]:
    try:
        told = await cluster.api.resources(version)
    except Absent:
        return {}
    group, _, name = version.rpartition("/")
    plain = (each for each in told if "/" not in str(each.get("name")))
    return {each["kind"]: Kind(each["name"], group, name, bool(each.get("namespaced"))) for each in plain}


@check(
    "cluster.rights",
    title="We may make everything that the chart makes",
    symptom="helm install ends in the middle: … is forbidden.",
    remedy=("Let an administrator give the rights that are named below, or install it",),
    faq=("F30", "F51"),
    needs=("cluster.kinds",),
    timeout=30,
)
async def rights(cluster: Cluster, chart: Chart) -> Finding:
    """The account of the kubeconfig may look, or work in other namespaces, and not make what the chart consists of."""
    known = await _known(cluster, {version for version, _ in chart.kinds})
    made = {known[version][kind] for version, kind in chart.kinds}
    # Helm keeps what it installed in secrets of the namespace.
    asked = [Right(verb, kind) for kind in sorted({*made, SECRETS}, key=str) for verb in _VERBS]
    asked.append(Right("list", SECRETS))
    if not await _namespace(cluster, chart):
        asked.append(Right("create", NAMESPACES, everywhere=True))
    try:
        answers = await asyncio.gather(*(cluster.api.may(right, chart.namespace) for right in asked))
    except ApiFailed as error:
        return unknown(f"The API does not say what we may: {error}", "Run again")
    missing = [right for right, may in zip(asked, answers, strict=True) if not may]
    if missing:
        verbs = ", ".join(dict.fromkeys(f"{right.verb} {right.kind.full_name}" for right in missing[:4]))
        return failed(
            f"{len(missing)} of {len(asked)} rights are missing in {chart.namespace}: {verbs}",
            missing[0].question(chart.namespace),
            *(f"Add to the role: {rule}" for rule in dict.fromkeys(right.rule for right in missing)),
        )
    return passed(f"All {len(asked)} rights are there in {chart.namespace}")


async def _namespace(cluster: Cluster, chart: Chart) -> dict[str, str] | None:
    """Its labels; None where it is not there yet.

    Raises:
        Unobservable: we may not look.
    """
    there = {name_of(each): labels_of(each) for each in await cluster.everywhere(NAMESPACES)}
    return there.get(chart.namespace)


@check(
    "cluster.pod_security",
    title="The namespace admits the pods of the chart",
    symptom="Deployments stay at 0 pods: … violates PodSecurity.",
    remedy=(
        "Keep the security contexts of the chart: all of its pods fit to restricted",
        f"Or let an administrator label the namespace with another level: {LABEL}",
    ),
    faq=("F52",),
    needs=("cluster.api", "chart.renders"),
)
async def pod_security(cluster: Cluster, chart: Chart) -> Finding:
    """The namespace enforces a pod security standard that a pod of the chart does not hold to."""
    labels = await _namespace(cluster, chart)
    if labels is None:
        return passed(f"{chart.namespace} is not there yet: a new namespace admits what the cluster's default admits")
    level = labels.get(LABEL, "privileged")
    found = {name: "; ".join(said) for name, pod in chart.templates() if (said := violations(pod, level))}
    if found:
        name, said = next(iter(found.items()))
        return failed(
            f"{chart.namespace} enforces {level}, and {name} does not fit: {said}", *pod_security.remedy, **found
        )
    return passed(f"{chart.namespace} enforces {level}, and every pod fits")


CHECKS: tuple[Check, ...] = (renders, api, kinds, rights, pod_security)
