"""The container of Azure Storage that holds a stack's state: its account, and the blob."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from codemie.checks.sources import Unobservable
from codemie.operations.cloud.azure.arm import Arm, Refused, Thing
from codemie.operations.cloud.azure.blobs import Container
from codemie.operations.preflight.backend import Backend

STORAGE_API = "2023-05-01"


@dataclass
class AzureStates:
    """The blob that holds a state.

    Attributes:
        arm: the way there.
        subscription: where the account is; empty where it is not said.
        account: name of the storage account.
        container: in it.
        key: name of the blob.
        may_write: whether a blob may be written to the container and deleted again.
    """

    arm: Arm
    subscription: str
    account: str
    container: str
    key: str
    may_write: bool = False
    _found: asyncio.Future[Thing | None] | None = field(default=None, init=False)

    @property
    def place(self) -> str:
        """Its address, for people."""
        return f"{self.account}/{self.container}/{self.key}"

    async def described(self) -> Thing | None:
        """The storage account as the manager tells it; None where the subscription has none of the name.

        Raises:
            Unobservable: it may not be looked, or it is not said in which subscription.
        """
        if self._found is None:
            # A task of its own: a check that runs out of time must not take the answer from the others.
            self._found = asyncio.ensure_future(self._look())
        return await asyncio.shield(self._found)

    async def _look(self) -> Thing | None:
        if not self.subscription:
            raise Unobservable(
                "In which subscription the states are is not said",
                "Give subscription_id in the backend block, or ARM_SUBSCRIPTION_ID",
            )
        path = f"/subscriptions/{self.subscription}/providers/Microsoft.Storage/storageAccounts"
        listed = await self.arm.every(path, STORAGE_API)
        return next((each for each in listed if str(each["name"]) == self.account), None)

    async def facts(self) -> Thing:
        """Properties of the account.

        Raises:
            Unobservable: it may not be looked, or there is no such account.
        """
        told = await self.described()
        if told is None:
            raise Unobservable(f"There is no storage account {self.account}", "See tf.backend.reachable")
        return cast("Thing", told.get("properties") or {})

    async def below(self, path: str) -> Thing | None:
        """What the manager tells of something of the account; None where it is not there.

        Args:
            path: behind the id of the account.
        """
        told = await self.described()
        try:
            return await self.arm.see(f"{(told or {}).get('id')}/{path}", STORAGE_API)
        except Refused as error:
            if error.is_missing:
                return None
            raise

    async def blobs(self) -> Container:
        """The container, to read what is in it."""
        endpoints: Any = (await self.facts()).get("primaryEndpoints") or {}
        return Container(self.arm, str(endpoints.get("blob") or ""), self.container)


def states_of(
    backend: Backend, values: Mapping[str, Any], environment: Mapping[str, str], *, may_write: bool
) -> AzureStates:
    """The state that a backend in Azure Storage leads to, with the sign-in of this machine.

    Args:
        backend: of the kind azurerm.
        values: of the stack.
        environment: variables of this process.
        may_write: whether the container may be tried.
    """
    subscription = backend.text("subscription_id") or environment.get("ARM_SUBSCRIPTION_ID", "")
    return AzureStates(
        Arm(environment),
        subscription or str(values.get("subscription_id") or ""),
        backend.text("storage_account_name"),
        backend.text("container_name"),
        backend.text("key"),
        may_write,
    )
