"""What servers and connections say, without the secrets of the integration that was sent to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from codemie.integrations.vault import Credential
from codemie.kernel.errors import CodeMieError


@contextmanager
def masked_errors(credential: Credential | None) -> Iterator[None]:
    """Errors of ours leave the block without the secrets."""
    try:
        yield
    except CodeMieError as error:
        error.message = masked(credential, error.message)
        error.details = masked(credential, error.details)
        error.help = masked(credential, error.help)
        error.args = (error.message,)
        raise


def masked(credential: Credential | None, value: Any) -> Any:
    """The same JSON with a mask for every secret, in names as well."""
    if credential is None:
        return value
    if isinstance(value, str):
        return credential.redacted(value)
    if isinstance(value, list):
        return [masked(credential, item) for item in value]
    if isinstance(value, dict):
        return {masked(credential, key): masked(credential, item) for key, item in value.items()}
    return value
