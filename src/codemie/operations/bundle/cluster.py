"""What a cluster tells of the installation: its objects without values, and the logs of its containers."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from codemie.checks.sources import Unobservable
from codemie.kernel.telemetry import is_secret
from codemie.operations.bundle import logs
from codemie.operations.bundle.archive import Archive
from codemie.operations.kubernetes import kinds
from codemie.operations.kubernetes.client import ApiFailed
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kinds import Manifest
from codemie.operations.kubernetes.manifest import labels_of, name_of, namespace_of, spec_of, status_of
from codemie.operations.kubernetes.surroundings import when

_OURS = (
    kinds.PODS,
    kinds.DEPLOYMENTS,
    kinds.JOBS,
    kinds.SCALERS,
    kinds.SERVICES,
    kinds.INGRESSES,
    kinds.CLAIMS,
    kinds.POLICIES,
    kinds.QUOTAS,
    kinds.LIMITS,
    kinds.EVENTS,
)
_SHARED = (kinds.NODES, kinds.STORAGE_CLASSES, kinds.INGRESS_CLASSES)
_NOISE = ("managedFields", "selfLink")
_NAME, _COMPONENT, _VERSION = (f"app.kubernetes.io/{label}" for label in ("name", "component", "version"))
_MOST_LINES = 1000
_MOST_CONTAINERS = 60


async def collect(archive: Archive, cluster: Cluster, since: dt.datetime) -> None:
    """Put into the archive what may be read; what may not is named as left out, with the right that is missing.

    Args:
        archive: in the making.
        cluster: read for the namespaces of the installation.
        since: events that were seen last before are left out.
    """
    for kind in (*_OURS, *_SHARED):
        path = f"k8s/{kind.plural}.json"
        try:
            found = await (cluster.ours(kind) if kind.namespaced else cluster.everywhere(kind))
        except Unobservable as hidden:
            archive.failed(path, str(hidden))
        else:
            fresh = [each for each in found if kind is not kinds.EVENTS or when(each) >= since]
            archive.add_document(path, [_without_values(each) for each in fresh])
    if pods := await _or_nothing(cluster, kinds.PODS):
        await _add_secrets(archive, cluster, pods)


async def topology(cluster: Cluster) -> dict[str, Any]:
    """Whose cloud it is, the chart, and how many of each part are wanted and there."""
    nodes = await _or_nothing(cluster, kinds.NODES)
    deployments = await _or_nothing(cluster, kinds.DEPLOYMENTS)
    labels = [labels_of(each) for each in deployments]
    return {
        "namespaces": cluster.namespaces,
        "cloud": sorted({str(spec_of(node).get("providerID") or "").partition(":")[0] for node in nodes} - {""}),
        "chart": sorted({each["helm.sh/chart"] for each in labels if "helm.sh/chart" in each}),
        "application": sorted({each[_VERSION] for each in labels if _VERSION in each}),
        "replicas": {
            f"{namespace_of(each)}/{name_of(each)}": {
                "wanted": spec_of(each).get("replicas"),
                "ready": status_of(each).get("readyReplicas", 0),
            }
            for each in deployments
        },
    }


async def _or_nothing(cluster: Cluster, kind: kinds.Kind) -> list[Manifest]:
    """What cannot be read is said to be left out where it is gathered."""
    try:
        return await (cluster.ours(kind) if kind.namespaced else cluster.everywhere(kind))
    except Unobservable:
        return []


async def _add_secrets(archive: Archive, cluster: Cluster, pods: list[Manifest]) -> None:
    """Of secrets that pods use: name, names of their keys, and since when they are there."""
    told: list[dict[str, Any]] = []
    for namespace, name in sorted({(namespace_of(pod), name) for pod in pods for name in _secrets_of(pod)}):
        try:
            found = await cluster.secret(namespace, name)
        except Unobservable as hidden:
            archive.failed(f"k8s/secrets/{namespace}/{name}", str(hidden))
            continue
        entry: dict[str, Any] = {"namespace": namespace, "name": name, "exists": found is not None}
        if found is not None:
            since = (found.get("metadata") or {}).get("creationTimestamp")
            # `keys`, not `data`: not one value goes further than this line.
            entry |= {"type": found.get("type"), "keys": sorted(found.get("data") or {}), "since": since}
        told.append(entry)
    archive.add_document("k8s/secrets.json", told)


def _secrets_of(pod: Manifest) -> Iterator[str]:
    spec = spec_of(pod)
    yield from (str(each.get("name")) for each in spec.get("imagePullSecrets") or ())
    yield from (str(each["secret"].get("secretName")) for each in spec.get("volumes") or () if each.get("secret"))
    for container in _containers(pod):
        for source in container.get("envFrom") or ():
            if reference := source.get("secretRef"):
                yield str(reference.get("name"))
        for variable in container.get("env") or ():
            if reference := (variable.get("valueFrom") or {}).get("secretKeyRef"):
                yield str(reference.get("name"))


def _containers(pod: Manifest) -> list[dict[str, Any]]:
    spec = spec_of(pod)
    return [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]


async def collect_logs(archive: Archive, cluster: Cluster, since: dt.datetime) -> None:
    """Put the logs of containers into the archive, cleaned; of those that fail first: there may be no room for all.

    Args:
        archive: in the making.
        cluster: read for the namespaces of the installation.
        since: what was written before is left out.
    """
    pods = sorted(await _or_nothing(cluster, kinds.PODS), key=_is_well)
    wanted = [(pod, str(container.get("name"))) for pod in pods for container in _containers(pod)]
    seconds = max(1, int((cluster.now() - since).total_seconds()))
    for pod, container in wanted[:_MOST_CONTAINERS]:
        namespace, name = namespace_of(pod), name_of(pod)
        source = f"{labels_of(pod).get(_COMPONENT, '')} {labels_of(pod).get(_NAME, '')} {container}"
        for previous in (False, True):
            path = f"logs/{namespace}/{name}/{container}{'.previous' if previous else ''}.log"
            try:
                text = await cluster.api.log(
                    namespace, name, container, previous=previous, lines=_MOST_LINES, seconds=seconds
                )
            except ApiFailed as error:
                if not previous:
                    archive.failed(path, str(error))
                continue
            if text.strip():
                archive.add_log(path, logs.cleaned(text, source))
    if len(wanted) > _MOST_CONTAINERS:
        archive.failed("logs/", f"{len(wanted) - _MOST_CONTAINERS} containers more; name fewer namespaces")


def _is_well(pod: Manifest) -> bool:
    statuses = status_of(pod).get("containerStatuses") or ()
    return bool(statuses) and all(each.get("ready") and not each.get("restartCount") for each in statuses)


def _without_values(value: Any) -> Any:
    """An object without what machines write beside it, and without the values of variables with secret names."""
    match value:
        case dict():
            named: dict[str, Any] = value
            if {"name", "value"} <= named.keys() and is_secret(str(named["name"])):
                named = {**named, "value": "<set>"}
            return {
                key: _without_values(each)
                for key, each in named.items()
                if key not in _NOISE and not key.endswith("last-applied-configuration")
            }
        case list():
            each: list[Any] = value
            return [_without_values(item) for item in each]
        case _:
            return value
