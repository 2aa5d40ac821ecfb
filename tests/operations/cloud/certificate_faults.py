"""Certificates that are not proven, issued, renewed or used, and names that lead elsewhere."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from codemie.checks.report import Status
from tests.operations.cloud.balancer_part import HOSTS, address_of, led, private_zone, told_of_certificate, uploaded
from tests.operations.cloud.injecting import CloudFault
from tests.operations.cloud.world import CloudWorld
from tests.plugins.diagnosis.certificates import issued

_DAY = dt.timedelta(days=1)


def _told(**facts: Any) -> Callable[[CloudWorld], object]:
    return lambda world: told_of_certificate(world, **facts)


def _ending(world: CloudWorld) -> None:
    told_of_certificate(world, NotAfter=(dt.datetime.now(dt.UTC) + 7 * _DAY).timestamp())


def _record(world: CloudWorld) -> tuple[str, str]:
    """The validation record of the name that people type."""
    return next(key for key in world.dns.records if key[1] == "CNAME" and key[0].endswith(HOSTS["web"]))


def _pending_without_record(world: CloudWorld) -> None:
    told_of_certificate(world, Status="PENDING_VALIDATION")
    del world.dns.records[_record(world)]


def _record_of_another_account(world: CloudWorld) -> None:
    world.dns.records[_record(world)] = (300, ["_0123.other.acm-validations.aws"])


def _other_certificate(world: CloudWorld) -> None:
    asked = world.client("acm").request_certificate(DomainName="shop.acme.test")["CertificateArn"]
    world.client("elbv2").modify_listener(
        ListenerArn=world.ids["listener/web/443"], Certificates=[{"CertificateArn": asked}]
    )


def _in_iam(name: str = HOSTS["web"], ends: dt.timedelta = 90 * _DAY) -> Callable[[CloudWorld], object]:
    return lambda world: uploaded(world, "web", issued(name, names=(name,), ends=ends))


def _plain(world: CloudWorld) -> None:
    from moto.elbv2.models import elbv2_backends

    balancer = elbv2_backends["123456789012"]["eu-central-1"].load_balancers[world.ids["balancer/nats"]]
    balancer.listeners[world.ids["listener/nats/443"]].protocol = "TCP"


def _no_https(world: CloudWorld) -> None:
    world.client("elbv2").delete_listener(ListenerArn=world.ids["listener/web/443"])


def _replaced(world: CloudWorld) -> None:
    led(world, HOSTS["web"], "codemie-web-1.eu-central-1.elb.amazonaws.com")
    world.dns.records[HOSTS["web"], "A"] = (60, ["198.51.100.9"])


def _stale(world: CloudWorld) -> None:
    world.dns.records[HOSTS["nats"], "A"] = (60, ["198.51.100.9"])


def _no_name(world: CloudWorld) -> None:
    led(world, "x.ai.acme.test", "x.elb.amazonaws.com")
    del world.dns.records[HOSTS["nats"], "A"]


def _inside(world: CloudWorld) -> None:
    """This network is told addresses of its own, by a private zone, for the names and for the load balancers."""
    world.dns.records["ai.acme.test", "NS"] = (60, ["ns-0.awsdns-00.com"])
    for name in (HOSTS["nats"], address_of(world, "nats").lower()):
        world.dns.records[name, "A"] = (60, ["10.0.0.42"])


def _world_elsewhere(world: CloudWorld) -> None:
    _inside(world)
    world.public.records[HOSTS["nats"], "A"] = (60, ["198.51.100.9"])


def _empty_private_zone(world: CloudWorld) -> None:
    private_zone(world, "ai.acme.test", web=address_of(world, "web"))


def _private_zone_of_the_name(world: CloudWorld) -> None:
    private_zone(world, "ai.acme.test", web=address_of(world, "web"), nats=address_of(world, "nats"))
    private_zone(world, HOSTS["nats"])


def _private_zone_elsewhere(world: CloudWorld) -> None:
    private_zone(world, "ai.acme.test", web=address_of(world, "web"), nats="inside.elb.amazonaws.com")


FAULTS: tuple[CloudFault, ...] = (
    CloudFault(
        "tls.acm.validation",
        "the record that ACM waits for is not there",
        inject=_pending_without_record,
        says="Needed",
    ),
    CloudFault(
        "tls.acm.validation",
        "the record of an issued certificate is another account's",
        Status.WARN,
        _record_of_another_account,
        "will not be renewed",
    ),
    CloudFault("tls.acm.status", "ACM has not looked yet", inject=_told(Status="PENDING_VALIDATION"), says="72 hours"),
    CloudFault("tls.acm.status", "ACM gave up", inject=_told(Status="VALIDATION_TIMED_OUT"), says="gave up"),
    CloudFault(
        "tls.acm.status",
        "the domain lets no amazon.com issue",
        inject=_told(Status="FAILED", FailureReason="CAA_ERROR"),
        says="CAA record",
    ),
    CloudFault("tls.acm.status", "the certificate has run out", inject=_told(Status="EXPIRED"), says="EXPIRED"),
    CloudFault(
        "tls.acm.renewal",
        "the renewal failed",
        inject=_told(RenewalSummary={"RenewalStatus": "FAILED", "RenewalStatusReason": "CAA_ERROR"}),
        says="CAA record",
    ),
    CloudFault("tls.acm.renewal", "the certificate ends in a week", inject=_ending, says="was not renewed"),
    CloudFault(
        "tls.acm.renewal", "no service uses it", Status.WARN, _told(RenewalEligibility="INELIGIBLE"), "no service"
    ),
    CloudFault("tls.listener", "another certificate is attached", inject=_other_certificate, says="for shop.acme.test"),
    CloudFault("tls.acm.status", "one in IAM has run out", inject=_in_iam(ends=-_DAY), says="EXPIRED"),
    CloudFault("tls.acm.renewal", "one in IAM ends in a week", inject=_in_iam(ends=7 * _DAY), says="kept in IAM"),
    CloudFault("tls.acm.renewal", "one in IAM is renewed by nobody", Status.WARN, _in_iam(), "kept in IAM"),
    CloudFault(
        "tls.listener", "one in IAM is for another name", inject=_in_iam("shop.acme.test"), says="for shop.acme"
    ),
    CloudFault("tls.listener", "agents' listener speaks TCP", inject=_plain, says="speaks TCP, without TLS"),
    CloudFault("tls.listener", "nothing listens at 443", inject=_no_https, says="nobody listens"),
    CloudFault("dns.balancers", "the record leads to a replaced load balancer", inject=_replaced, says="198.51.100.9"),
    CloudFault("dns.balancers", "Route 53 is right, and DNS is not", inject=_stale, says="though Route 53 is right"),
    CloudFault("dns.balancers", "agents' name does not exist", inject=_no_name, says="leads nowhere"),
    CloudFault("dns.balancers", "here and in the world it has different addresses", Status.WARN, _inside, "10.0.0.42"),
    CloudFault(
        "dns.balancers",
        "the world is led elsewhere",
        inject=_world_elsewhere,
        says="198.51.100.9, which is not codemie",
    ),
    CloudFault(
        "dns.private_zones", "a private zone lacks agents' name", inject=_empty_private_zone, says="hides codemie-nats"
    ),
    CloudFault(
        "dns.private_zones",
        "a private zone of the name itself is empty",
        inject=_private_zone_of_the_name,
        says="The private zone codemie-nats.ai.acme.test",
    ),
    CloudFault(
        "dns.private_zones",
        "a private zone leads to another load balancer",
        Status.WARN,
        _private_zone_elsewhere,
        "inside.elb.amazonaws.com",
    ),
)
