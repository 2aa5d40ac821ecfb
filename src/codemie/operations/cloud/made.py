"""What the stack made on AWS, as it is now: found by the names and tags that `deploy/terraform/aws` gives."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from codemie.checks.sources import Unobservable
from codemie.operations.cloud.aws import DENIED, MISSING, Aws, Refused, not_allowed

Thing = dict[str, Any]
"""What AWS says of one thing, as boto3 gives it."""

_USUAL_NAME = "codemie"
_NOT_THERE = ("NotFound", "NotFoundFault", "NotFoundException", "NoSuchEntity")


class Made:
    """One installation in an account. What it is asked twice in a run, AWS is asked once.

    Args:
        aws: the way there.
        values: of the stack, defaults included.
    """

    def __init__(self, aws: Aws, values: Mapping[str, Any]) -> None:
        self.aws = aws
        self.values = values
        self.name = str(values.get("name") or _USUAL_NAME)
        self._asked: dict[str, asyncio.Future[Any]] = {}

    async def one(self, service: str, operation: str, **arguments: Any) -> Thing | None:
        """The answer about one thing; None where there is no such thing.

        Args:
            service: as boto3 calls it.
            operation: likewise.
            arguments: of the operation.

        Raises:
            Unobservable: it cannot be asked; says why.
        """
        return await self._once(service, operation, arguments, lambda: self.aws.ask(service, operation, **arguments))

    async def every(self, service: str, operation: str, field: str, **arguments: Any) -> list[Thing]:
        """All that an operation lists; nothing where what is asked about is not there.

        Args:
            service: as boto3 calls it.
            operation: likewise.
            field: of the answer, the list itself.
            arguments: of the operation.

        Raises:
            Unobservable: it cannot be asked; says why.
        """
        answer = await self._once(
            service, operation, arguments, lambda: self.aws.every(service, operation, field, **arguments)
        )
        return answer or []

    async def cluster(self) -> Thing | None:
        """The cluster of the platform."""
        told = await self.one("eks", "describe_cluster", name=self.name)
        return cast("Thing", told["cluster"]) if told else None

    async def network(self) -> Thing | None:
        """The VPC of the platform."""
        found = await self.every("ec2", "describe_vpcs", "Vpcs", Filters=[_is("tag:Name", self.name)])
        # Others may have one of that name; a second installation in the account has another name.
        own = [each for each in found if tag(each, "Application") == "codemie"]
        return own[0] if own else None

    async def group(self, name: str) -> Thing | None:
        """The security group of this name in the VPC of the platform."""
        found = await self.in_network("describe_security_groups", "SecurityGroups")
        return next((each for each in found if each["GroupName"] == name), None)

    async def balancer(self, which: str) -> Thing | None:
        """A load balancer.

        Args:
            which: as the stack ends its name, web or nats.
        """
        found = await self.every("elbv2", "describe_load_balancers", "LoadBalancers", Names=[f"{self.name}-{which}"])
        return found[0] if found else None

    async def node_groups(self) -> list[Thing]:
        """The node groups of the cluster."""
        names = await self.every("eks", "list_nodegroups", "nodegroups", clusterName=self.name)
        told = [
            await self.one("eks", "describe_nodegroup", clusterName=self.name, nodegroupName=str(name))
            for name in names
        ]
        return [cast("Thing", each["nodegroup"]) for each in told if each]

    async def subnets(self, part: str) -> list[Thing]:
        """The subnets of a kind.

        Args:
            part: as the stack names them, private or public.
        """
        found = await self.in_network("describe_subnets", "Subnets")
        return [each for each in found if tag(each, "Name").startswith(f"{self.name}-{part}-")]

    async def gateways(self) -> list[Thing]:
        """The NAT gateways by which the platform leaves its network, those that work."""
        network = await self.network()
        if network is None:
            return []
        # This operation alone calls its filters so.
        asked = {"Filter": [_is("vpc-id", network["VpcId"])]}
        found = await self.every("ec2", "describe_nat_gateways", "NatGateways", **asked)
        return [each for each in found if each["State"] == "available"]

    async def in_network(self, operation: str, field: str) -> list[Thing]:
        """All of a kind in the VPC of the platform.

        Args:
            operation: of EC2, such as `describe_subnets`.
            field: of the answer, the list itself.

        Raises:
            Unobservable: it cannot be asked, or there is no such VPC.
        """
        network = await self.network()
        if network is None:
            raise Unobservable("The network of the stack is not there", "See cloud.stack")
        return await self.every("ec2", operation, field, Filters=[_is("vpc-id", network["VpcId"])])

    async def _once(
        self, service: str, operation: str, arguments: Mapping[str, Any], ask: Callable[[], Awaitable[Any]]
    ) -> Any:
        key = f"{service} {operation} {json.dumps(arguments, sort_keys=True)}"
        if key not in self._asked:
            # A task of its own: a check that runs out of time must not take the answer from the others.
            self._asked[key] = asyncio.ensure_future(self._seen(service, operation, ask))
        return await asyncio.shield(self._asked[key])

    async def _seen(self, service: str, operation: str, ask: Callable[[], Awaitable[Any]]) -> Any:
        """The answer; None where AWS says that there is no such thing."""
        try:
            await self._signed_in()
            return await ask()
        except Refused as error:
            if error.code in MISSING or error.code.endswith(_NOT_THERE):
                return None
            if error.code in DENIED:
                raise not_allowed(service, operation) from error
            raise Unobservable(
                f"AWS answers {error.code}",
                "Run codemiectl preflight --cloud aws --phase creds: it looks at the sign-in",
            ) from error

    async def _signed_in(self) -> None:
        # Without a sign-in boto3 looks for one at each service anew, and each time waits for this machine's own.
        if "sign-in" not in self._asked:
            self._asked["sign-in"] = asyncio.ensure_future(self.aws.credentials())
        if await asyncio.shield(self._asked["sign-in"]) is None:
            raise Unobservable("There are no credentials of AWS", "Sign in: aws sso login, or set AWS_PROFILE")


def tag(thing: Thing, name: str) -> str:
    """The value of a tag of what EC2 tells; empty where it has none."""
    tags = cast("list[dict[str, str]]", thing.get("Tags") or [])
    return next((each["Value"] for each in tags if each["Key"] == name), "")


def _is(name: str, value: str) -> Thing:
    return {"Name": name, "Values": [value]}
