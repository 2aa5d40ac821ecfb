"""The kinds that the fake serves, and the documents by which clients discover them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Resource:
    """A kind as the discovery tells of it."""

    plural: str
    kind: str
    group: str = ""
    version: str = "v1"
    namespaced: bool = True
    short: tuple[str, ...] = ()

    @property
    def group_version(self) -> str:
        """As manifests write it."""
        return f"{self.group}/{self.version}" if self.group else self.version


RESOURCES = (
    Resource("pods", "Pod", short=("po",)),
    Resource("nodes", "Node", namespaced=False, short=("no",)),
    Resource("namespaces", "Namespace", namespaced=False, short=("ns",)),
    Resource("events", "Event", short=("ev",)),
    Resource("services", "Service", short=("svc",)),
    Resource("endpoints", "Endpoints", short=("ep",)),
    Resource("secrets", "Secret"),
    Resource("configmaps", "ConfigMap", short=("cm",)),
    Resource("serviceaccounts", "ServiceAccount", short=("sa",)),
    Resource("persistentvolumeclaims", "PersistentVolumeClaim", short=("pvc",)),
    Resource("persistentvolumes", "PersistentVolume", namespaced=False, short=("pv",)),
    Resource("resourcequotas", "ResourceQuota", short=("quota",)),
    Resource("limitranges", "LimitRange", short=("limits",)),
    Resource("deployments", "Deployment", "apps", short=("deploy",)),
    Resource("replicasets", "ReplicaSet", "apps", short=("rs",)),
    Resource("statefulsets", "StatefulSet", "apps", short=("sts",)),
    Resource("daemonsets", "DaemonSet", "apps", short=("ds",)),
    Resource("jobs", "Job", "batch"),
    Resource("horizontalpodautoscalers", "HorizontalPodAutoscaler", "autoscaling", "v2", short=("hpa",)),
    Resource("ingresses", "Ingress", "networking.k8s.io", short=("ing",)),
    Resource("ingressclasses", "IngressClass", "networking.k8s.io", namespaced=False),
    Resource("networkpolicies", "NetworkPolicy", "networking.k8s.io", short=("netpol",)),
    Resource("storageclasses", "StorageClass", "storage.k8s.io", namespaced=False, short=("sc",)),
    Resource("csidrivers", "CSIDriver", "storage.k8s.io", namespaced=False),
    Resource("endpointslices", "EndpointSlice", "discovery.k8s.io"),
    Resource("leases", "Lease", "coordination.k8s.io"),
    Resource("certificates", "Certificate", "cert-manager.io"),
    Resource("clusterissuers", "ClusterIssuer", "cert-manager.io", namespaced=False),
    Resource("poddisruptionbudgets", "PodDisruptionBudget", "policy", short=("pdb",)),
    Resource("scaledobjects", "ScaledObject", "keda.sh", "v1alpha1"),
    Resource("nodes", "NodeMetrics", "metrics.k8s.io", "v1beta1", namespaced=False),
    Resource("pods", "PodMetrics", "metrics.k8s.io", "v1beta1"),
)
REVIEWS = Resource("selfsubjectaccessreviews", "SelfSubjectAccessReview", "authorization.k8s.io", namespaced=False)


def find(group: str, plural: str, *, absent: frozenset[str]) -> Resource | None:
    """The kind at an address, unless its group is not installed."""
    return next((r for r in RESOURCES if (r.group, r.plural) == (group, plural) and group not in absent), None)


def groups(absent: frozenset[str]) -> dict[str, Any]:
    """All groups but the core."""
    known = dict.fromkeys((each.group, each.version) for each in (*RESOURCES, REVIEWS) if each.group not in absent)
    listed = [
        {
            "name": group,
            "versions": [{"groupVersion": f"{group}/{version}", "version": version}],
            "preferredVersion": {"groupVersion": f"{group}/{version}", "version": version},
        }
        for group, version in known
        if group
    ]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}


def listed(group: str, version: str) -> dict[str, Any]:
    """The kinds of one group."""
    found = [each for each in (*RESOURCES, REVIEWS) if (each.group, each.version) == (group, version)]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{version}" if group else version,
        "resources": [
            {
                "name": each.plural,
                "singularName": each.kind.lower(),
                "namespaced": each.namespaced,
                "kind": each.kind,
                "verbs": ["create"] if each is REVIEWS else ["get", "list", "watch"],
                "shortNames": list(each.short),
            }
            for each in found
        ]
        + (
            [{"name": "pods/log", "singularName": "", "namespaced": True, "kind": "Pod", "verbs": ["get"]}]
            * (not group)
        ),
    }


def table(items: list[dict[str, Any]], resource: Resource) -> dict[str, Any]:
    """What `kubectl get` prints: pods with their state, others with name and time."""
    columns = ["Name", "Ready", "Status", "Restarts", "Age"] if resource.kind == "Pod" else ["Name", "Created At"]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": "1"},
        "columnDefinitions": [
            {
                "name": each,
                "type": "string",
                "format": "name" if each == "Name" else "",
                "description": "",
                "priority": 0,
            }
            for each in columns
        ],
        "rows": [{"cells": _cells(each, resource), "object": _partial(each)} for each in items],
    }


def _partial(item: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": item["metadata"]}


def _cells(item: dict[str, Any], resource: Resource) -> list[str]:
    metadata = item["metadata"]
    if resource.kind != "Pod":
        return [metadata["name"], metadata.get("creationTimestamp", "")]
    states = item["status"].get("containerStatuses") or []
    waiting = [reason for each in states if (reason := (each.get("state", {}).get("waiting") or {}).get("reason"))]
    ready = f"{sum(each['ready'] for each in states)}/{len(item['spec']['containers'])}"
    restarts = str(sum(each["restartCount"] for each in states))
    return [metadata["name"], ready, (waiting or [item["status"]["phase"]])[0], restarts, "1h"]
