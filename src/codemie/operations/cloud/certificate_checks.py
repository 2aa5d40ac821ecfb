"""Checks of the certificate in ACM, or in IAM: proven, issued, renewed, and used by the listeners."""

import datetime as dt

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, Status, failed, passed, skipped, unknown, warned
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.balancers import Role, ends_tls, host, ports, there
from codemie.operations.cloud.certificates import Certificate, Proof, attached, describe, of_stack
from codemie.operations.cloud.made import Made
from codemie.plugins.diagnosis.lookup import Lookup, Outcome

_SOON = dt.timedelta(days=30)
_PLAN = "Look at what Terraform would make again: codemiectl tf plan"
_ANEW = "Ask for a new one: terraform apply -replace='module.dns.aws_acm_certificate.this'"
_OTHERWISE = "A certificate in the cluster has a check of its own: codemiectl doctor --cluster --only k8s.certs"
_BLIND = {Outcome.SILENT, Outcome.BROKEN, Outcome.REFUSED}
_WHY = {
    "CAA_ERROR": "a CAA record of the domain lets no amazon.com issue: add one that does",
    "INVALID_PUBLIC_DOMAIN": "the domain is no public one",
    "DOMAIN_NOT_ALLOWED": "the domain is on a list of unsafe ones",
    "ADDITIONAL_VERIFICATION_REQUIRED": "AWS wants to know more: open a case in its support center",
}


@check(
    "tls.acm.validation",
    title="The records that prove the names to ACM are there",
    symptom="terraform apply waits for the certificate until it gives up, or the certificate is not renewed one day.",
    remedy=(
        "Make the record that is named, or let Terraform make it: codemiectl tf apply",
        "Where the record is in the zone, but not in DNS, the zone is not delegated: codemiectl net dns NAME",
    ),
    faq=("F58",),
    needs=("cloud.stack",),
    timeout=30,
)
async def validation(made: Made, lookup: Lookup) -> Finding:
    """A record was never made or was deleted, stands in a zone that is not delegated, or was made for another account.

    ACM looks for the same records again before each renewal: one that goes missing ends as an expired certificate.
    """
    certificates = await of_stack(made)
    if not certificates:
        name = host(made, Role.WEB)
        return failed(f"ACM in {made.aws.region} has no certificate for {name}", _PLAN, "Look at the region")
    proofs = list(dict.fromkeys(proof for each in certificates for proof in each.proofs))
    if not proofs:
        return skipped("No record is asked for: the certificate is imported, or proven by e-mail")
    told = {proof.name: await _seen(lookup, proof) for proof in proofs}
    wrong = [proof for proof in proofs if told[proof.name]]
    seen = {proof.name: told[proof.name] or f"CNAME {proof.value}" for proof in proofs}
    if not wrong:
        return passed(f"{len(proofs)} records are there", **seen)
    first = wrong[0]
    needed = f"Needed: {first.name} CNAME {first.value}"
    detail = f"The record for {first.host} is not right: {told[first.name]}"
    if all(each.status == "ISSUED" for each in certificates):
        return warned(f"{detail}; the certificate will not be renewed", needed, *validation.remedy, **seen)
    return failed(detail, needed, *validation.remedy, **seen)


async def _seen(lookup: Lookup, proof: Proof) -> str:
    """What is wrong with the record in DNS; empty where nothing is."""
    answer = await lookup.ask(proof.name, "CNAME")
    if answer.outcome in _BLIND:
        raise Unobservable(f"DNS does not answer: {answer.outcome}", "Ask another resolver with --resolver")
    found = [value.lower().rstrip(".") for value in answer.values]
    if not found:
        return f"there is none ({answer.outcome})"
    return "" if proof.value in found else f"it leads to {', '.join(found)}"


@check(
    "tls.acm.status",
    title="The certificate is issued",
    symptom="Browsers warn, or the listener for HTTPS cannot be made.",
    remedy=("Wait: ACM looks every few minutes, for 72 hours", _ANEW, _OTHERWISE),
    faq=("F58",),
    needs=("tls.acm.validation",),
    timeout=20,
)
async def status(made: Made) -> Finding:
    """ACM has not seen the records yet, gave up after 72 hours, may not issue for the domain, or it has run out."""
    found = await of_stack(made)
    seen = {each.arn: f"{each.status}, for {', '.join(each.names[:10])}" for each in found}
    bad = next((each for each in found if each.status != "ISSUED"), None)
    if bad is None:
        return passed("It is issued", **seen)
    if bad.status == "PENDING_VALIDATION":
        return failed("ACM has not proven the names yet, though the records are there", *status.remedy, **seen)
    if bad.status == "VALIDATION_TIMED_OUT":
        return failed("ACM gave up after 72 hours without the records", _ANEW, **seen)
    reason = str(bad.thing.get("FailureReason") or bad.thing.get("RevocationReason") or "")
    because = f": {_WHY.get(reason, reason)}" if reason else ""
    return failed(f"The certificate is {bad.status}{because}", _ANEW, _OTHERWISE, **seen)


