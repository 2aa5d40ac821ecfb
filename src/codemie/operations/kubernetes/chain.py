"""The check of the way of a request in the cluster: ingress → service → port → a pod that is ready."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed, skipped, unknown
from codemie.checks.sources import Unobservable
from codemie.operations.kubernetes.cluster import ROLE_FILE, Cluster
from codemie.operations.kubernetes.kinds import CERTIFICATES, INGRESS_CLASSES, INGRESSES, PODS, SERVICES, Manifest
from codemie.operations.kubernetes.manifest import condition, labels_of, name_of, namespace_of, spec_of, status_of
from codemie.operations.kubernetes.troubles import blocked_by, troubles

OLD_CLASS = "kubernetes.io/ingress.class"
DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"


@dataclass(frozen=True)
class Broken:
    """A link that does not hold, and what to do."""

    sentence: str
    remedy: str


@check(
    "k8s.chain",
    title="Requests find their way from the ingress to a pod",
    symptom="The address answers 404, 502 or 503, or with a certificate nobody knows.",
    remedy=(
        "See the links: kubectl get ingress,service,endpointslices",
        "Compare host, port and selector with the pods",
    ),
    faq=("F62", "F56"),
    needs=("k8s.namespace",),
)
async def chain(cluster: Cluster) -> Finding:
    """A name does not fit to the next: class of the controller, secret, service, port or labels of the pods."""
    ingresses, services = await cluster.ours(INGRESSES), await cluster.ours(SERVICES)
    pods = await cluster.ours(PODS)
    classes = await cluster.everywhere(INGRESS_CLASSES)
    missing, unseen = await _secrets(ingresses, cluster)
    broken = [
        *(each for ingress in ingresses for each in _links(ingress, services, classes)),
        *(each for service in services for each in _pods_behind(service, pods)),
        *(each for service in services for each in _balancer(service)),
        *missing,
    ]
    if broken:
        remedies = dict.fromkeys(each.remedy for each in broken[:3])
        return failed(
            broken[0].sentence, *remedies, **{str(place): each.sentence for place, each in enumerate(broken, 1)}
        )
    idle = [each for each in services if _selected(each, pods) and not any(map(_is_ready, _selected(each, pods)))]
    if idle:
        told = {name_of(pod) for each in idle for pod in _selected(each, pods)}
        known = [each for each in await troubles(cluster) if name_of(each.pod) in told]
        return blocked_by(known) or skipped(f"the pods behind {name_of(idle[0])} have only just started")
    if not ingresses:
        return skipped(f"There is no ingress in {', '.join(cluster.namespaces)}")
    if unseen:
        return unknown(
            f"All else fits, but whether the secret {unseen[0]} is there cannot be seen",
            f"kubectl -n {namespace_of(ingresses[0])} get secret {unseen[0]}",
            f"Let the reader see it by its name, as {ROLE_FILE} does",
            **dict.fromkeys(unseen, "may not be read"),
        )
    hosts = sorted({str(rule.get("host") or "*") for each in ingresses for rule in spec_of(each).get("rules") or ()})
    return passed(f"{', '.join(hosts)} leads to pods that are ready")


def _is_ready(pod: Manifest) -> bool:
    return condition(pod, "Ready").get("status") == "True"


def _selected(service: Manifest, pods: list[Manifest]) -> list[Manifest]:
    selector = spec_of(service).get("selector") or {}
    if not selector:
        return []
    here = [each for each in pods if namespace_of(each) == namespace_of(service)]
    done = {"Succeeded", "Failed"}
    return [
        each
        for each in here
        if selector.items() <= labels_of(each).items() and status_of(each).get("phase") not in done
    ]


def _links(ingress: Manifest, services: list[Manifest], classes: list[Manifest]) -> Iterator[Broken]:
    name = name_of(ingress)
    if broken := _class(ingress, classes):
        yield broken
    elif not (status_of(ingress).get("loadBalancer") or {}).get("ingress"):
        yield Broken(
            f"The ingress {name} has no address: its controller has not taken it, or its load balancer is not made",
            f"kubectl -n {namespace_of(ingress)} describe ingress {name}, and read the log of the ingress controller",
        )
    for host, backend in _backends(ingress):
        asked = backend.get("service") or {}
        found = [
            each
            for each in services
            if name_of(each) == asked.get("name") and namespace_of(each) == namespace_of(ingress)
        ]
        if not found:
            there = ", ".join(name_of(each) for each in services) or "none"
            yield Broken(
                f"The ingress {name} sends {host} to the service {asked.get('name')}, which is not there",
                f"Name one of these in the ingress: {there}",
            )
        elif not _has_port(found[0], asked.get("port") or {}):
            ports = ", ".join(
                f"{each.get('name', '')}={each.get('port')}" for each in spec_of(found[0]).get("ports") or ()
            )
            port = (asked.get("port") or {}).get("name") or (asked.get("port") or {}).get("number")
            yield Broken(
                f"The ingress {name} wants port {port} of the service {asked.get('name')}, which has {ports}",
                "Name one of its ports in the ingress",
            )


def _backends(ingress: Manifest) -> Iterator[tuple[str, dict[str, Any]]]:
    spec = spec_of(ingress)
    if spec.get("defaultBackend"):
        yield "everything", spec["defaultBackend"]
    for rule in spec.get("rules") or ():
        for path in (rule.get("http") or {}).get("paths") or ():
            yield f"{rule.get('host') or '*'}{path.get('path') or '/'}", path.get("backend") or {}


def _class(ingress: Manifest, classes: list[Manifest]) -> Broken | None:
    annotations = (ingress.get("metadata") or {}).get("annotations") or {}
    wanted = spec_of(ingress).get("ingressClassName") or annotations.get(OLD_CLASS)
    there = [name_of(each) for each in classes]
    defaults = [each for each in classes if (each["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true"]
    if wanted in there or (not wanted and defaults):
        return None
    said = f"asks for the class {wanted}, which is not there" if wanted else "names no class, and none is the default"
    return Broken(
        f"The ingress {name_of(ingress)} {said}",
        f"Set ingress.className to one of: {', '.join(there) or 'none; install an ingress controller'}",
    )


def _has_port(service: Manifest, port: dict[str, Any]) -> bool:
    return any(
        each.get("port") == port.get("number") if port.get("number") else each.get("name") == port.get("name")
        for each in spec_of(service).get("ports") or ()
    )


def _pods_behind(service: Manifest, pods: list[Manifest]) -> Iterator[Broken]:
    selector = spec_of(service).get("selector") or {}
    if not selector:
        return
    chosen = _selected(service, pods)
    name, namespace = name_of(service), namespace_of(service)
    if not chosen:
        labels = ",".join(f"{key}={value}" for key, value in selector.items())
        yield Broken(
            f"The service {name} selects no pod: none has the labels {labels}",
            f"Compare: kubectl -n {namespace} get pods --show-labels",
        )
        return
    names = {
        str(port.get("name")) for each in spec_of(chosen[0]).get("containers") or () for port in each.get("ports") or ()
    }
    for port in spec_of(service).get("ports") or ():
        target = port.get("targetPort", port.get("port"))
        if isinstance(target, str) and target not in names:
            yield Broken(
                f"The service {name} leads to the port {target}, which {name_of(chosen[0])} does not have "
                f"(it has {', '.join(sorted(names)) or 'none'})",
                f"Set targetPort of the service {name} to a port of the pod",
            )


def _balancer(service: Manifest) -> Iterator[Broken]:
    wanted = spec_of(service).get("type") == "LoadBalancer"
    if wanted and not (status_of(service).get("loadBalancer") or {}).get("ingress"):
        yield Broken(
            f"The service {name_of(service)} has no load balancer yet: nobody outside reaches it",
            f"kubectl -n {namespace_of(service)} describe service {name_of(service)}",
        )


async def _secrets(ingresses: list[Manifest], cluster: Cluster) -> tuple[list[Broken], list[str]]:
    """Certificates that are not there; and names of those that may not be read, nor cert-manager vouches for."""
    made = {
        (namespace_of(each), str(spec_of(each).get("secretName")))
        for each in await _certificates(cluster)
        if condition(each, "Ready").get("status") == "True"
    }
    missing: list[Broken] = []
    unseen: list[str] = []
    for ingress in ingresses:
        namespace = namespace_of(ingress)
        for name in (str(each["secretName"]) for each in spec_of(ingress).get("tls") or () if each.get("secretName")):
            try:
                there = await cluster.secret(namespace, name) is not None
            except Unobservable:
                unseen += [name] if (namespace, name) not in made else []
                continue
            if not there:
                told = (
                    f"The ingress {name_of(ingress)} takes its certificate from the secret {name}, which is not there"
                )
                make = f"kubectl -n {namespace} create secret tls {name} --cert=FILE --key=FILE"
                missing.append(Broken(told, make))
    return missing, unseen


async def _certificates(cluster: Cluster) -> list[Manifest]:
    try:
        return await cluster.offered(CERTIFICATES) or []
    except Unobservable:
        return []


CHECKS = (chain,)
