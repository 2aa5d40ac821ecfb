"""The Bedrock client of a catalogue row, with our deadlines and retries instead of boto3's."""

from __future__ import annotations

from typing import Any

from codemie.models import credentials
from codemie.models.entries import ModelEntry
from codemie.models.errors import ModelAuthenticationError


def bedrock_client(entry: ModelEntry) -> Any:
    """Return a `bedrock-runtime` client; keys come from the row (a Bedrock API key) or AWS's usual chain.

    Raises:
        ModelAuthenticationError: no region is known, or the AWS profile does not exist.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    endpoint, key = entry.endpoint, credentials.api_key(entry)
    config = Config(
        connect_timeout=endpoint.connect_timeout_seconds,
        read_timeout=endpoint.timeout_seconds or 120,
        retries={"mode": "standard", "total_max_attempts": 1 + (endpoint.max_retries or 0)},
        max_pool_connections=endpoint.max_concurrency,
    )
    try:
        session = boto3.Session(profile_name=endpoint.profile, region_name=credentials.region(entry))
        client: Any = session.client("bedrock-runtime", endpoint_url=credentials.base_url(entry), config=config)
    except BotoCoreError as error:
        raise ModelAuthenticationError(f"Model '{entry.base_name}': {error}") from error
    if key:
        _use_bearer(client, key)
    return client


def _use_bearer(client: Any, key: str) -> None:
    """Send a Bedrock API key instead of signing; boto3 itself takes one only from a process-wide variable."""

    def sign(request: Any, **_: Any) -> None:
        request.headers["Authorization"] = f"Bearer {key}"

    from botocore import UNSIGNED

    client.meta.events.register("choose-signer.bedrock-runtime", lambda **_: UNSIGNED)
    client.meta.events.register("before-send.bedrock-runtime", sign)
