"""Calls of AWS operations: botocore writes and reads the messages, our own connections carry them.

botocore blocks and connects wherever it likes. Here it does neither. Its documented `before-send` event may answer in
place of the network: an operation is run until it wants to send, the request it signed is sent by the guarded client,
and the operation is run again with the answer at hand. So no thread ever waits for a network, nothing leaves but
through the egress guard, and what botocore knows (signatures, regions of buckets, six protocols) stays its own.
"""

import asyncio
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from codemie.toolkits.api import Answer, Api
from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import BadToolArguments, NotConfigured, ToolFailed

_MOST_EXCHANGES = 6
"""A bucket of another region needs three."""
_SESSION_FREE = {"generate_presigned_url", "generate_presigned_post"}
"""Methods of a client that are no operations: they make an address and send nothing."""
_UNSENT = ("expect", "content-length", "host", "transfer-encoding")
"""Headers that the connection writes itself; the first and the last are never signed."""
_NEAR = 3


@dataclass(frozen=True, slots=True)
class Aws:
    """One account in one region.

    Args:
        connection: of the call.
        region: that requests go to.
        endpoint: of a system that speaks as AWS does.
        keys: arguments of botocore's clients.
    """

    connection: Connection
    region: str
    endpoint: str | None
    keys: Mapping[str, Any]

    async def call(self, service: str, method: str, arguments: Mapping[str, Any]) -> dict[str, Any] | str:
        """What the operation returns, its streams read.

        Args:
            service: as botocore calls it, such as `s3`.
            method: in snake case, such as `list_buckets`.
            arguments: by the names of AWS, such as `Bucket`.

        Raises:
            BadToolArguments: no such service or method, or the arguments do not fit.
            ToolFailed: AWS refused, or cannot be reached.
        """
        answers: list[Answer] = []
        while True:
            # Loading a service's model is work for the processor and the disk: tens of milliseconds, no waiting.
            outcome = await asyncio.to_thread(self._attempt, service, method, arguments, tuple(answers))
            if not isinstance(outcome, _Wanted):
                return outcome
            if len(answers) == _MOST_EXCHANGES:
                raise ToolFailed("AWS leads from one place to another without end", details=f"{service}.{method}")
            answers.append(await self._send(outcome.request))

    def _attempt(
        self, service: str, method: str, arguments: Mapping[str, Any], answers: tuple[Answer, ...]
    ) -> "dict[str, Any] | str | _Wanted":
        """Run the operation as far as the answers go: to its result, or to the next request."""
        from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

        client = self._client(service)
        known = {*client.meta.method_to_api_mapping, *_SESSION_FREE}
        if method not in known:
            raise _unknown("method", method, sorted(known), f"the service {service}")
        ready = iter(answers)

        def answered(request: Any, **_: Any) -> Any:
            answer = next(ready, None)
            if answer is None:
                raise _Wanted(request)
            return _as_response(answer)

        client.meta.events.register_last("before-send", answered)
        try:
            return _read(getattr(client, method)(**arguments))
        except _Wanted as wanted:
            return wanted
        except ClientError as error:
            raise _refused(error) from error
        except (ParamValidationError, TypeError, ValueError) as error:
            raise BadToolArguments(f"The arguments of {service}.{method} do not fit", details=str(error)) from error
        except BotoCoreError as error:
            raise ToolFailed(f"{service}.{method} cannot be asked", details=str(error), code=400) from error

    def _client(self, service: str) -> Any:
        from botocore.config import Config
        from botocore.session import Session

        # Nothing of this machine: no profile, whatever AWS_PROFILE says, no files, no metadata service.
        session = Session(session_vars={"profile": (None, None, None, None)})
        for name in ("config_file", "credentials_file"):
            session.set_config_variable(name, "/dev/null")
        services = session.get_available_services()
        if service not in services:
            raise _unknown("service", service, services, "AWS")
        config = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            s3={"addressing_style": "path" if self.endpoint else "auto"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            ignore_configured_endpoint_urls=True,
            proxies={},
        )
        try:
            return session.create_client(
                service, region_name=self.region, endpoint_url=self.endpoint, config=config, **self.keys
            )
        except ValueError as error:
            raise NotConfigured(
                details=f"The endpoint of the integration is no address: {self.endpoint}.",
                help="It begins with https:// or http://. Correct it on the Integrations page.",
            ) from error

    async def _send(self, request: Any) -> Answer:
        body = request.body
        content = body.read() if hasattr(body, "read") else body
        headers = {name: _text(value) for name, value in request.headers.items() if name.lower() not in _UNSENT}
        return await Api(self.connection, "AWS", request.url, {}).send(
            request.method,
            request.url,
            content=content.encode() if isinstance(content, str) else content,
            headers=headers,
            follow=False,
        )


def connect(connection: Connection) -> Aws:
    """The account of an AWS integration."""
    identity, secret = connection.need("aws_access_key_id", "aws_secret_access_key")
    endpoint = str(connection.value("endpoint_url")).strip().rstrip("/")
    keys = {
        "aws_access_key_id": identity,
        "aws_secret_access_key": secret,
        "aws_session_token": str(connection.value("aws_session_token")).strip() or None,
    }
    return Aws(connection, str(connection.value("aws_region", "us-east-1")).strip(), endpoint or None, keys)


class _Wanted(Exception):
    """No error: how an operation says that it wants to send."""

    def __init__(self, request: Any) -> None:
        super().__init__("a request is to be sent")
        self.request = request


class _Raw(io.BytesIO):
    """A body as botocore reads it from urllib3."""

    def stream(self, amount: int = 65_536, **_: Any) -> Iterator[bytes]:
        while piece := self.read(amount):
            yield piece


def _as_response(answer: Answer) -> Any:
    from botocore.awsrequest import AWSResponse

    return AWSResponse(answer.url, answer.status, dict(answer.headers), _Raw(answer.body))


def _read(value: Any) -> Any:
    """The same with bytes in place of streams, and what people need of the metadata."""
    if isinstance(value, dict):
        read = {key: _read(part) for key, part in value.items()}
        if isinstance(told := read.get("ResponseMetadata"), dict):
            kept = ("RequestId", "HTTPStatusCode")
            read["ResponseMetadata"] = {key: told[key] for key in kept if key in told}
        return read
    if isinstance(value, (list, tuple)):
        return [_read(part) for part in value]
    if hasattr(value, "read"):
        return value.read()
    # Events of a stream; all of it has arrived.
    return [_read(part) for part in value] if hasattr(value, "_event_generator") else value


def _refused(error: Any) -> ToolFailed:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    advice = {
        400: "Check the arguments, the region and the keys of the integration.",
        401: "The keys are wrong: their owner must renew them on the Integrations page.",
        403: "The keys are wrong, or may not do this: the account's policies decide.",
        404: "Check the name, and the region of the integration.",
    }
    limited = status in (429, 503)
    return ToolFailed(
        str(error), help="Too many requests: try again later." if limited else advice.get(status), code=status
    )


def _unknown(what: str, name: str, known: list[str], where: str) -> BadToolArguments:
    near = get_close_matches(name, known, _NEAR, 0.5)
    return BadToolArguments(
        f"Unknown {what} '{name[:100]}'",
        details=f"There is no {what} '{name[:100]}' of {where}.",
        help=f"Did you mean {', '.join(near)}?" if near else "See the reference of AWS for its name in boto3.",
        code=404,
    )


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
