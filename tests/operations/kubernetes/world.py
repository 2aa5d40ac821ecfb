"""A healthy installation in a cluster, as the chart makes it: what tests break, one thing at a time."""

import base64
import datetime as dt
import json
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.fakes.kubernetes.server import FakeKubernetes

NOW = dt.datetime(2026, 11, 30, 12, 0, tzinfo=dt.UTC)
OURS = "codemie"
AGENTS = "codemie-nats.example.org"
REGISTRY = "registry.example.com"
ZONE = "topology.kubernetes.io/zone"
MANAGED = "postgresql://codemie:let-me-pull@10.20.0.5:5432/codemie?sslmode=require"
Item = dict[str, Any]


def ago(**how_long: float) -> str:
    """A moment before now, as the API writes it."""
    return f"{NOW - dt.timedelta(**how_long):%Y-%m-%dT%H:%M:%SZ}"


def item(kind: str, name: str, *, api: str = "v1", namespace: str = OURS, made: str | None = None, **rest: Any) -> Item:
    """An object; in no namespace where that is empty."""
    labels = rest.pop("labels", {})
    metadata = {"name": name, "labels": labels, "creationTimestamp": made or ago(days=3)}
    metadata |= {"namespace": namespace} if namespace else {}
    metadata |= rest.pop("metadata", {})
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **rest}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def labels_of(component: str) -> dict[str, str]:
    """What the chart puts on a pod."""
    return {
        "app.kubernetes.io/name": "codemie",
        "app.kubernetes.io/instance": "codemie",
        "app.kubernetes.io/component": component,
    }


def node(name: str, zone: str, **status: Any) -> Item:
    """A machine with four processors and 16 GiB."""
    room = {"cpu": "3920m", "memory": "15Gi", "ephemeral-storage": "80Gi", "pods": "58"}
    conditions = [
        {"type": "Ready", "status": "True", "reason": "KubeletReady"},
        *({"type": each, "status": "False"} for each in ("MemoryPressure", "DiskPressure", "PIDPressure")),
    ]
    status = {"allocatable": room, "conditions": conditions, "nodeInfo": {"kubeletVersion": "v1.33.4"}, **status}
    labels = {ZONE: zone, "kubernetes.io/hostname": name, "kubernetes.io/arch": "amd64"}
    return item("Node", name, namespace="", labels=labels, spec={}, status=status)


def pod(  # one place for what every pod has
    name: str,
    on: str,
    *,
    namespace: str = OURS,
    labels: dict[str, str] | None = None,
    image: str = f"{REGISTRY}/codemie/codemie:0.1.0",
    container: str = "api",
    cpu: str = "250m",
    memory: str = "512Mi",
    address: str = "10.0.1.9",
    owner: str = "ReplicaSet/codemie-1",
    **spec: Any,
) -> Item:
    """A pod that runs and is ready."""
    asked = {"requests": {"cpu": cpu, "memory": memory}, "limits": {"cpu": "2", "memory": "1536Mi"}}
    made = {"name": container, "image": image, "resources": asked}
    made |= spec.pop("inside", {})
    state = {"running": {"startedAt": ago(hours=5)}}
    kind, _, owned_by = owner.partition("/")
    return item(
        "Pod",
        name,
        namespace=namespace,
        labels=labels or labels_of("api"),
        metadata={"ownerReferences": [{"kind": kind, "name": owned_by, "apiVersion": "apps/v1", "uid": "1"}]},
        spec={"nodeName": on, "containers": [made], "serviceAccountName": "codemie", **spec},
        status={
            "phase": "Running",
            "podIP": address,
            "startTime": ago(hours=5),
            "conditions": [
                {"type": "PodScheduled", "status": "True"},
                {"type": "Ready", "status": "True", "lastTransitionTime": ago(hours=4)},
            ],
            "containerStatuses": [
                {"name": container, "image": image, "ready": True, "restartCount": 0, "state": state, "lastState": {}}
            ],
        },
    )


