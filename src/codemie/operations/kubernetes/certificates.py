"""The check of certificates in the cluster: cert-manager has made them, and none is about to end."""

import base64
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from codemie.checks.check import check
from codemie.checks.report import Finding, Status, failed, passed, skipped, unknown, warned
from codemie.checks.sources import Unobservable
from codemie.operations.kubernetes.cluster import ROLE_FILE, Cluster
from codemie.operations.kubernetes.kinds import CERTIFICATES, INGRESSES, PODS, Manifest
from codemie.operations.kubernetes.manifest import condition, name_of, namespace_of, spec_of
from codemie.plugins.diagnosis.certificates import Certificate

SOON = dt.timedelta(days=21)
_SHOWN = 20
_FILE, _ADDRESS = "CODEMIE_PLUGINS_TLS_CERTIFICATE", "CODEMIE_PLUGINS_CLIENT_URI"


@check(
    "k8s.certs",
    title="Certificates in the cluster are made, for their names, and valid for weeks",
    symptom="Browsers warn of the certificate, or the ingress shows one of its own.",
    remedy=("See what is missing: kubectl describe certificate,certificaterequest,order,challenge",),
    faq=("F58", "F59"),
    needs=("k8s.namespace",),
)
async def certs(cluster: Cluster) -> Finding:
    """The authority could not confirm the name, the issuer does not exist, or nobody renewed the secret.

    Or it is for other names than those of the ingress, or than the one that agents connect to.
    """
    made = await cluster.offered(CERTIFICATES) or []
    for each in made:
        state = condition(each, "Ready")
        if state.get("status") != "True":
            return failed(
                f"cert-manager has not made {name_of(each)}: {state.get('message') or 'nothing says why'}",
                f"kubectl -n {namespace_of(each)} describe certificate,certificaterequest,order,challenge",
            )
    found, hidden = await _served(cluster)
    vouched = {(namespace_of(each), str(spec_of(each).get("secretName"))) for each in made}
    for one in found:
        if one.certificate is None:
            look = f"kubectl -n {one.namespace} describe secret {one.secret}"
            return failed(f"The secret {one.secret} holds no certificate", look)
        if other := [host for host in one.hosts if not one.certificate.is_for(host)]:
            names = ", ".join(one.certificate.names[:_SHOWN]) or "none"
            return failed(
                f"The certificate in {one.secret} is not for {other[0]}; it names {names}",
                "Have the name added to the certificate; * stands for one label only, and not for the bare domain",
                **{one.secret: names},
            )
    unseen = sorted({secret for namespace, secret in hidden if (namespace, secret) not in vouched})
    judged = _judged({one.secret: one.certificate.ends for one in found if one.certificate}, len(made), cluster.now())
    if unseen and judged.status in {Status.PASS, Status.SKIP}:
        return unknown(
            f"The secret {unseen[0]} may not be read",
            f"Let the reader see it by its name, as {ROLE_FILE} does for others",
        )
    return judged


@dataclass(frozen=True)
class _Served:
    """A secret with a certificate, and the names that clients reach it by."""

    namespace: str
    secret: str
    hosts: tuple[str, ...]
    certificate: Certificate | None


async def _served(cluster: Cluster) -> tuple[list[_Served], set[tuple[str, str]]]:
    """What ingresses and the port of the agents serve; and what of it may not be read."""
    wanted: dict[tuple[str, str], set[str]] = {}
    for place, hosts in [*_of_ingresses(await cluster.ours(INGRESSES)), *_of_agents(await cluster.ours(PODS))]:
        wanted.setdefault(place, set()).update(hosts)
    found: list[_Served] = []
    hidden: set[tuple[str, str]] = set()
    for (namespace, name), hosts in wanted.items():
        try:
            secret = await cluster.secret(namespace, name)
        except Unobservable:
            hidden.add((namespace, name))
            continue
        # That a secret is missing is what k8s.chain and k8s.pods.mount report.
        if secret is not None:
            found.append(_Served(namespace, name, tuple(sorted(hosts)), _certificate(secret)))
    return found, hidden


def _of_ingresses(ingresses: list[Manifest]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    for ingress in ingresses:
        for each in spec_of(ingress).get("tls") or ():
            if each.get("secretName"):
                yield (namespace_of(ingress), str(each["secretName"])), list(each.get("hosts") or ())


def _of_agents(pods: list[Manifest]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """The certificate that the API shows to agents: the secret of the volume in which its file lies."""
    for pod in pods:
        secrets = {
            str(each.get("name")): str(each["secret"].get("secretName"))
            for each in spec_of(pod).get("volumes") or ()
            if each.get("secret")
        }
        for container in spec_of(pod).get("containers") or ():
            variables = {each.get("name"): str(each.get("value") or "") for each in container.get("env") or ()}
            file, host = variables.get(_FILE, ""), urlsplit(variables.get(_ADDRESS, "")).hostname
            for mount in container.get("volumeMounts") or ():
                folder = str(mount.get("mountPath")).rstrip("/") + "/"
                if file.startswith(folder) and mount.get("name") in secrets:
                    yield (namespace_of(pod), secrets[str(mount["name"])]), [host] if host else []


def _judged(ends: dict[str, dt.datetime], made: int, now: dt.datetime) -> Finding:
    if not ends:
        return passed(f"cert-manager has made all {made}") if made else skipped("Nothing has a certificate of its own")
    name, end = min(ends.items(), key=lambda each: each[1])
    remedy = "Renew it, or let cert-manager do so (ingress.tls.clusterIssuer)"
    if end <= now:
        return failed(f"The certificate in {name} ended on {end:%Y-%m-%d}", remedy)
    if end - now < SOON:
        return warned(f"The certificate in {name} ends in {(end - now).days} days", remedy)
    return passed(f"The first to end, {name}, is valid until {end:%Y-%m-%d}")


def _certificate(secret: Manifest) -> Certificate | None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        pem = base64.b64decode((secret.get("data") or {})["tls.crt"])
        return Certificate.read(x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER))
    except (KeyError, ValueError):
        return None


CHECKS = (certs,)
