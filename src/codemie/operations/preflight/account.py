"""The AWS account that is to be worked in, and what is wanted of it."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from codemie.operations.cloud.aws import Aws, Refused
from codemie.operations.preflight.stack import shipped

_END = "AWS_CREDENTIAL_EXPIRATION"
_OF_SSO = ("sso_session", "sso_start_url")
_LONGEST_CHAIN = 8


@dataclass(frozen=True)
class SignIn:
    """Credentials, without what is secret of them.

    Attributes:
        source: where they are from.
        is_temporary: whether they end.
        is_renewed: whether they are renewed by themselves, with nobody to sign in or to type a code.
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
        """The credentials that boto3 finds; None where there are none.

        Raises:
            Refused: they are only half there.
        """
        found = await self.aws.credentials()
        if found is None:
            return None
        source = str(found.method)
        if hasattr(found, "refresh_needed"):
            # Not asked for its token: that alone would sign in.
            return SignIn(source, is_temporary=True, **_renewal(source, self.aws.session))
        ends = _moment(self.environment.get(_END, ""))
        return SignIn(source, is_temporary=bool(found.token), is_renewed=False, ends=ends)

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


def _renewal(source: str, session: Any) -> dict[str, Any]:
    """Whether credentials are renewed without a person, and when they end else.

    Those of a machine or a job are. A person's sign-in at SSO ends them all; a role that wants a second factor asks for
    a code again, which Terraform cannot type.
    """
    profile = cast("dict[str, Any]", session._session.get_scoped_config())  # noqa: SLF001 - boto3 shows it nowhere else
    based = cast("dict[str, Any]", session._session.full_config.get("profiles", {}))  # noqa: SLF001
    chain = [profile]
    while (above := based.get(str(chain[-1].get("source_profile")))) and len(chain) < _LONGEST_CHAIN:
        chain.append(above)
    if any("mfa_serial" in each for each in chain):
        return {"is_renewed": False, "ends": None}
    signed = next((str(each[name]) for each in chain for name in _OF_SSO if each.get(name)), "")
    if signed or source == "sso":
        return {"is_renewed": False, "ends": _end_of_sign_in(signed)}
    return {"is_renewed": True, "ends": None}


def _end_of_sign_in(name: str) -> dt.datetime | None:
    """When a sign-in at AWS SSO ends: it lies beside the configuration, under the digest of its session or address."""
    file = (
        Path("~/.aws/sso/cache").expanduser() / f"{hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()}.json"
    )
    try:
        return _moment(str(json.loads(file.read_text(encoding="utf-8"))["expiresAt"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _moment(text: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def needed_actions(cloud: str = "aws") -> tuple[str, ...]:
    """What whoever applies our stack for the platform must be allowed to do; made from the stack itself."""
    file = shipped(cloud).parent / "deployer-policy.json"
    document = cast("dict[str, Any]", json.loads(file.read_text(encoding="utf-8")))
    return tuple(sorted({*document["provider"], *document["stacks"]["platform"]}))