def warning(of: Item, reason: str, message: str, *, minutes: float = 5, count: int = 3) -> Item:
    """An event about an object."""
    about = {key: of["metadata"].get(key) for key in ("name", "namespace", "uid")}
    return item(
        "Event",
        f"{of['metadata']['name']}.{reason.lower()}",
        namespace=of["metadata"].get("namespace", "default"),
        type="Warning",
        reason=reason,
        message=message,
        count=count,
        lastTimestamp=ago(minutes=minutes),
        firstTimestamp=ago(minutes=minutes + 9),
        involvedObject={"kind": of["kind"], **about},
        source={"component": "kubelet"},
    )


def pull_secret(host: str = REGISTRY, *, made: str | None = None, user: str = "puller", name: str = "registry") -> Item:
    """A login of a registry."""
    login = {"auths": {host: {"username": user, "password": "let-me-pull"}}}
    data = {".dockerconfigjson": base64.b64encode(json.dumps(login).encode()).decode()}
    return item("Secret", name, made=made, type="kubernetes.io/dockerconfigjson", data=data)


def tls_secret(*, days: int = 80, host: str = "ai.example.org", secret: str = "codemie-tls") -> Item:
    """A certificate that ends so many days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    built = built.serial_number(x509.random_serial_number()).not_valid_before(NOW - dt.timedelta(days=90))
    signed = built.not_valid_after(NOW + dt.timedelta(days=days)).sign(key, hashes.SHA256())
    pem = signed.public_bytes(serialization.Encoding.PEM)
    return item("Secret", secret, type="kubernetes.io/tls", data={"tls.crt": base64.b64encode(pem).decode()})


def policy(name: str, component: str | None, **spec: Any) -> Item:
    """A network policy for one component, or for all."""
    labels = labels_of(component) if component else {}
    chosen = {"matchLabels": labels} if labels else {}
    return item("NetworkPolicy", name, api="networking.k8s.io/v1", spec={"podSelector": chosen, **spec})


def deployment(name: str, replicas: int, **rest: Any) -> Item:
    """A deployment whose pods are all there."""
    status = {"replicas": replicas, "readyReplicas": replicas}
    return item("Deployment", name, api="apps/v1", spec={"replicas": replicas}, status=status, **rest)


def stateful(name: str, replicas: int) -> Item:
    """A stateful set whose pods are all there."""
    status = {"replicas": replicas, "readyReplicas": replicas}
    return item("StatefulSet", name, api="apps/v1", spec={"replicas": replicas}, status=status)


def daemons(name: str) -> Item:
    """A daemon set of the cluster, ready on all nodes."""
    status = {"desiredNumberScheduled": 3, "numberReady": 3}
    containers: list[dict[str, Any]] = [{"name": name}]
    if name == "aws-node":
        containers.append(
            {"name": "aws-eks-nodeagent", "args": ["--enable-ipv6=false", "--enable-network-policy=true"]}
        )
    spec = {"selector": {"matchLabels": {"app": name}}, "template": {"spec": {"containers": containers}}}
    return item("DaemonSet", name, api="apps/v1", namespace="kube-system", spec=spec, status=status)


def _pods() -> list[Item]:
    pull: dict[str, Any] = {"imagePullSecrets": [{"name": "registry"}]}
    http = {
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": {"httpGet": {"path": "/health/ready", "port": "http"}},
        "env": [
            {"name": "CODEMIE_PLUGINS_CLIENT_URI", "value": f"tls://{AGENTS}:443"},
            {"name": "CODEMIE_PLUGINS_TLS_CERTIFICATE", "value": "/etc/codemie/plugins-tls/tls.crt"},
            {
                "name": "CODEMIE_DATABASE_URL",
                "valueFrom": {"secretKeyRef": {"name": "codemie", "key": "CODEMIE_DATABASE_URL"}},
            },
        ],
        "volumeMounts": [{"name": "plugins-tls", "mountPath": "/etc/codemie/plugins-tls"}],
    }
    tls: dict[str, Any] = {"volumes": [{"name": "plugins-tls", "secret": {"secretName": "agents-tls"}}], **pull}
    dns = {"k8s-app": "kube-dns"}
    job_pod = pod("codemie-migrate-1-x2x", "n1", labels=labels_of("migrate"), owner="Job/codemie-migrate-1", **pull)
    job_pod["status"] |= {"phase": "Succeeded"}
    names = {"app.kubernetes.io/instance": "codemie"}
    keycloak, proxy = ({"app.kubernetes.io/name": each, **names} for each in ("keycloak", "oauth2-proxy"))
    controller = {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}
    claim = [{"name": "data", "persistentVolumeClaim": {"claimName": "data-codemie-postgresql-0"}}]
    public: dict[str, Any] = {"image": "docker.io/library/nats:2.15.1-alpine"}
    return [
        pod("codemie-api-1-aaa", "n1", address="10.0.1.1", inside=http, owner="ReplicaSet/codemie-api-1", **tls),
        pod("codemie-api-1-bbb", "n2", address="10.0.2.1", inside=http, owner="ReplicaSet/codemie-api-1", **tls),
        pod(
            "codemie-worker-1-ccc",
            "n3",
            labels=labels_of("worker"),
            container="worker",
            memory="768Mi",
            owner="ReplicaSet/codemie-worker-1",
            **pull,
        ),
        pod(
            "codemie-nats-0",
            "n1",
            labels=labels_of("nats"),
            container="nats",
            owner="StatefulSet/codemie-nats",
            **public,
        ),
        pod(
            "codemie-postgresql-0",
            "n1",
            labels=labels_of("postgresql"),
            container="postgresql",
            image="docker.io/pgvector/pgvector:0.8.1-pg17",
            volumes=claim,
            owner="StatefulSet/codemie-postgresql",
        ),
        pod("keycloak-0", "n2", labels=keycloak, container="keycloak", image="quay.io/keycloak/keycloak:26.5.6"),
        pod(
            "oauth2-proxy-1-ddd",
            "n3",
            labels=proxy,
            container="oauth2-proxy",
            image="quay.io/oauth2-proxy/oauth2-proxy:v7.12.0",
            owner="ReplicaSet/oauth2-proxy-1",
        ),
        job_pod,
        pod("coredns-1-eee", "n1", namespace="kube-system", labels=dns, container="coredns"),
        pod("coredns-1-fff", "n2", namespace="kube-system", labels=dns, container="coredns"),
        pod(
            "ingress-nginx-controller-1-ggg", "n3", namespace="ingress-nginx", labels=controller, container="controller"
        ),
    ]


def _policies() -> list[Item]:
    dns = {
        "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
        "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
    }
    inside = [{"podSelector": {}}]
    controllers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}]
    return [
        policy("codemie-nothing-else", None, policyTypes=["Ingress", "Egress"]),
        policy("codemie-platform", None, policyTypes=["Egress"], egress=[dns, {"to": inside}]),
        policy("codemie-inside", None, policyTypes=["Ingress"], ingress=[{"from": inside}]),
        policy(
            "codemie-api",
            "api",
            policyTypes=["Ingress"],
            ingress=[{"from": controllers, "ports": [{"port": "http"}]}],
        ),
        policy(
            "codemie-doors", None, policyTypes=["Ingress"], ingress=[{"from": controllers, "ports": [{"port": 4180}]}]
        ),
        policy(
            "codemie-sign-in", None, policyTypes=["Ingress"], ingress=[{"from": controllers, "ports": [{"port": 8080}]}]
        ),
    ]


def _ways() -> list[Item]:
    backend = {"service": {"name": "codemie", "port": {"name": "http"}}}
    rule = {"host": "ai.example.org", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    net = "networking.k8s.io/v1"
    return [
        item("IngressClass", "nginx", api=net, namespace="", spec={"controller": "k8s.io/ingress-nginx"}),
        item(
            "Ingress",
            "codemie",
            api=net,
            spec={
                "ingressClassName": "nginx",
                "rules": [rule],
                "tls": [{"hosts": ["ai.example.org"], "secretName": "codemie-tls"}],
            },
            status={"loadBalancer": {"ingress": [{"hostname": "lb.example.net"}]}},
        ),
        item(
            "Service",
            "codemie",
            spec={"selector": labels_of("api"), "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
        ),
        item(
            "Service",
            "codemie-agents",
            spec={
                "type": "LoadBalancer",
                "selector": labels_of("api"),
                "ports": [{"name": "agents", "port": 443, "targetPort": 4222}],
            },
            status={"loadBalancer": {"ingress": [{"hostname": "nlb.example.net"}]}},
        ),
        item(
            "Service", "codemie-nats", spec={"selector": labels_of("nats"), "ports": [{"name": "nats", "port": 4222}]}
        ),
        item(
            "Service",
            "kube-dns",
            namespace="kube-system",
            spec={"selector": {"k8s-app": "kube-dns"}, "ports": [{"name": "dns", "port": 53, "protocol": "UDP"}]},
        ),
        item(
            "Certificate",
            "codemie-tls",
            api="cert-manager.io/v1",
            spec={"secretName": "codemie-tls"},
            status={"conditions": [{"type": "Ready", "status": "True"}]},
        ),
    ]


def _storage() -> list[Item]:
    zone = {"key": ZONE, "operator": "In", "values": ["eu-central-1a"]}
    affinity = {"required": {"nodeSelectorTerms": [{"matchExpressions": [zone]}]}}
    storage = "storage.k8s.io/v1"
    return [
        item(
            "StorageClass",
            "gp3",
            api=storage,
            namespace="",
            provisioner="ebs.csi.aws.com",
            volumeBindingMode="WaitForFirstConsumer",
        ),
        item("CSIDriver", "ebs.csi.aws.com", api=storage, namespace="", spec={}),
        item("PersistentVolume", "pv-1", namespace="", spec={"nodeAffinity": affinity}, status={"phase": "Bound"}),
        item(
            "PersistentVolumeClaim",
            "data-codemie-postgresql-0",
            spec={"storageClassName": "gp3", "volumeName": "pv-1"},
            status={"phase": "Bound"},
        ),
        item("ResourceQuota", "all", spec={}, status={"hard": {"requests.cpu": "20"}, "used": {"requests.cpu": "2"}}),
        item("LimitRange", "usual", spec={"limits": []}),
    ]


def _workloads() -> list[Item]:
    scaler = {"conditions": [{"type": "AbleToScale", "status": "True"}, {"type": "ScalingActive", "status": "True"}]}
    return [
        deployment("codemie-api", 2),
        deployment("codemie-worker", 1),
        stateful("codemie-nats", 1),
        stateful("codemie-postgresql", 1),
        deployment("coredns", 2, namespace="kube-system"),
        deployment("ebs-csi-controller", 2, namespace="kube-system"),
        *map(daemons, ("kube-proxy", "aws-node", "ebs-csi-node")),
        item(
            "Job",
            "codemie-migrate-1",
            api="batch/v1",
            labels=labels_of("migrate"),
            spec={},
            status={"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]},
        ),
        item(
            "HorizontalPodAutoscaler",
            "codemie-api",
            api="autoscaling/v2",
            spec={"minReplicas": 2, "maxReplicas": 6},
            status=scaler,
        ),
    ]


def healthy(fake: FakeKubernetes | None = None) -> FakeKubernetes:
    """The cluster, all well."""
    fake = fake or FakeKubernetes()
    for name in (OURS, "kube-system", "ingress-nginx", "default"):
        fake.put(item("Namespace", name, namespace="", labels={"kubernetes.io/metadata.name": name}))
    for number, zone in enumerate("abc", 1):
        fake.put(node(f"n{number}", f"eu-central-1{zone}"))
        usage = {"cpu": "900m", "memory": "4Gi"}
        fake.put(item("NodeMetrics", f"n{number}", api="metrics.k8s.io/v1beta1", namespace="", usage=usage))
    fake.put(item("ServiceAccount", "codemie"))
    fake.put(
        item(
            "Secret",
            "codemie",
            type="Opaque",
            data={"CODEMIE_MASTER_KEY": "", "CODEMIE_DATABASE_URL": _encoded(MANAGED)},
        )
    )
    fake.put(pull_secret())
    fake.put(tls_secret())
    fake.put(tls_secret(host=AGENTS, secret="agents-tls"))
    for each in [*_pods(), *_policies(), *_ways(), *_storage(), *_workloads()]:
        fake.put(each)
    # Said while it started, and over since.
    fake.put(
        warning(fake.get("pods", "codemie-api-1-aaa"), "Unhealthy", "Readiness probe failed: refused", minutes=290)
    )
    return fake
