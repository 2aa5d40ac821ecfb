"""The AWS account that is to be worked in, and what is wanted of it."""

import asyncio
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from codemie.operations.cloud.aws import Aws, Refused
from codemie.operations.preflight.stack import shipped

_END = "AWS_CREDENTIAL_EXPIRATION"


@dataclass(frozen=True)
class SignIn:
    """Credentials, without what is secret of them.

    Attributes:
        source: where they are from.
        is_temporary: whether they end.
        is_renewed: whether they are renewed by themselves.
        ends: when they end, as far as it is told.
    """

    source: str
    is_temporary: bool
    is_renewed: bool
    ends: dt.datetime | None


@dataclass
class Account:
    """An account, and the values of the stack that is to be made there.

    Attributes:
        values: of the stack, defaults included; empty where none are given.
        environment: variables of this process.
    """

    aws: Aws
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    _is_made: bool | None = field(default=None, init=False)

    async def sign_in(self) -> SignIn | None:
        """The credentials that boto3 finds; None where there are none."""
        found = await asyncio.to_thread(self.aws.session.get_credentials)
        if found is None:
            return None
        return SignIn(
            source=str(found.method),
            is_temporary=bool(found.token),
            is_renewed=hasattr(found, "refresh_needed"),
            ends=_moment(self.environment.get(_END, "")),
        )

    async def caller(self) -> tuple[str, str]:
        """Number of the account and ARN of who is signed in.

        Raises:
            Refused: the credentials are not taken.
            Unobservable: there are none, or nobody answers.
        """
        told = await self.aws.ask("sts", "get_caller_identity")
        return str(told["Account"]), str(told["Arn"])

    async def is_made(self) -> bool:
        """Whether the stack is there already, which then needs nothing new."""
        if self._is_made is None:
            try:
                await self.aws.see("eks", "describe_cluster", name=str(self.values.get("name") or "codemie"))
                self._is_made = True
            except Refused:
                self._is_made = False
        return self._is_made


def _moment(text: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def needed_actions() -> tuple[str, ...]:
    """What whoever applies our stack for the platform must be allowed to do; made from the stack itself."""
    file = shipped("aws").parent / "deployer-policy.json"
    document = cast("dict[str, Any]", json.loads(file.read_text(encoding="utf-8")))
    return tuple(sorted({*document["provider"], *document["stacks"]["platform"]}))
