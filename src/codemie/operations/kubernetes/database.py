"""Where the database of an installation in a cluster is, when it is not in the cluster itself."""

import base64
import binascii
import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from codemie.checks.sources import Unobservable
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kinds import PODS, Manifest
from codemie.operations.kubernetes.manifest import namespace_of, spec_of

_VARIABLE = "CODEMIE_DATABASE_URL"
_USUAL_PORT = 5432


@dataclass(frozen=True)
class Database:
    """A database outside the cluster.

    Attributes:
        address: its address; empty where only its name is known.
        is_known: whether its port is read from the address that the pods use; else it is the usual one.
    """

    address: str = ""
    port: int = _USUAL_PORT
    is_known: bool = False


async def database(cluster: Cluster) -> Database:
    """As the secret that the pods take its address from says, where that may be read."""
    for pod in await cluster.ours(PODS):
        if (reference := _reference(pod)) is None:
            continue
        name, key = reference
        try:
            secret = await cluster.secret(namespace_of(pod), name)
        except Unobservable:
            return Database()
        return _read((secret or {}).get("data", {}).get(key, ""))
    return Database()


def _reference(pod: Manifest) -> tuple[str, str] | None:
    for container in spec_of(pod).get("containers") or ():
        for each in container.get("env") or ():
            told = (each.get("valueFrom") or {}).get("secretKeyRef")
            if each.get("name") == _VARIABLE and told:
                return str(told.get("name")), str(told.get("key"))
    return None


def _read(encoded: str) -> Database:
    try:
        parts = urlsplit(base64.b64decode(encoded).decode())
        host, port = parts.hostname, parts.port or _USUAL_PORT
    except (binascii.Error, ValueError):
        return Database()
    if not host:
        return Database()
    try:
        return Database(str(ipaddress.ip_address(host)), port, is_known=True)
    except ValueError:
        return Database("", port, is_known=True)
