"""The subscription of Azure that is to be worked in, and what is wanted of it."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from codemie.checks.sources import Unobservable
from codemie.operations.cloud.azure.arm import Arm, Refused, Thing

_SUBSCRIPTION_API = "2022-12-01"
_CLUSTER_API = "2025-05-01"
_USUAL_NAME, _USUAL_LOCATION = "codemie", "westeurope"
ZONES = 3
"""Zones that a region must have. Public addresses are in each of them, whatever the profile; nodes may be in fewer."""


@dataclass
class AzureAccount:
    """A subscription, and the values of the stack that is to be made there.

    Attributes:
        arm: the way there.
        values: of the stack, defaults included; empty where none are given.
        environment: variables of this process.
    """

    arm: Arm
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    _is_made: asyncio.Future[bool] | None = field(default=None, init=False)

    @property
    def wanted(self) -> str:
        """Id of the subscription that is meant; empty where it is not said."""
        return str(self.values.get("subscription_id") or self.environment.get("ARM_SUBSCRIPTION_ID") or "")

    @property
    def place(self) -> str:
        """The subscription, as paths begin.

        Raises:
            Unobservable: it is not said which.
        """
        if not self.wanted:
            raise Unobservable(
                "Which subscription is meant is not said", "Give subscription_id in the values, or ARM_SUBSCRIPTION_ID"
            )
        return f"/subscriptions/{self.wanted}"

    @property
    def location(self) -> str:
        """The region, in its short form."""
        return str(self.values.get("location") or _USUAL_LOCATION)

    @property
    def name(self) -> str:
        """The prefix of all names."""
        return str(self.values.get("name") or _USUAL_NAME)

    @property
    def suffix(self) -> str:
        """What the stack puts behind names that are the world's; as in its main.tf."""
        return hashlib.sha256(self.wanted.encode()).hexdigest()[:6]

    @property
    def group(self) -> str:
        """The resource group that the stack makes, as paths begin."""
        return f"{self.place}/resourceGroups/{self.name}-platform"

    @property
    def is_prod(self) -> bool:
        """Whether it is to be in three zones, with a standby."""
        return self.values.get("profile") != "dev"

    @property
    def zones(self) -> int:
        """In how many availability zones nodes of the stack are."""
        return ZONES if self.is_prod else 1

    async def subscription(self) -> Thing:
        """What Azure tells of the subscription.

        Raises:
            Refused: it is not there for this sign-in.
            Unobservable: nobody answers, or it is not said which.
        """
        return await self.arm.ask(self.place, _SUBSCRIPTION_API)

    async def is_made(self) -> bool:
        """Whether the stack is there already, which then needs nothing new.

        Raises:
            Unobservable: it may not be looked.
        """
        if self._is_made is None:
            # A task of its own: a check that runs out of time must not take the answer from the others.
            self._is_made = asyncio.ensure_future(self._look())
        return await asyncio.shield(self._is_made)

    async def _look(self) -> bool:
        path = f"{self.group}/providers/Microsoft.ContainerService/managedClusters/{self.name}"
        try:
            await self.arm.see(path, _CLUSTER_API)
        except Refused as error:
            if error.is_missing:
                return False
            raise
        return True
