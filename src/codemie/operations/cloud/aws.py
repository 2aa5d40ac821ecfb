"""The way to an AWS account: asked through the official client, in threads, with an end to every wait."""

import asyncio
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from codemie.checks.sources import Unobservable
from codemie.kernel.errors import ConfigurationError

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403"}
MISSING = {"404", "NoSuchBucket", "NoSuchKey", "NotFound", "ResourceNotFoundException"}
_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS = 3, 8, 2
_MOST_LISTED = 5000
_SIGN_IN = (
    "SSOError",
    "TokenRetrievalError",
    "CredentialRetrievalError",
    "PartialCredentialsError",
    "NoAuthTokenError",
)
"""What botocore raises where a sign-in is half there or over: AWS does not take it."""


class Refused(Exception):
    """AWS answered, and refused.

    Attributes:
        code: such as `AccessDenied`.
        answer: the rest of it.
    """

    def __init__(self, code: str, message: str, answer: dict[str, Any]) -> None:
        super().__init__(message)
        self.code = code
        self.answer = answer


class Aws:
    """One account, as the sign-in of a session sees it.

    Args:
        region: where to ask; None: the session's.
        session: of boto3; None: as the environment and files of this machine say.
        endpoint: where AWS is, when it is not AWS.

    Raises:
        ConfigurationError: the environment names a profile that is not there, or its file cannot be read.
    """

    def __init__(self, region: str | None = None, session: Any = None, endpoint: str | None = None) -> None:
        self._boto3: Any = import_module("boto3")  # untyped, and takes half a second
        self.session = session or self._own_session()
        self.region = str(region or self.session.region_name or "us-east-1")
        self._endpoint = endpoint
        self._clients: dict[tuple[str, str], Any] = {}
        # A session makes one client at a time.
        self._turn = threading.Lock()

    async def credentials(self) -> Any:
        """What boto3 finds to sign in with; None where it finds nothing. Whether AWS takes it is not known yet.

        Raises:
            Refused: what it finds is only half there.
        """
        try:
            return await asyncio.to_thread(self.session.get_credentials)
        except _sign_in_errors() as error:
            raise Refused(type(error).__name__, str(error), {}) from error

    async def ask(self, service: str, operation: str, *, region: str | None = None, **arguments: Any) -> dict[str, Any]:
        """One answer.

        Args:
            service: as boto3 calls it.
            operation: likewise.
            region: another one than the account's.
            arguments: of the operation.

        Raises:
            Refused: the answer is an error.
            Unobservable: there is no sign-in, or nobody answers.
        """
        return await asyncio.to_thread(
            self._ask, service, region or self.region, lambda client: getattr(client, operation)(**arguments)
        )

    async def every(self, service: str, operation: str, field: str, **arguments: Any) -> list[Any]:
        """All that an operation lists, page after page.

        Args:
            service: as boto3 calls it.
            operation: likewise.
            field: of the answer, the list itself.
            arguments: of the operation.

        Raises:
            Refused: the answer is an error.
            Unobservable: there is no sign-in, nobody answers, or there is more than can be looked through.
        """

        def listed(client: Any) -> dict[str, Any]:
            if not client.can_paginate(operation):
                return getattr(client, operation)(**arguments)
            pages = client.get_paginator(operation).paginate(**arguments, PaginationConfig={"MaxItems": _MOST_LISTED})
            return pages.build_full_result()

        told = await asyncio.to_thread(self._ask, service, self.region, listed)
        if told.get("NextToken"):
            raise Unobservable(f"{service} lists more than {_MOST_LISTED} at {operation.replace('_', ' ')}")
        return told.get(field) or []

    async def read(self, bucket: str, key: str, most: int) -> bytes:
        """The beginning of an object in S3.

        Args:
            bucket: where it is.
            key: its name.
            most: bytes of it.

        Raises:
            Refused: the answer is an error.
            Unobservable: there is no sign-in, nobody answers, or the answer breaks off.
        """
        found = await self.ask("s3", "get_object", Bucket=bucket, Key=key, Range=f"bytes=0-{most - 1}")
        return await asyncio.to_thread(_read, found["Body"])

    async def see(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """One answer of a question that the sign-in may not be allowed to ask.

        Raises:
            Refused: the answer is an error.
            Unobservable: it may not be asked; as for `ask` else.
        """
        try:
            return await self.ask(service, operation, **arguments)
        except Refused as error:
            if error.code in DENIED:
                raise not_allowed(service, operation) from error
            raise

    def _own_session(self) -> Any:
        exceptions: Any = import_module("botocore.exceptions")
        try:
            return self._boto3.Session()
        except (exceptions.ProfileNotFound, exceptions.ConfigParseError) as error:
            raise ConfigurationError(
                "The profile of AWS cannot be used",
                details=str(error),
                help="aws configure list-profiles lists them; AWS_PROFILE chooses one",
            ) from error

    def _ask(self, service: str, region: str, question: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        exceptions: Any = import_module("botocore.exceptions")
        try:
            return question(self._client(service, region))
        except exceptions.ClientError as error:
            told = error.response.get("Error", {})
            raise Refused(str(told.get("Code", "")), str(told.get("Message", "")), error.response) from error
        except _sign_in_errors() as error:
            raise Refused(type(error).__name__, str(error), {}) from error
        except exceptions.NoCredentialsError as error:
            raise Unobservable("There are no credentials of AWS", "See tf.creds.present") from error
        except exceptions.BotoCoreError as error:
            raise Unobservable(
                f"AWS does not answer: {type(error).__name__}", "Look at the network and the proxy"
            ) from (error)

    def _client(self, service: str, region: str) -> Any:
        with self._turn:
            if (service, region) not in self._clients:
                config: Any = import_module("botocore.config").Config(
                    connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, retries={"max_attempts": _ATTEMPTS}
                )
                made = self.session.client(service, region_name=region, endpoint_url=self._endpoint, config=config)
                self._clients[service, region] = made
            return self._clients[service, region]


def _read(body: Any) -> bytes:
    exceptions: Any = import_module("botocore.exceptions")
    try:
        return body.read()
    except exceptions.BotoCoreError as error:
        raise Unobservable(f"S3 breaks off: {type(error).__name__}", "Try it again") from error


def not_allowed(service: str, operation: str) -> Unobservable:
    """What a check says of a question that the sign-in may not ask."""
    return Unobservable(
        f"The sign-in may not ask {service} to {operation.replace('_', ' ')}", "Let the deployer's role look"
    )


def _sign_in_errors() -> tuple[type[Exception], ...]:
    exceptions: Any = import_module("botocore.exceptions")
    return tuple(getattr(exceptions, name) for name in _SIGN_IN)
