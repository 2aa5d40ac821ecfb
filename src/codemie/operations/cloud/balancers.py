"""The two load balancers that the stack makes: one for people, one for agents of the plugin engine."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from codemie.checks.sources import Unobservable
from codemie.operations.cloud.made import Made, Thing

_SECURE = {"HTTPS", "TLS"}
_HOSTS = {"web": "codemie", "nats": "codemie-nats"}


class Role(StrEnum):
    """Whom a load balancer is for; its name ends with it."""

    WEB = "web"
    AGENTS = "nats"

    @property
    def people(self) -> str:
        """For sentences."""
        return "people" if self is Role.WEB else "agents"


@dataclass(frozen=True)
class Target:
    """One machine behind a load balancer.

    Attributes:
        state: such as `healthy`.
        reason: why it is not healthy, such as `Target.Timeout`; empty where it is.
        text: what AWS says about it.
    """

    id: str
    port: int
    state: str
    reason: str = ""
    text: str = ""


@dataclass(frozen=True)
class Balancer:
    """One load balancer, as AWS tells of it now."""

    made: Made
    role: Role
    thing: Thing

    @property
    def name(self) -> str:
        """As the console lists it."""
        return str(self.thing["LoadBalancerName"])

    @property
    def address(self) -> str:
        """The name under which AWS resolves it."""
        return str(self.thing["DNSName"])

    @property
    def state(self) -> str:
        """Such as `active`."""
        return str(cast("Thing", self.thing.get("State") or {}).get("Code", ""))

    @property
    def is_public(self) -> bool:
        """Whether it can be reached from the internet."""
        return self.thing.get("Scheme") == "internet-facing"

    async def listeners(self) -> dict[int, Thing]:
        """Port → what listens there.

        Raises:
            Unobservable: it cannot be asked; as for all others.
        """
        found = await self._listed("describe_listeners", "Listeners")
        return {int(each["Port"]): each for each in found}

    async def groups(self) -> list[Thing]:
        """The groups of targets that it forwards to."""
        return await self._listed("describe_target_groups", "TargetGroups")

    async def targets(self, group: Thing) -> list[Target]:
        """What is registered in a group."""
        found = await self.made.every(
            "elbv2", "describe_target_health", "TargetHealthDescriptions", TargetGroupArn=group["TargetGroupArn"]
        )
        return [_target(each) for each in found]

    async def attributes(self) -> dict[str, str]:
        """Its settings."""
        arn = self.thing["LoadBalancerArn"]
        told = await self.made.one("elbv2", "describe_load_balancer_attributes", LoadBalancerArn=arn)
        return {str(each["Key"]): str(each.get("Value") or "") for each in (told or {}).get("Attributes", ())}

    async def certificates(self, listener: Thing) -> list[str]:
        """ARNs of the certificates of a listener, the one for everybody else first; none where it is plain."""
        if listener["Protocol"] not in _SECURE:
            return []
        default = [str(each["CertificateArn"]) for each in listener.get("Certificates") or ()]
        further = await self.made.every(
            "elbv2", "describe_listener_certificates", "Certificates", ListenerArn=listener["ListenerArn"]
        )
        return list(dict.fromkeys([*default, *(str(each["CertificateArn"]) for each in further)]))

    async def _listed(self, operation: str, field: str) -> list[Thing]:
        return await self.made.every("elbv2", operation, field, LoadBalancerArn=self.thing["LoadBalancerArn"])


def _target(told: Thing) -> Target:
    health = cast("Thing", told["TargetHealth"])
    return Target(
        id=str(told["Target"]["Id"]),
        port=int(told["Target"].get("Port") or 0),
        state=str(health["State"]),
        reason=str(health.get("Reason") or ""),
        text=str(health.get("Description") or ""),
    )


async def find(made: Made, role: Role) -> Balancer | None:
    """The load balancer of that role; None where there is none.

    Raises:
        Unobservable: it cannot be asked; says why.
    """
    thing = await made.balancer(role)
    return Balancer(made, role, thing) if thing else None


async def there(made: Made, role: Role) -> Balancer:
    """The load balancer of that role.

    Raises:
        Unobservable: there is none, or it cannot be asked.
    """
    found = await find(made, role)
    if found is None:
        raise Unobservable(f"There is no load balancer {made.name}-{role}", "See lb.state")
    return found


def host(made: Made, role: Role) -> str:
    """The name that leads to it.

    Raises:
        Unobservable: the domain is not known.
    """
    domain = made.values.get("domain")
    if not domain:
        raise Unobservable("The domain is not known", "Give the values of this installation with --tfvars")
    return f"{_HOSTS[role]}.{domain}"


def agents_ports(made: Made) -> list[int]:
    """Where agents connect."""
    return [int(port) for port in made.values.get("nats_ports") or (443,)]


def ends_tls(made: Made, role: Role) -> bool:
    """Whether TLS ends at the load balancer, and not behind it."""
    return role is Role.WEB or str(made.values.get("nats_tls") or "load_balancer") == "load_balancer"


def ports(made: Made, role: Role) -> list[int]:
    """Where people or agents come."""
    return [443] if role is Role.WEB else agents_ports(made)


def node_port(made: Made, role: Role) -> int | None:
    """The port on every node that its targets answer at."""
    told = cast("dict[str, Any]", made.values.get("node_ports") or {})
    return int(told[role]) if role in told else None
