"""A deployment as values of the chart in deploy/helm/codemie."""

from typing import Any

from codemie.operations.deployment.description import Aws, Deployment

_PUBLIC_PORT = 443


def values(deployment: Deployment, variables: dict[str, Any]) -> dict[str, Any]:
    """The values that differ from the chart's own.

    Args:
        deployment: to be rendered.
        variables: the platform's settings by their variables, none of them secret.
    """
    found: dict[str, Any] = {
        "url": f"https://{deployment.host}",
        "cloud": deployment.cloud,
        "image": {name: value for name, value in deployment.image.model_dump().items() if value},
        **_database(deployment),
        "nats": {"replicas": deployment.size.nats},
        "identity": _identity(deployment),
        "ingress": {"tls": _tls(deployment)},
        **_size(deployment),
    }
    if deployment.mirror:
        found["imageRegistry"] = deployment.mirror
    if deployment.pull_secrets:
        found["imagePullSecrets"] = list(deployment.pull_secrets)
    if deployment.sign_in.oauth2_proxy:
        found["oauth2Proxy"] = {"enabled": True}
    if deployment.agents.load_balancer:
        found["plugins"] = {"loadBalancer": _agents(deployment)}
    if variables:
        found["settings"] = variables
    if deployment.aws and deployment.cloud == "aws":
        _stand_on_terraform(found, deployment, deployment.aws)
    return found


def _database(deployment: Deployment) -> dict[str, Any]:
    if deployment.database.trial:
        return {"postgresql": {"enabled": True}}
    secret = deployment.database.secret or "codemie-database"
    return {"database": {"existingSecret": secret, "cidrs": list(deployment.database.networks)}}


def _identity(deployment: Deployment) -> dict[str, Any]:
    sign_in = deployment.sign_in
    found: dict[str, Any] = {"mode": "local", "adminEmail": sign_in.admin_email}
    if sign_in.provider == "local":
        return found
    oidc: dict[str, Any] = {"issuer": deployment.issuer}
    if not sign_in.oauth2_proxy:
        oidc |= {"clientId": sign_in.client_id, "existingSecret": "codemie-oidc"}
    if sign_in.label:
        oidc["name"] = sign_in.label
    return found | {"mode": "oidc", "oidc": oidc}


def _tls(deployment: Deployment) -> dict[str, Any]:
    issuer = deployment.tls.cluster_issuer
    return {"secretName": deployment.tls.secret} | ({"clusterIssuer": issuer} if issuer else {})


def _size(deployment: Deployment) -> dict[str, Any]:
    size = deployment.size
    if deployment.profile == "dev":
        return {
            "api": {"replicas": 1, "autoscaling": {"enabled": False}},
            "worker": {"replicas": 1, "autoscaling": {"mode": "none"}},
        }
    return {
        "api": {"autoscaling": {"minReplicas": size.api, "maxReplicas": size.api_most}},
        "worker": {"autoscaling": {"minReplicas": size.workers, "maxReplicas": size.workers_most}},
    }


def _agents(deployment: Deployment) -> dict[str, Any]:
    return {
        "enabled": True,
        "hostname": deployment.agents_host,
        "port": _PUBLIC_PORT,
        "tls": {"endsAt": "platform", "secretName": deployment.agents.tls_secret},
        "sourceRanges": list(deployment.agents.networks),
    }


def _stand_on_terraform(found: dict[str, Any], deployment: Deployment, aws: Aws) -> None:
    """Load balancers, roles and networks are those that deploy/terraform/aws makes."""
    found["nodePorts"] = {"enabled": True}
    found["ingress"] = {"enabled": False}
    found["plugins"] = {
        "loadBalancer": {
            **_agents(deployment),
            "target": "nats",
            "tls": {"endsAt": "loadBalancer"},
            "sourceRanges": list(deployment.agents.networks or aws.allowed_cidrs),
            "probeRanges": [aws.vpc_cidr],
        }
    }
    found["networkPolicy"] = {"ingressFrom": [{"ipBlock": {"cidr": aws.vpc_cidr}}]}
    if "database" in found:
        found["database"]["cidrs"] = [aws.vpc_cidr]
    for workload in ("api", "worker"):
        role = f"arn:aws:iam::{aws.account_id}:role/{deployment.name}-{workload}"
        found[workload]["serviceAccountAnnotations"] = {"eks.amazonaws.com/role-arn": role}
