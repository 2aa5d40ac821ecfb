"""What the chart must be told to stand on a Terraform stack of ours: load balancers, networks, identities."""

from collections.abc import Mapping
from typing import Any, cast

from codemie.operations.deployment.description import Aws, Azure, Deployment, Gcp

_WORKLOADS = ("api", "worker")
# Who asks whether a pod is well and who passes requests on: https://cloud.google.com/load-balancing/docs/firewall-rules
_GOOGLE_FRONTS = ("130.211.0.0/22", "35.191.0.0/16")
_GOOGLE_METADATA = ("169.254.169.252/32", "169.254.169.254/32")


def values(deployment: Deployment) -> dict[str, Any]:
    """The values that follow from the stack; none without one."""
    match deployment.stack:
        case Aws() as stack:
            return _on_aws(deployment, stack)
        case Azure() as stack:
            return _on_azure(deployment, stack)
        case Gcp() as stack:
            return _on_gcp(deployment, stack)
        case None:
            return {}


def joined(first: Mapping[str, Any], then: Mapping[str, Any]) -> dict[str, Any]:
    """Both, as Helm joins them: mappings by key, everything else as a whole, and what is said then wins."""
    found = dict(first)
    for key, value in then.items():
        before = found.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        found[key] = joined(cast("Mapping[str, Any]", before), cast("Mapping[str, Any]", value)) if both else value
    return found


def _on_aws(deployment: Deployment, aws: Aws) -> dict[str, Any]:
    """Load balancers that end TLS and lead to ports of the nodes; roles by the name of the stack."""
    roles = {name: f"arn:aws:iam::{aws.account_id}:role/{deployment.name}-{name}" for name in _WORKLOADS}
    agents = {
        "enabled": True,
        "hostname": deployment.agents_host,
        "port": 443,
        "target": "nats",
        "tls": {"endsAt": "loadBalancer", "secretName": ""},
        "sourceRanges": list(deployment.agents.networks or aws.allowed_cidrs),
        "probeRanges": [aws.vpc_cidr],
    }
    keeps_logs = aws.variables.get("access_logs", True)
    return {
        "aws": {"logBucket": f"{deployment.name}-logs-{aws.account_id}" if keeps_logs else ""},
        "nodePorts": {"enabled": True},
        "ingress": {"enabled": False},
        "plugins": {"loadBalancer": agents},
        "networkPolicy": {"ingressFrom": [{"ipBlock": {"cidr": aws.vpc_cidr}}]},
        **_database(deployment, aws.vpc_cidr),
        **_identities("eks.amazonaws.com/role-arn", roles),
    }


def _on_azure(deployment: Deployment, azure: Azure) -> dict[str, Any]:
    """Reserved addresses, bound by ingress-nginx and by the chart; identities by the ids that Terraform tells."""
    annotations = {
        "service.beta.kubernetes.io/azure-pip-name": f"{deployment.name}-nats",
        "service.beta.kubernetes.io/azure-load-balancer-resource-group": f"{deployment.name}-platform",
    }
    return {
        "serviceAccount": {"podLabels": {"azure.workload.identity/use": "true"}},
        **_agents(deployment, azure.allowed_cidrs, annotations),
        **_database(deployment, azure.network_cidr),
        **_identities("azure.workload.identity/client-id", {str(k): v for k, v in azure.client_ids.items()}),
    }


def _on_gcp(deployment: Deployment, gcp: Gcp) -> dict[str, Any]:
    """GKE's own load balancer with the reserved address, and the policy that says who may connect."""
    host = f"{gcp.project_id}.iam.gserviceaccount.com"
    accounts = {name: f"{deployment.name}-{name}@{host}" for name in _WORKLOADS}
    web = f"{deployment.name}-web"
    metadata = {
        "to": [{"ipBlock": {"cidr": cidr}} for cidr in _GOOGLE_METADATA],
        "ports": [{"protocol": "TCP", "port": 988}, {"protocol": "TCP", "port": 80}],
    }
    return {
        "ingress": {"controller": "gce", "gce": {"addressName": web, "securityPolicy": web}},
        "identity": {"trustedProxies": list(_GOOGLE_FRONTS)},
        "networkPolicy": {
            "ingressFrom": [{"ipBlock": {"cidr": cidr}} for cidr in _GOOGLE_FRONTS],
            # Workload Identity gets its tokens at the node's metadata server.
            "extraEgress": [metadata],
        },
        **_agents(
            deployment,
            deployment.agents.networks or gcp.allowed_cidrs,
            {"networking.gke.io/load-balancer-ip-addresses": f"{deployment.name}-nats"},
        ),
        **_identities("iam.gke.io/gcp-service-account", accounts),
    }


def _agents(deployment: Deployment, networks: tuple[str, ...], annotations: dict[str, str]) -> dict[str, Any]:
    if not deployment.agents.load_balancer:
        return {}
    return {"plugins": {"loadBalancer": {"sourceRanges": list(networks), "annotations": annotations}}}


def _database(deployment: Deployment, network: str) -> dict[str, Any]:
    return {} if deployment.database.trial else {"database": {"cidrs": [network]}}


def _identities(annotation: str, named: Mapping[str, str]) -> dict[str, Any]:
    return {workload: {"serviceAccountAnnotations": {annotation: name}} for workload, name in named.items()}
