"""What the pod security standards hold against a pod (kubernetes.io/docs/concepts/security/pod-security-standards)."""

from collections.abc import Iterator, Mapping
from typing import Any

from codemie.operations.kubernetes.kinds import Manifest
from codemie.operations.kubernetes.manifest import spec_of

LABEL = "pod-security.kubernetes.io/enforce"
_ADDABLE = frozenset({
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
})  # fmt: skip
_VOLUMES = frozenset(
    {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
)
_SECCOMP = {"RuntimeDefault", "Localhost"}


def violations(pod: Manifest, level: str) -> list[str]:
    """What keeps a pod out of a namespace of that level; nothing does at `privileged`, or a level that nobody knows."""
    if level not in {"baseline", "restricted"}:
        return []
    found = list(_baseline(spec_of(pod)))
    return found + list(_restricted(spec_of(pod))) if level == "restricted" else found


def _baseline(spec: Mapping[str, Any]) -> Iterator[str]:
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(name):
            yield f"{name} is on"
    for volume in spec.get("volumes") or ():
        if "hostPath" in volume:
            yield f"volume {volume.get('name')} is a path of the node"
    yield from _profiles("the pod", spec.get("securityContext") or {})
    for name, container, security in _containers(spec):
        if security.get("privileged"):
            yield f"container {name} is privileged"
        if strange := sorted(set(_capabilities(security, "add")) - _ADDABLE):
            yield f"container {name} adds {', '.join(strange)}"
        if any(port.get("hostPort") for port in container.get("ports") or ()):
            yield f"container {name} takes a port of the node"
        if security.get("procMount") not in {None, "Default"}:
            yield f"container {name} has another procMount"
        yield from _profiles(f"container {name}", security)


def _profiles(who: str, security: Mapping[str, Any]) -> Iterator[str]:
    for profile, text in (("seccompProfile", "seccomp"), ("appArmorProfile", "AppArmor")):
        if (security.get(profile) or {}).get("type") == "Unconfined":
            yield f"{who} switches {text} off"


def _restricted(spec: Mapping[str, Any]) -> Iterator[str]:
    whole: Mapping[str, Any] = spec.get("securityContext") or {}
    for volume in spec.get("volumes") or ():
        if kinds := set(volume) - {"name"} - _VOLUMES - {"hostPath"}:
            yield f"volume {volume.get('name')} is a {min(kinds)}"
    if whole.get("runAsUser") == 0:
        yield "the pod runs as root"
    for name, _, security in _containers(spec):
        for fault in _lacking(security, whole):
            yield f"container {name} {fault}"


def _lacking(security: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[str]:
    """What a container does not promise, by itself or with its pod."""
    if security.get("allowPrivilegeEscalation") is not False:
        yield "does not set allowPrivilegeEscalation to false"
    if security.get("runAsNonRoot", whole.get("runAsNonRoot")) is not True:
        yield "may run as root: runAsNonRoot is not on"
    if security.get("runAsUser") == 0:
        yield "runs as root"
    if "ALL" not in _capabilities(security, "drop"):
        yield "does not drop all capabilities"
    if strange := sorted(set(_capabilities(security, "add")) & _ADDABLE - {"NET_BIND_SERVICE"}):
        yield f"adds {', '.join(strange)}"
    if (security.get("seccompProfile") or whole.get("seccompProfile") or {}).get("type") not in _SECCOMP:
        yield "has no seccomp profile"


def _containers(spec: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    for group in ("initContainers", "containers", "ephemeralContainers"):
        for each in spec.get(group) or ():
            yield str(each.get("name")), each, each.get("securityContext") or {}


def _capabilities(security: Mapping[str, Any], which: str) -> list[str]:
    return list((security.get("capabilities") or {}).get(which) or ())
