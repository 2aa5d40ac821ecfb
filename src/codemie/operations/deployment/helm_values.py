"""A deployment as values of the chart in deploy/helm/codemie."""

from typing import Any

from codemie.operations.deployment import stack_values
from codemie.operations.deployment.description import Deployment

_PUBLIC_PORT = 443
_REALM_SECRET = "codemie-realm"  # noqa: S105 - the name of one


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
    if deployment.sign_in.provider == "keycloak":
        found["keycloakRealm"] = {"enabled": True, "url": deployment.keycloak_url, "existingSecret": _REALM_SECRET}
    if deployment.agents.load_balancer:
        found["plugins"] = {"loadBalancer": _agents(deployment)}
    if variables:
        found["settings"] = variables
    return stack_values.joined(found, stack_values.values(deployment))


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
        # The job that makes the realm gives the client the secret that the platform shows.
        secret = _REALM_SECRET if sign_in.provider == "keycloak" else "codemie-oidc"
        oidc |= {"clientId": sign_in.client_id, "existingSecret": secret}
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
