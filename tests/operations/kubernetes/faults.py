"""What is broken on purpose in a cluster, and which check must notice."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codemie.checks.report import Status
from tests.fakes.kubernetes.server import FakeKubernetes
from tests.operations.injection import Fault
from tests.operations.kubernetes.injections import (
    API,
    POSTGRESQL,
    WORKER,
    busy,
    certificate,
    claim,
    condition,
    crashing,
    daemon_down,
    ecr,
    evicted,
    flannel,
    ingress,
    job_crashed,
    job_failed,
    killed,
    kubelet,
    no_dns,
    no_dns_rule,
    no_driver,
    old,
    quota,
    quota_full,
    reported,
    running_not_ready,
    scaler_limit,
    secret,
    service,
    terminating,
    to,
    too_few,
    unbegun,
    unenforced,
    unexplained,
    unnamed,
    unscheduled,
    waiting,
    without,
)
from tests.operations.kubernetes.way_faults import WAYS
from tests.operations.kubernetes.world import OURS, REGISTRY, ago, pull_secret, tls_secret, warning


@dataclass(frozen=True)
class ClusterFault(Fault):
    """A fault with the way to make it, and words that the finding must have."""

    inject: Callable[[FakeKubernetes], None] = lambda _: None
    says: str = ""


def _fault(
    check: str, what: str, inject: Callable[[FakeKubernetes], Any], says: str = "", status: Status = Status.FAIL
) -> ClusterFault:
    return ClusterFault(check, what, status, inject, says)


PULLED = f'Failed to pull image "{REGISTRY}/codemie/codemie:0.1.0": '

FAULTS: tuple[ClusterFault, ...] = (
    *(_fault(*way) for way in WAYS),
    _fault(
        "k8s.api",
        "the credentials of the kubeconfig are over",
        lambda fake: setattr(fake, "token", "other"),
        "credentials",
    ),
    _fault("k8s.api", "the API server answers with errors", lambda fake: fake.coming.extend([500] * 40), "500"),
    _fault("k8s.api", "the cluster is years old", old, "older", Status.WARN),
    _fault(
        "k8s.rights", "the reader may not read logs", lambda fake: fake.denied.add("get pods/log"), "1 of", Status.WARN
    ),
    _fault(
        "k8s.namespace", "the namespace is another", lambda fake: fake.remove("namespaces", OURS, ""), "no namespace"
    ),
    _fault(
        "k8s.nodes.ready",
        "a kubelet has stopped",
        condition("nodes", "n3", "Ready", status="Unknown", message="Kubelet stopped posting node status."),
        "n3",
    ),
    _fault("k8s.nodes.ready", "the node group is at 0", lambda fake: fake.items["", "nodes"].clear(), "no nodes"),
    _fault(
        "k8s.nodes.ready",
        "a node is cordoned",
        lambda fake: fake.get("nodes", "n2", "")["spec"].update(unschedulable=True),
        "takes no new pods",
        Status.WARN,
    ),
    _fault(
        "k8s.nodes.pressure",
        "a node's disk is full",
        condition("nodes", "n1", "DiskPressure", status="True", message="kubelet has disk pressure"),
        "disk space",
    ),
    _fault("k8s.nodes.version_skew", "a node group was left behind in an upgrade", kubelet, "n1"),
    _fault("k8s.nodes.usage", "a node's processors are busy", busy, "99% of its cpu", Status.WARN),
    _fault("k8s.addons", "kube-proxy is not ready everywhere", daemon_down("kube-proxy"), "kube-proxy has 1 of 3"),
    _fault("k8s.addons", "the pod network is not ready everywhere", daemon_down("aws-node"), "no address"),
    _fault("k8s.addons", "the disks' driver is not installed", no_driver, "ebs.csi.aws.com", Status.WARN),
    _fault("dns.incluster", "no pod of CoreDNS is ready", no_dns, "None of 2 pods"),
    _fault("k8s.pvc", "the storage class does not exist", claim(storageClassName="fast"), "no storage class fast"),
    _fault("k8s.pvc", "no storage class is the default", claim(), "names no storage class"),
    _fault("k8s.pvc", "the driver lacks rights in the cloud", claim(storageClassName="gp3"), "UnauthorizedOperation"),
    _fault(
        "k8s.quota",
        "the quota is used up",
        quota("pods is forbidden: exceeded quota: all, requested: requests.cpu=250m"),
        "exceeded quota",
    ),
    _fault(
        "k8s.quota",
        "a limit range allows less memory",
        quota("pods is forbidden: maximum memory usage per Container is 1Gi, but limit is 1536Mi"),
        "per Container is 1Gi",
    ),
    _fault("k8s.quota", "the quota is almost used up", quota_full, "19 of 20", Status.WARN),
    _fault(
        "image.pullsecret.present",
        "the pull secret is not there",
        lambda fake: fake.remove("secrets", "registry"),
        "no secret",
    ),
    _fault("image.pullsecret.type", "the pull secret has another type", secret(type="Opaque"), "Opaque"),
    _fault(
        "image.pullsecret.type",
        "the pull secret is no JSON",
        secret(data={".dockerconfigjson": base64.b64encode(b"{").decode()}),
        "no logins",
    ),
    _fault(
        "image.pullsecret.host",
        "the pull secret is for another registry",
        lambda fake: fake.put(pull_secret("https://other.example.com/v2/")),
        "other.example.com",
    ),
    _fault("image.pullsecret.used", "a pod does not name the pull secret", unnamed, WORKER),
    _fault(
        "image.pullsecret.age",
        "the pull secret is old",
        lambda fake: fake.put(pull_secret(made=ago(days=120))),
        "120 days",
        Status.WARN,
    ),
    _fault("image.pullsecret.age", "the password of Amazon ECR is over", ecr, "Amazon ECR"),
    _fault(
        "image.pull",
        "the tag does not exist",
        waiting("ErrImagePull", PULLED + "rpc error: code = NotFound: not found"),
        "no such tag",
    ),
    _fault(
        "image.pull",
        "the registry wants a login",
        reported(
            API,
            "Failed",
            PULLED + "failed to authorize: 401 Unauthorized",
            waiting("ImagePullBackOff", "Back-off pulling image"),
        ),
        "may not be pulled",
    ),
    _fault(
        "image.pull",
        "the registry is not reachable",
        waiting("ErrImagePull", PULLED + "dial tcp: lookup registry.example.com: no such host"),
        "does not reach the registry",
    ),
    _fault(
        "image.pull",
        "the image's name is none",
        waiting("InvalidImageName", "invalid reference format"),
        "no valid name",
    ),
    _fault(
        "image.pull",
        "the image is for other processors",
        waiting("ErrImagePull", "no match for platform in manifest"),
        "not made for the processors",
    ),
    _fault("image.pull", "too many pulls", waiting("ErrImagePull", "toomanyrequests: rate limit"), "limit of pulls"),
    _fault(
        "image.pull",
        "the registry's certificate is not trusted",
        waiting("ErrImagePull", "tls: failed to verify certificate: x509: unknown authority"),
        "does not trust",
    ),
    _fault("k8s.pods", "a pod does not go away", terminating, "Terminating"),
    _fault("k8s.pods", "pod security refuses pods", too_few, "PodSecurity"),
    _fault("k8s.pods", "a kubelet does not begin with a pod", unbegun, "kubelet has not begun"),
    _fault("k8s.pods", "a pod is not ready and nothing says why", running_not_ready(API), "nothing says why"),
    _fault(
        "k8s.pods.schedulable",
        "no node has enough memory",
        unscheduled("0/3 nodes are available: 3 Insufficient memory.", memory="20Gi"),
        "memory: 20Gi asked",
    ),
    _fault(
        "k8s.pods.schedulable",
        "no node has the label of the selector",
        unscheduled("0/3 nodes are available", nodeSelector={"pool": "gpu"}),
        "pool=gpu",
    ),
    _fault(
        "k8s.pods.schedulable",
        "the nodes have a taint",
        lambda fake: (
            [
                each["spec"].update(taints=[{"key": "for", "value": "db", "effect": "NoSchedule"}])
                for each in fake.items["", "nodes"].values()
            ],
            unscheduled("0/3 nodes are available: untolerated taint")(fake),
        ),
        "for=db:NoSchedule",
    ),
    _fault(
        "k8s.pods.schedulable",
        "a node is on its way",
        lambda fake: (
            unscheduled("0/3 nodes are available: 3 Insufficient cpu.", cpu="30")(fake),
            fake.put(warning(fake.get("pods", "codemie-worker-1-new"), "TriggeredScaleUp", "pod triggered scale-up")),
        ),
        "on its way",
        Status.WARN,
    ),
    _fault(
        "k8s.pods.config",
        "the secret lacks a key",
        waiting("CreateContainerConfigError", "couldn't find key CODEMIE_MASTER_KEY in Secret codemie/codemie"),
        "CODEMIE_MASTER_KEY",
    ),
    _fault(
        "k8s.pods.config",
        "the secret is not there",
        waiting("CreateContainerConfigError", 'secret "codemie-oidc" not found'),
        "secret codemie-oidc",
    ),
    _fault(
        "k8s.pods.mount",
        "a config map of a volume is not there",
        reported(
            API,
            "FailedMount",
            'MountVolume.SetUp failed for volume "models" : configmap "codemie-models" not found',
            waiting("ContainerCreating", ""),
        ),
        "codemie-models",
    ),
    _fault(
        "k8s.pods.mount",
        "the disk hangs at another node",
        reported(
            POSTGRESQL,
            "FailedAttachVolume",
            'Multi-Attach error for volume "pv-1"',
            waiting("ContainerCreating", "", POSTGRESQL),
        ),
        "Multi-Attach",
    ),
    _fault("k8s.pods.oom", "the worker was killed for its memory", killed, "limit 1536Mi"),
    _fault("k8s.pods.oom", "the worker was evicted", evicted, "low on resource: memory"),
    _fault(
        "k8s.pods.probes",
        "the readiness probe asks at another path",
        reported(
            API, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404", running_not_ready(API)
        ),
        "statuscode: 404",
    ),
    _fault(
        "k8s.pods.probes",
        "the liveness probe kills a slow API",
        reported(API, "Unhealthy", "Liveness probe failed: context deadline exceeded", crashing(143, "shutting down")),
        "liveness probe",
    ),
    _fault(
        "k8s.pods.crash",
        "the database refuses the password",
        crashing(4, 'codemiectl: password authentication failed for user "codemie"'),
        "refuses the login",
    ),
    _fault(
        "k8s.pods.crash",
        "the database's name does not resolve",
        crashing(4, "socket.gaierror: [Errno -2] Name or service not known"),
        "cannot be resolved",
    ),
    _fault(
        "k8s.pods.crash",
        "a migration is missing",
        crashing(3, "codemiectl: The database schema is not this version's. It is at 'a'."),
        "migration is missing",
    ),
    _fault(
        "k8s.pods.crash",
        "the model file is not there",
        crashing(3, "codemiectl: The settings file does not exist. /etc/codemie/models.yaml."),
        "file is not there",
    ),
    _fault(
        "k8s.pods.crash",
        "a configuration file is no YAML",
        crashing(3, "codemiectl: /etc/codemie/platform.yaml:2:1: not valid YAML: did not find expected ','"),
        "not valid YAML",
    ),
    _fault(
        "k8s.pods.crash",
        "a setting cannot be used",
        crashing(3, "codemiectl: A setting cannot be used. kernel.port (env CODEMIE_PORT) must be a whole number."),
        "setting",
    ),
    _fault("k8s.pods.crash", "the command is not in the image", crashing(127, "", WORKER), "not in the image"),
    _fault(
        "k8s.hpa",
        "the autoscaler gets no metrics",
        condition(
            "horizontalpodautoscalers",
            "codemie-api",
            "ScalingActive",
            "autoscaling",
            status="False",
            message="unable to get resource metrics",
        ),
        "unable to get",
    ),
    _fault("k8s.hpa", "the autoscaler stands at its limit", scaler_limit, "6 pods", Status.WARN),
    _fault("k8s.migration_job", "the migration ran out of time", job_failed, "DeadlineExceeded"),
    _fault("k8s.migration_job", "the migration's login is refused", job_crashed, "refuses the login"),
    _fault("k8s.netpol", "nothing may ask the DNS", no_dns_rule, "default-deny without a rule for DNS"),
    _fault(
        "k8s.netpol",
        "the ingress may not reach the API",
        without("codemie-api", "codemie-sign-in"),
        "ingress may not reach",
    ),
    _fault("k8s.netpol", "pods may not reach NATS", without("codemie-inside"), "nats at 4222"),
    _fault("k8s.netpol.enforced", "EKS does not enforce policies", unenforced, "none has an effect", Status.WARN),
    _fault("k8s.netpol.enforced", "Flannel knows no policies", flannel, "kube-flannel-ds enforces no", Status.WARN),
    _fault(
        "k8s.chain",
        "the class of the ingress is not there",
        ingress(lambda of: of["spec"].update(ingressClassName="alb")),
        "class alb",
    ),
    _fault(
        "k8s.chain", "the ingress names another service", ingress(to(name="api", port={"number": 80})), "service api"
    ),
    _fault(
        "k8s.chain", "the ingress names another port", ingress(to(name="codemie", port={"number": 8080})), "port 8080"
    ),
    _fault("k8s.chain", "no controller has taken the ingress", ingress(lambda of: of.update(status={})), "no address"),
    _fault("k8s.chain", "the service selects no pod", service(selector={"app": "codemie"}), "selects no pod"),
    _fault(
        "k8s.chain",
        "the service leads to another port",
        service(ports=[{"name": "http", "port": 80, "targetPort": "web"}]),
        "port web",
    ),
    _fault(
        "k8s.chain",
        "the certificate's secret is not there",
        lambda fake: fake.remove("secrets", "codemie-tls"),
        "codemie-tls",
    ),
    _fault("k8s.certs", "cert-manager has not made the certificate", certificate, "has not made"),
    _fault("k8s.certs", "the certificate is over", lambda fake: fake.put(tls_secret(days=-2)), "ended on"),
    _fault(
        "k8s.certs",
        "the certificate ends soon",
        lambda fake: fake.put(tls_secret(days=9)),
        "ends in 9 days",
        Status.WARN,
    ),
    _fault("k8s.events", "a load balancer is not made", unexplained, "SyncLoadBalancerFailed", Status.WARN),
)
