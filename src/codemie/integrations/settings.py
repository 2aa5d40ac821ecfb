"""Settings of the integrations room."""

import ipaddress

from pydantic import Field, field_validator

from codemie.kernel.egress import EgressEntries, EgressPolicy
from codemie.kernel.settings import Section

_EGRESS = "integrations.egress_allow"


class IntegrationsSettings(Section):
    """Where integrations may lead, and how long their tests may take."""

    egress_allow: EgressEntries = Field(
        (),
        description="Host names and CIDR networks, comma-separated, that integrations may be at although they are "
        "private, loopback or reserved.",
    )
    egress_ip: str | None = Field(
        None,
        description="The address this installation calls others from, shown beside connection tests: remote firewalls "
        "must admit it. With commas between where there are several, as NAT gateways of several zones have.",
    )
    egress_ip_from: str | None = Field(
        None,
        description="Where to observe that address if it is not set: a service that answers with the caller's, such as "
        "https://checkip.amazonaws.com. Nobody is asked unless this is set.",
    )
    test_seconds: float = Field(10, gt=0, le=60, description="Longest time one step of a connection test may take.")
    tests_per_minute: int = Field(
        30, ge=0, description="Connection tests of one person a minute, counted by each process; 0 means no limit."
    )

    @field_validator("egress_ip")
    @classmethod
    def _ip_is_readable(cls, address: str | None) -> str | None:
        return ", ".join(str(ipaddress.ip_address(each.strip())) for each in address.split(",")) if address else None

    def egress(self) -> EgressPolicy:
        """The hosts integrations may be at."""
        return EgressPolicy.of(self.egress_allow, _EGRESS)
