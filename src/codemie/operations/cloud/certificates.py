"""The certificate for the names of the platform: in AWS Certificate Manager (ACM), or uploaded to IAM."""

import datetime as dt
import ssl
from dataclasses import dataclass
from typing import Any, cast

from codemie.checks.sources import Unobservable
from codemie.operations.cloud.balancers import Balancer, Role, ends_tls, find, host
from codemie.operations.cloud.made import Made, Thing
from codemie.plugins.diagnosis import certificates
from codemie.plugins.diagnosis.certificates import matches

_STATES = ["PENDING_VALIDATION", "ISSUED", "INACTIVE", "EXPIRED", "VALIDATION_TIMED_OUT", "REVOKED", "FAILED"]


@dataclass(frozen=True)
class Proof:
    """A record that shows ACM that a name is ours.

    Attributes:
        host: whose it is.
        name: of the record, a CNAME.
        value: where it must lead.
    """

    host: str
    name: str
    value: str


@dataclass(frozen=True)
class Certificate:
    """One certificate, as ACM tells of it now; what IAM tells is put into the same words."""

    thing: Thing

    @property
    def arn(self) -> str:
        """Its address in AWS."""
        return str(self.thing["CertificateArn"])

    @property
    def status(self) -> str:
        """Such as `ISSUED`."""
        return str(self.thing["Status"])

    @property
    def is_imported(self) -> bool:
        """Whether somebody made it elsewhere, so that nobody here renews it."""
        return self.thing.get("Type") == "IMPORTED"

    @property
    def is_of_iam(self) -> bool:
        """Whether IAM keeps it, which forgets nothing and renews nothing."""
        return _is_of_iam(self.arn)

    @property
    def ends(self) -> dt.datetime | None:
        """When it runs out; None before it is issued."""
        return self.thing.get("NotAfter")

    @property
    def names(self) -> tuple[str, ...]:
        """The hosts it is for."""
        return tuple(dict.fromkeys([self.thing["DomainName"], *(self.thing.get("SubjectAlternativeNames") or ())]))

    @property
    def proofs(self) -> list[Proof]:
        """Records that ACM looks for, each once; a wildcard has that of the name below it."""
        options = cast("list[Thing]", self.thing.get("DomainValidationOptions") or [])
        found = [(str(each["DomainName"]), each["ResourceRecord"]) for each in options if each.get("ResourceRecord")]
        return [Proof(name, _plain(record["Name"]), _plain(record["Value"])) for name, record in sorted(found)]

    def is_for(self, name: str) -> bool:
        """Whether a client that wants this host accepts it."""
        return any(matches(pattern, name) for pattern in self.names)


def _plain(name: Any) -> str:
    return str(name).rstrip(".").lower()


def _is_of_iam(arn: str) -> bool:
    return ":iam:" in arn and ":server-certificate/" in arn


async def describe(made: Made, arn: str) -> Certificate | None:
    """The certificate of this address; None where neither ACM nor IAM has it.

    Raises:
        Unobservable: it cannot be asked, or cannot be read.
    """
    if not _is_of_iam(arn):
        told = await made.one("acm", "describe_certificate", CertificateArn=arn) if ":acm:" in arn else None
        return Certificate(told["Certificate"]) if told else None
    leaf = await body(made, arn)
    if leaf is None:
        return None
    try:
        own = certificates.Certificate.read(leaf)
    except ValueError as error:
        raise Unobservable(
            f"The certificate {arn} cannot be read", "Look at it: aws iam get-server-certificate"
        ) from error
    is_over = own.ends < dt.datetime.now(dt.UTC)
    return Certificate(
        {
            "CertificateArn": arn,
            "Status": "EXPIRED" if is_over else "ISSUED",
            "Type": "IMPORTED",
            "NotAfter": own.ends,
            # The common name counts for nobody any more.
            "DomainName": own.names[0] if own.names else "",
            "SubjectAlternativeNames": own.names,
        }
    )


async def body(made: Made, arn: str) -> bytes | None:
    """The certificate itself, DER; None where neither ACM nor IAM has it.

    Raises:
        Unobservable: it cannot be asked, or what is told is none.
    """
    told: Thing | None = None
    if ":acm:" in arn:
        told = await made.one("acm", "get_certificate", CertificateArn=arn)
    elif _is_of_iam(arn):
        found = await made.one("iam", "get_server_certificate", ServerCertificateName=arn.rpartition("/")[2])
        told = {"Certificate": found["ServerCertificate"]["CertificateBody"]} if found else None
    try:
        return ssl.PEM_cert_to_DER_cert(str(told["Certificate"]).strip()) if told else None
    except ValueError as error:
        raise Unobservable(f"What AWS tells of {arn} is no certificate") from error


async def attached(balancer: Balancer, port: int) -> list[str]:
    """ARNs of the certificates that a load balancer has at a port.

    Raises:
        Unobservable: it cannot be asked.
    """
    listener = (await balancer.listeners()).get(port)
    return await balancer.certificates(listener) if listener else []


async def of_stack(made: Made) -> list[Certificate]:
    """Those that listeners use for the platform's names; where none does, the newest that was asked for.

    Raises:
        Unobservable: it cannot be asked, or the domain is not known.
    """
    used = [arn for role in Role if ends_tls(made, role) for arn in await _used(made, role)]
    name = host(made, Role.WEB)
    listed = await made.every("acm", "list_certificates", "CertificateSummaryList", CertificateStatuses=_STATES)
    asked = [str(each["CertificateArn"]) for each in listed if each.get("DomainName") == name]
    told = [await describe(made, arn) for arn in dict.fromkeys([*used, *asked])]
    found = [each for each in told if each and each.is_for(name)]
    if in_use := [each for each in found if each.arn in used]:
        return in_use
    return sorted(found, key=lambda each: str(each.thing.get("CreatedAt") or ""))[-1:]


async def _used(made: Made, role: Role) -> list[str]:
    balancer = await find(made, role)
    if balancer is None:
        return []
    return [arn for listener in (await balancer.listeners()).values() for arn in await balancer.certificates(listener)]
