"""The kinds of objects that checks read, and the rights they need for it."""

from dataclasses import dataclass
from typing import Any

Manifest = dict[str, Any]
"""An object as the API server gives it."""


@dataclass(frozen=True)
class Kind:
    """A kind of object.

    Attributes:
        plural: its name in addresses and roles.
        group: empty for the core.
        namespaced: whether its objects are in namespaces.
    """

    plural: str
    group: str = ""
    version: str = "v1"
    namespaced: bool = True

    @property
    def path(self) -> str:
        """Where its API begins."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    @property
    def full_name(self) -> str:
        """As `kubectl` takes it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


NODES = Kind("nodes", namespaced=False)
PODS = Kind("pods")
EVENTS = Kind("events")
SERVICES = Kind("services")
SECRETS = Kind("secrets")
SERVICE_ACCOUNTS = Kind("serviceaccounts")
CLAIMS = Kind("persistentvolumeclaims")
VOLUMES = Kind("persistentvolumes", namespaced=False)
QUOTAS = Kind("resourcequotas")
LIMITS = Kind("limitranges")
NAMESPACES = Kind("namespaces", namespaced=False)
DEPLOYMENTS = Kind("deployments", "apps")
DAEMON_SETS = Kind("daemonsets", "apps")
STATEFUL_SETS = Kind("statefulsets", "apps")
JOBS = Kind("jobs", "batch")
SCALERS = Kind("horizontalpodautoscalers", "autoscaling", "v2")
INGRESSES = Kind("ingresses", "networking.k8s.io")
INGRESS_CLASSES = Kind("ingressclasses", "networking.k8s.io", namespaced=False)
POLICIES = Kind("networkpolicies", "networking.k8s.io")
STORAGE_CLASSES = Kind("storageclasses", "storage.k8s.io", namespaced=False)
CSI_DRIVERS = Kind("csidrivers", "storage.k8s.io", namespaced=False)
CERTIFICATES = Kind("certificates", "cert-manager.io")
ISSUERS = Kind("clusterissuers", "cert-manager.io", namespaced=False)
NODE_METRICS = Kind("nodes", "metrics.k8s.io", "v1beta1", namespaced=False)


@dataclass(frozen=True)
class Right:
    """What a reader must be allowed to do; `everywhere` is in all namespaces."""

    verb: str
    kind: Kind
    subresource: str = ""
    everywhere: bool = False

    def question(self, namespace: str) -> str:
        """The command that asks for it."""
        where = "--all-namespaces" if self.everywhere else f"-n {namespace}"
        below = f" --subresource={self.subresource}" if self.subresource else ""
        return f"kubectl auth can-i {self.verb} {self.kind.full_name}{below} {where}"

    @property
    def rule(self) -> str:
        """The line of a role that gives it."""
        resource = f"{self.kind.plural}/{self.subresource}" if self.subresource else self.kind.plural
        return f'{{apiGroups: ["{self.kind.group}"], resources: ["{resource}"], verbs: ["{self.verb}"]}}'


RIGHTS = (
    *(
        Right("list", kind)
        for kind in (
            SERVICES, SERVICE_ACCOUNTS, CLAIMS, QUOTAS, LIMITS, DEPLOYMENTS, STATEFUL_SETS, JOBS, SCALERS,
            INGRESSES, POLICIES,
        )
    ),
    *(
        Right("list", kind, everywhere=True)
        for kind in (
            NODES, PODS, EVENTS, DAEMON_SETS, VOLUMES, NAMESPACES, INGRESS_CLASSES, STORAGE_CLASSES, CSI_DRIVERS
        )
    ),
    Right("get", PODS, "log"),
)  # fmt: skip
"""All that the checks read, but for secrets: those are read by name, where somebody allowed it."""
