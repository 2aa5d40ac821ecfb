"""What an image's name says, why its pull failed, and what a pull secret holds."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from codemie.operations.kubernetes.kinds import Manifest

DOCKER_HUB = "docker.io"
_HUB_NAMES = {"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"}


def host_of(image: str) -> str:
    """The registry that an image comes from."""
    first, slash, _ = image.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else DOCKER_HUB


@dataclass(frozen=True)
class PullFailure:
    """Why a pull failed: what happened, and what to do."""

    sentence: str
    remedy: str


_FAILURES: tuple[tuple[str, PullFailure], ...] = (
    (
        r"InvalidImageName|invalid reference format|couldn't parse image",
        PullFailure("is no valid name of an image", "Correct image.registry, image.repository and image.tag"),
    ),
    (
        r"no match for platform|exec format error|no matching manifest for",
        PullFailure(
            "is not made for the processors of this node",
            "Build it for both: docker buildx build --platform linux/amd64,linux/arm64, or choose nodes that fit",
        ),
    ),
    (
        r"toomanyrequests|rate limit|429 Too Many",
        PullFailure(
            "is refused for now: the registry's limit of pulls is reached",
            "Pull through a mirror of your own (imageRegistry), or sign in with a pull secret",
        ),
    ),
    (
        r"unauthori[sz]ed|authentication required|denied|no basic auth credentials|403 Forbidden|401 ",
        PullFailure(
            "may not be pulled: the registry wants other credentials, or has no such repository for them",
            "Name a pull secret in imagePullSecrets whose account may read the repository",
        ),
    ),
    (
        r"x509|certificate",
        PullFailure(
            "cannot be pulled: the node does not trust the registry's certificate",
            "Add the registry's authority to the container runtime of the nodes",
        ),
    ),
    (
        r"no such host|timeout|connection refused|dial tcp|context deadline|EOF|is unreachable|server misbehaving",
        PullFailure(
            "cannot be pulled: the node does not reach the registry",
            "Let nodes reach the registry (NAT, proxy, firewall), or mirror the image (imageRegistry)",
        ),
    ),
    (
        r"not found|manifest unknown|NAME_UNKNOWN|repository does not exist",
        PullFailure("is not in the registry: there is no such tag or digest", "Correct image.tag, or push the image"),
    ),
    (
        r"no space left",
        PullFailure("does not fit on the node's disk", "Clean the node's disk, or give nodes a larger one"),
    ),
)


def pull_failure(message: str) -> PullFailure:
    """The class of a failure, from what the kubelet reports."""
    for pattern, failure in _FAILURES:
        if re.search(pattern, message, re.IGNORECASE):
            return failure
    return PullFailure("cannot be pulled", "See what the kubelet says: kubectl describe pod NAME")


@dataclass(frozen=True)
class PullSecret:
    """What a pull secret says, without what is secret.

    Attributes:
        fault: why nodes cannot use it; empty where they can.
        hosts: registries it has credentials for.
        users: their accounts.
    """

    fault: str = ""
    hosts: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()

    def covers(self, host: str) -> bool:
        """Whether it has credentials for a registry."""
        return any(each == host or (each.startswith("*.") and host.endswith(each[1:])) for each in self.hosts)


def pull_secret(secret: Manifest) -> PullSecret:
    """Read a secret as the kubelet does."""
    kind, data = secret.get("type"), secret.get("data") or {}
    if kind not in {"kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"}:
        return PullSecret(f"its type is {kind}, not kubernetes.io/dockerconfigjson")
    key = ".dockerconfigjson" if kind == "kubernetes.io/dockerconfigjson" else ".dockercfg"
    try:
        document = json.loads(base64.b64decode(data[key]))
        logins: dict[str, Any] = document["auths"] if key == ".dockerconfigjson" else document
        hosts = frozenset(_host(address) for address in logins)
        users = frozenset(_user(login) for login in logins.values())
    except (KeyError, ValueError, TypeError, AttributeError):
        return PullSecret(f"its key {key} holds no logins of registries")
    return PullSecret(hosts=hosts, users=users) if hosts else PullSecret("it has no login")


def _host(address: str) -> str:
    host = address.partition("://")[2] or address
    host = host.partition("/")[0]
    return DOCKER_HUB if host in _HUB_NAMES else host


def _user(login: dict[str, Any]) -> str:
    if user := login.get("username"):
        return str(user)
    return base64.b64decode(login.get("auth") or "").decode(errors="replace").partition(":")[0]
