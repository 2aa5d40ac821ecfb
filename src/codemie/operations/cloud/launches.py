"""Why AWS starts no node: what it says of a launch that failed, in plain words.

The texts are those of the activities of an Auto Scaling group
(docs.aws.amazon.com/autoscaling/ec2/userguide/ts-as-instancelaunchfailure.html, ts-as-capacity.html).
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Launch:
    """One cause.

    Attributes:
        pattern: of what AWS says.
        cause: in a few words, as they follow a colon.
        remedy: what to do.
    """

    pattern: re.Pattern[str]
    cause: str
    remedy: str


def _launch(pattern: str, cause: str, remedy: str) -> Launch:
    return Launch(re.compile(pattern, re.IGNORECASE), cause, remedy)


LAUNCHES: tuple[Launch, ...] = (
    _launch(
        r"spot.*(capacity|available)|UnfulfillableCapacity|SpotMaxPriceTooLow",
        "there is no spot capacity of this type now",
        'Name more types in node_groups, or say capacity_type = "ON_DEMAND"',
    ),
    _launch(
        r"vCPU (capacity|limit)|VcpuLimitExceeded|InstanceLimitExceeded|MaxSpotInstanceCountExceeded|quota",
        "the account may run no more processors of this kind",
        "Ask for more: codemiectl preflight --cloud aws --phase quota prints the request",
    ),
    _launch(
        r"InsufficientInstanceCapacity|sufficient .* capacity|not have sufficient",
        "the zone has no machine of this type left",
        "Name another type in node_groups, or more zones; capacity comes and goes",
    ),
    _launch(
        r"InsufficientFreeAddresses|free addresses",
        "a subnet has no address left",
        "See cloud.subnets",
    ),
    _launch(
        r"not supported in your requested Availability Zone|Unsupported",
        "the zone does not offer this type",
        "Name another type in node_groups, or other availability_zones",
    ),
    _launch(
        r"KMS|Client\.InternalError",
        "the key that encrypts the disks of nodes cannot be used",
        "Look whether the key is enabled, and lets the role AWSServiceRoleForAutoScaling use it",
    ),
    _launch(
        r"UnauthorizedOperation|not authorized|AccessDenied",
        "AWS may not start machines for this account",
        "Look at the policies of the organisation, and at the role AWSServiceRoleForAutoScaling",
    ),
    _launch(
        r"launch template|InvalidAMIID|AMI",
        "the launch template or its image is not there any more",
        "Put it back: codemiectl tf plan, then codemiectl tf apply",
    ),
)
