"""What other systems say, without the secrets they were sent: an echo must not bring them to models and people."""

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from codemie.integrations.catalogue import MASK, is_secret

_SHORTEST = 6
"""Shorter ones stand in ordinary text."""
_IDENTIFIERS = frozenset({"aws_access_key_id", "aws_session_token", "elastic_api_key_id"})
"""Parts of signed addresses, which tools make for people; without the secret key they open nothing."""


def redacted(text: str, credential_type: str, values: Mapping[str, Any], *, identifiers: bool = False) -> str:
    """The text with a mask for every secret of the credential, also as it stands in headers, addresses and JSON.

    Args:
        text: what another system said.
        credential_type: on the wire.
        values: of the credential, in the clear.
        identifiers: mask those parts of signed addresses, too, where nobody makes one.
    """
    secrets = [
        str(value).strip()
        for key, value in values.items()
        if is_secret(credential_type, key)
        and (identifiers or key not in _IDENTIFIERS)
        and len(str(value or "").strip()) >= _SHORTEST
    ]
    if not secrets:
        return text
    users = [str(value) for value in values.values() if isinstance(value, str) and len(value) < 256]
    for form in _forms(secrets, users):
        text = text.replace(form, MASK)
    return text


def _forms(secrets: Iterable[str], users: Iterable[str]) -> list[str]:
    """The longest first, so that none is left in part."""
    forms: set[str] = set()
    for secret in secrets:
        forms |= {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}
        forms |= {json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
        pairs = (f":{secret}", f"{secret}:", *(f"{user}:{secret}" for user in users))
        forms |= {b64encode(pair.encode()).decode() for pair in (secret, *pairs)}
    return sorted(forms, key=len, reverse=True)
