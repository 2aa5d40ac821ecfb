"""The certificate for the names of the platform in AWS Certificate Manager (ACM)."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

from codemie.operations.cloud.balancers import Balancer, Role, ends_tls, find, host
from codemie.operations.cloud.made import Made, Thing
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
    """One certificate, as ACM tells of it now."""

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


async def describe(made: Made, arn: str) -> Certificate | None:
    """The certificate of this address; None where ACM has none, as of one that IAM keeps.

    Raises:
        Unobservable: it cannot be asked.
    """
    told = await made.one("acm", "describe_certificate", CertificateArn=arn) if ":acm:" in arn else None
    return Certificate(told["Certificate"]) if told else None


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
