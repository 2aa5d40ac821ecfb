"""Why the API server refuses to make pods that a deployment asks for."""

from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kinds import EVENTS, Manifest
from codemie.operations.kubernetes.manifest import condition, name_of, namespace_of
from codemie.operations.kubernetes.surroundings import about, when


def is_quota(message: str) -> bool:
    """Whether a quota or a limit range is the reason."""
    return any(said in message for said in ("exceeded quota", "must specify", "failed quota", "per Container is"))


async def refusal(cluster: Cluster, deployment: Manifest) -> str:
    """What was said when its replica set could not make a pod; empty where nothing was."""
    if message := condition(deployment, "ReplicaFailure").get("message"):
        return str(message)
    told = [
        event
        for event in await cluster.ours(EVENTS)
        if event.get("reason") == "FailedCreate"
        and about(event)[1] == namespace_of(deployment)
        and about(event)[2].startswith(f"{name_of(deployment)}-")
    ]
    return str(max(told, key=when).get("message")) if told else ""
