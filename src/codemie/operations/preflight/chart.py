"""What the rendered chart asks a cluster for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from codemie.operations.deployment.rendering import RELEASE
from codemie.operations.kubernetes.kinds import Manifest
from codemie.operations.kubernetes.manifest import labels_of, name_of, spec_of

_HOOK = "helm.sh/hook"
_WORKLOADS = ("Deployment", "StatefulSet", "Job")


@dataclass(frozen=True)
class Rendering:
    """How Helm takes the values.

    Attributes:
        refusal: what it says against them; empty where it renders.
    """

    refusal: str = ""


@dataclass(frozen=True)
class Chart:
    """What is to be made.

    Attributes:
        manifests: of the chart.
        namespace: they go to.
    """

    manifests: tuple[Manifest, ...]
    namespace: str

    def of(self, kind: str) -> list[Manifest]:
        """Those of a kind."""
        return [each for each in self.manifests if each.get("kind") == kind]

    @property
    def kinds(self) -> dict[tuple[str, str], str]:
        """API version and kind of all → the name of the first that is of it."""
        found: dict[tuple[str, str], str] = {}
        for each in self.manifests:
            found.setdefault((str(each.get("apiVersion")), str(each.get("kind"))), name_of(each))
        return found

    def templates(self) -> list[tuple[str, Manifest]]:
        """`Kind/name` of each workload, and a pod of it."""
        return [(f"{each['kind']}/{name_of(each)}", _pod(each, self.namespace)) for each in self._workloads()]

    def pods(self) -> list[Manifest]:
        """All that run side by side at first; jobs before an installation are over by then."""
        least = {
            _scaled(each): int(spec_of(each).get("minReplicas") or 1) for each in self.of("HorizontalPodAutoscaler")
        }
        found: list[Manifest] = []
        for each in self._workloads():
            if _annotations(each).get(_HOOK, "").startswith("pre-"):
                continue
            count = least.get(f"{each['kind']}/{name_of(each)}", int(spec_of(each).get("replicas") or 1))
            pod = _pod(each, self.namespace)
            for number in range(count):
                metadata = {**pod["metadata"], "name": f"{name_of(each)}-{number}"}
                found.append({**pod, "metadata": metadata})
        return found

    def claims(self) -> list[tuple[str, str]]:
        """Claim, and the storage class that it names; empty where it takes the default."""
        given = [*self.of("PersistentVolumeClaim")]
        for each in self.of("StatefulSet"):
            given += spec_of(each).get("volumeClaimTemplates") or ()
        return [(name_of(each), str(spec_of(each).get("storageClassName") or "")) for each in given]

    def issuers(self) -> set[str]:
        """Issuers of cert-manager, for the whole cluster, that ingresses name."""
        named = (_annotations(each).get("cert-manager.io/cluster-issuer") for each in self.of("Ingress"))
        return {each for each in named if each}

    def is_ours(self, pod: Manifest) -> bool:
        """Whether a pod is of this release as it runs now, which the new one replaces."""
        within = (pod.get("metadata") or {}).get("namespace") == self.namespace
        return within and labels_of(pod).get("app.kubernetes.io/instance") == RELEASE

    def _workloads(self) -> Iterable[Manifest]:
        return (each for each in self.manifests if each.get("kind") in _WORKLOADS)


def _pod(workload: Manifest, namespace: str) -> Manifest:
    template: Mapping[str, Any] = spec_of(workload).get("template") or {}
    metadata = {**(template.get("metadata") or {}), "name": name_of(workload), "namespace": namespace}
    return {"kind": "Pod", "metadata": metadata, "spec": template.get("spec") or {}}


def _annotations(manifest: Manifest) -> dict[str, str]:
    return (manifest.get("metadata") or {}).get("annotations") or {}


def _scaled(scaler: Manifest) -> str:
    target = spec_of(scaler).get("scaleTargetRef") or {}
    return f"{target.get('kind')}/{target.get('name')}"
