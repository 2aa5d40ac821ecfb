"""Where AWS's load balancers write their access logs, and what lies there.

The names of the files are those of the user guides, "Access log files":
`PREFIX/AWSLogs/ACCOUNT/elasticloadbalancing/REGION/YYYY/MM/DD/ACCOUNT_elasticloadbalancing_REGION_BALANCER_END_…`.
"""

import datetime as dt
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from codemie.kernel.errors import ConfigurationError, NotFound
from codemie.operations.cloud.aws import Aws, Refused

LARGEST = 64 * 2**20
"""Bytes of one file, packed."""

_ARN = re.compile(r"arn:[^:]+:elasticloadbalancing:([^:]+):([0-9]{12}):loadbalancer/(.+)")
_PAGE = 1_000


@dataclass(frozen=True)
class Place:
    """Where one load balancer writes.

    Attributes:
        prefix: of all its files' names, in front of the date.
        beginning: of the last part of their names.
    """

    bucket: str
    prefix: str
    beginning: str

    async def keys(self, aws: Aws, since: dt.datetime, until: dt.datetime, most: int) -> AsyncIterator[tuple[str, int]]:
        """Names and sizes of the files that may tell of that time, the oldest first.

        Args:
            aws: the account.
            since: a file is named after the end of its five minutes.
            until: files are put in the folder of the day on which they are written.
            most: names that are looked at.

        Raises:
            ConfigurationError: the bucket may not be looked into.
        """
        day = since.date()
        while day <= until.date() and most > 0:
            folder = f"{self.prefix}/{day:%Y/%m/%d}/{self.beginning}_"
            after = f"{folder}{since:%Y%m%dT%H%MZ}"
            while most > 0:
                found = await _asked(
                    aws,
                    "list_objects_v2",
                    Bucket=self.bucket,
                    Prefix=folder,
                    StartAfter=after,
                    MaxKeys=min(_PAGE, most),
                )
                for each in found.get("Contents") or ():
                    after, most = str(each["Key"]), most - 1
                    yield after, int(each.get("Size") or 0)
                if not found.get("IsTruncated"):
                    break
            day += dt.timedelta(days=1)

    async def content(self, aws: Aws, key: str) -> bytes:
        """A file, or its first 64 MiB.

        Raises:
            ConfigurationError: it may not be read.
        """
        try:
            return await aws.read(self.bucket, key, LARGEST)
        except Refused as error:
            raise _closed(self.bucket, error) from error


async def place_of(aws: Aws, name: str) -> Place:
    """Where a load balancer writes its log.

    Raises:
        NotFound: there is no such load balancer.
        ConfigurationError: it writes none, or may not be asked.
        Unobservable: nobody answers, or nobody is signed in.
    """
    try:
        told = await aws.ask("elbv2", "describe_load_balancers", Names=[name])
    except Refused as error:
        if "NotFound" not in error.code:
            raise ConfigurationError("AWS does not tell of load balancers", details=error.code) from error
        help_ = "Look at its name and at the region; those of our stack are NAME-web and NAME-nats"
        raise NotFound(f"There is no load balancer {name} in {aws.region}", help=help_) from error
    arn = str(told["LoadBalancers"][0]["LoadBalancerArn"])
    answer = await _asked(aws, "describe_load_balancer_attributes", "elbv2", LoadBalancerArn=arn)
    facts = {str(each["Key"]): str(each.get("Value") or "") for each in answer["Attributes"]}
    bucket, parts = facts.get("access_logs.s3.bucket", ""), _ARN.fullmatch(arn)
    if facts.get("access_logs.s3.enabled") != "true" or not bucket or parts is None:
        raise ConfigurationError(f"{name} writes no access log", help="codemiectl explain lb.accesslog.enabled")
    region, account, balancer = parts.groups()
    above = facts.get("access_logs.s3.prefix", "").strip("/")
    prefix = f"{above + '/' if above else ''}AWSLogs/{account}/elasticloadbalancing/{region}"
    beginning = f"{account}_elasticloadbalancing_{region}_{balancer.replace('/', '.')}"
    return Place(bucket, prefix, beginning)


async def _asked(aws: Aws, operation: str, service: str = "s3", **arguments: Any) -> dict[str, Any]:
    try:
        return await aws.ask(service, operation, **arguments)
    except Refused as error:
        raise _closed(str(arguments.get("Bucket") or "the load balancer"), error) from error


def _closed(what: str, error: Refused) -> ConfigurationError:
    return ConfigurationError(f"{what} may not be looked into", details=error.code, help="Sign in as who may read it")