@check(
    "tls.acm.renewal",
    title="The certificate is renewed by itself",
    symptom="From one day to the next every browser warns.",
    remedy=(
        "Mend the records of tls.acm.validation, and let a listener use the certificate: AWS renews nothing else",
        "An imported certificate is yours to renew: import its successor under the same ARN",
        "One in IAM keeps its ARN to itself: import its successor into ACM, and attach that to the listener",
    ),
    severity=Severity.MAJOR,
    faq=("F58",),
    needs=("tls.acm.status",),
    timeout=20,
)
async def renewal(made: Made) -> Finding:
    """It was imported, no service uses it, or a renewal was tried and failed."""
    findings = [_renewed(each) for each in await of_stack(made)]
    return next((each for each in findings if each.status is not Status.PASS), findings[0])


def _renewed(certificate: Certificate) -> Finding:
    summary = certificate.thing.get("RenewalSummary") or {}
    state, ends = str(summary.get("RenewalStatus") or ""), certificate.ends
    until = f"{ends:%Y-%m-%d}" if ends else "not told"
    seen = {"until": until, "renewal": state or "none yet", "eligible": certificate.thing.get("RenewalEligibility")}
    is_near = bool(ends and ends - dt.datetime.now(dt.UTC) < _SOON)
    if state == "FAILED":
        why = str(summary.get("RenewalStatusReason") or "AWS does not say why")
        return failed(f"The renewal failed: {_WHY.get(why, why)}", *renewal.remedy, **seen)
    if certificate.is_imported:
        tell = failed if is_near else warned
        where, remedy = ("kept in IAM", renewal.remedy[2]) if certificate.is_of_iam else ("imported", renewal.remedy[1])
        return tell(f"It is {where}, and ends on {until}", remedy, **seen)
    if is_near and state != "SUCCESS":
        return failed(f"It ends on {until}, and was not renewed", *renewal.remedy, **seen)
    if state == "PENDING_VALIDATION":
        return warned("The renewal waits for the records", *renewal.remedy, **seen)
    if certificate.thing.get("RenewalEligibility") != "ELIGIBLE":
        return warned("AWS will not renew it: no service uses it", *renewal.remedy, **seen)
    return passed(f"It will be, before {until}", **seen)


@check(
    "tls.listener",
    title="The listeners use a certificate for their names",
    symptom="Browsers or agents say that the certificate is for another site, or that there is no TLS.",
    remedy=(_PLAN, "What is served, seen from here: codemiectl net tls HOST:443"),
    faq=("F60",),
    needs=("lb.state",),
    timeout=30,
)
async def listener(made: Made) -> Finding:
    """Somebody attached another certificate, or made a listener that speaks plain HTTP or TCP."""
    seen = dict[str, str]()
    for role in Role:
        if not ends_tls(made, role):
            continue
        for port in ports(made, role):
            finding = await _listener(made, role, port, seen)
            if finding is not None:
                return finding
    return passed("They do", **seen)


async def _listener(made: Made, role: Role, port: int, seen: dict[str, str]) -> Finding | None:
    """What is wrong with one; None where nothing is."""
    balancer, name = await there(made, role), host(made, role)
    found = (await balancer.listeners()).get(port)
    place = f"{balancer.name} port {port}"
    if found is None:
        # Where agents find nobody, nats.lb.health tells.
        return None if role is Role.AGENTS else failed(f"{place}: nobody listens", *listener.remedy, **seen)
    arns = await attached(balancer, port)
    if not arns:
        return failed(f"{place} speaks {found['Protocol']}, without TLS", *listener.remedy, **seen)
    told = [await describe(made, arn) for arn in arns]
    names = [each for certificate in told if certificate for each in certificate.names]
    seen[place] = f"{found['Protocol']}, for {', '.join(names[:10]) or 'names that AWS does not tell'}"
    if any(certificate and certificate.is_for(name) for certificate in told):
        return None
    if None in told:
        return unknown(
            f"{place} has a certificate that neither ACM nor IAM knows", "See what is served: codemiectl net tls"
        )
    return failed(f"{place} has a certificate for {', '.join(names[:10])}, not for {name}", *listener.remedy, **seen)


CHECKS: tuple[Check, ...] = (validation, status, renewal, listener)
