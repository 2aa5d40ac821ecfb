"""The check of certificates in the cluster: cert-manager has made them, and none is about to end."""

import base64
import datetime as dt

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed, skipped, warned
from codemie.checks.sources import Unobservable
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kinds import CERTIFICATES, INGRESSES, Manifest
from codemie.operations.kubernetes.manifest import condition, name_of, namespace_of, spec_of

SOON = dt.timedelta(days=21)


@check(
    "k8s.certs",
    title="Certificates in the cluster are made, and valid for weeks",
    symptom="Browsers warn of the certificate, or the ingress shows one of its own.",
    remedy=("See what is missing: kubectl describe certificate,certificaterequest,order,challenge",),
    faq=("F58", "F59"),
    needs=("k8s.namespace",),
)
async def certs(cluster: Cluster) -> Finding:
    """The authority could not confirm the name, the issuer does not exist, or nobody renewed the secret."""
    made = await cluster.offered(CERTIFICATES) or []
    for each in made:
        state = condition(each, "Ready")
        if state.get("status") != "True":
            return failed(
                f"cert-manager has not made {name_of(each)}: {state.get('message') or 'nothing says why'}",
                f"kubectl -n {namespace_of(each)} describe certificate,certificaterequest,order,challenge",
            )
    named = dict.fromkeys(
        (namespace_of(ingress), str(each["secretName"]))
        for ingress in await cluster.ours(INGRESSES)
        for each in spec_of(ingress).get("tls") or ()
        if each.get("secretName")
    )
    ends: dict[str, dt.datetime] = {}
    for namespace, name in named:
        try:
            secret = await cluster.secret(namespace, name)
        except Unobservable:
            if not made:
                raise
            continue
        # That a secret is missing is what k8s.chain reports.
        if secret is None:
            continue
        end = _end(secret)
        if end is None:
            return failed(f"The secret {name} holds no certificate", f"kubectl -n {namespace} describe secret {name}")
        ends[name] = end
    return _judged(ends, len(made), cluster.now())


def _judged(ends: dict[str, dt.datetime], made: int, now: dt.datetime) -> Finding:
    if not ends:
        return (
            passed(f"cert-manager has made all {made}") if made else skipped("No ingress has a certificate of its own")
        )
    name, end = min(ends.items(), key=lambda each: each[1])
    remedy = "Renew it, or let cert-manager do so (ingress.tls.clusterIssuer)"
    if end <= now:
        return failed(f"The certificate in {name} ended on {end:%Y-%m-%d}", remedy)
    if end - now < SOON:
        return warned(f"The certificate in {name} ends in {(end - now).days} days", remedy)
    return passed(f"The first to end, {name}, is valid until {end:%Y-%m-%d}")


def _end(secret: Manifest) -> dt.datetime | None:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(
            base64.b64decode((secret.get("data") or {})["tls.crt"])
        ).not_valid_after_utc
    except (KeyError, ValueError):
        return None


CHECKS = (certs,)
