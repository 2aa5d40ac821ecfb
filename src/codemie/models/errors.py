"""What can go wrong between us and a model endpoint, in the error codes of the chat contract.

ModelError
├── ModelRateLimitError              llm_rate_limited       429; `retry_after_seconds` when the endpoint said so
├── ModelQuotaExceededError          llm_budget_exceeded    402, or 429 with an exhausted quota
├── ModelTimeoutError                llm_timeout            no answer, or silence in the middle of one
├── ModelUnavailableError            llm_unavailable        5xx, or a stream that broke off
│   └── ModelConnectionError         llm_unavailable        no connection
├── ModelAuthenticationError         llm_authentication     401, 403, or no key configured
├── ModelRequestRejectedError        llm_invalid_request    other 4xx
│   ├── ModelNotFoundError           llm_invalid_request    404
│   └── ModelContextWindowExceededError  llm_context_length
├── ContentFilterError               llm_content_policy
├── OutputTokenLimitExceeded         agent_token_limit      the answer was cut at its limit
└── UnknownModelError                llm_unknown_error      an answer nobody understands

The names are pydantic-ai's where it has the same error, so that one table can classify both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, cast

_LONGEST_MESSAGE = 1_000


class ModelError(Exception):
    """A model call failed.

    Args:
        message: what the endpoint said, or what happened.
        status_code: HTTP status, when there was one.
        retry_after_seconds: how long the endpoint asked to wait.
    """

    code: ClassVar[str] = "llm_unknown_error"
    retryable: ClassVar[bool] = False

    def __init__(
        self, message: str, *, status_code: int | None = None, retry_after_seconds: float | None = None
    ) -> None:
        self.message = message[:_LONGEST_MESSAGE]
        self.status_code = status_code
        self.retry_after_seconds = retry_after_seconds
        super().__init__(self.message)


class ModelRateLimitError(ModelError):
    code = "llm_rate_limited"
    retryable = True


class ModelQuotaExceededError(ModelError):
    code = "llm_budget_exceeded"


class ModelTimeoutError(ModelError):
    code = "llm_timeout"


class ModelUnavailableError(ModelError):
    code = "llm_unavailable"
    retryable = True


class ModelConnectionError(ModelUnavailableError):
    pass


class ModelAuthenticationError(ModelError):
    code = "llm_authentication"


class ModelRequestRejectedError(ModelError):
    code = "llm_invalid_request"


class ModelNotFoundError(ModelRequestRejectedError):
    pass


class ModelContextWindowExceededError(ModelRequestRejectedError):
    code = "llm_context_length"


class ContentFilterError(ModelError):
    code = "llm_content_policy"


class OutputTokenLimitExceeded(ModelError):
    code = "agent_token_limit"


class UnknownModelError(ModelError):
    pass


_BY_STATUS: dict[int, type[ModelError]] = {
    401: ModelAuthenticationError,
    402: ModelQuotaExceededError,
    403: ModelAuthenticationError,
    404: ModelNotFoundError,
    408: ModelUnavailableError,
    413: ModelContextWindowExceededError,
    429: ModelRateLimitError,
    504: ModelTimeoutError,
}
# Providers agree on statuses but not on codes; these words stand in the code or the message of the body.
_BY_WORD: dict[str, type[ModelError]] = {
    "context_length": ModelContextWindowExceededError,
    "context length": ModelContextWindowExceededError,
    "context window": ModelContextWindowExceededError,
    "content_filter": ContentFilterError,
    "content_policy": ContentFilterError,
    "content management policy": ContentFilterError,
    "contentfilter": ContentFilterError,
    "moderation_blocked": ContentFilterError,
    "insufficient_quota": ModelQuotaExceededError,
}


def from_response(status: int, body: str, headers: Mapping[str, str] | None = None) -> ModelError:
    """Return the error an HTTP answer means."""
    message = _message(body) or f"The endpoint answered {status}."
    return _kind(status, body)(message, status_code=status, retry_after_seconds=retry_after(headers or {}))


def _kind(status: int, body: str) -> type[ModelError]:
    folded = body[:10_000].lower()
    by_word = next((kind for word, kind in _BY_WORD.items() if word in folded), None)
    if by_word is not None and status in {400, 402, 413, 422, 429}:
        return by_word
    fallback = ModelUnavailableError if status >= 500 else ModelRequestRejectedError
    return _BY_STATUS.get(status, fallback if status >= 400 else UnknownModelError)


def _message(body: str) -> str:
    """Return the text of OpenAI's, Azure's or anybody's error body."""
    try:
        found: Any = json.loads(body)
    except ValueError:
        return " ".join(body[:500].split())
    error = cast("Mapping[str, Any]", found).get("error", found) if isinstance(found, Mapping) else found
    text = cast("Mapping[str, Any]", error).get("message") if isinstance(error, Mapping) else error
    return text if isinstance(text, str) else body[:500]


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read `retry-after-ms` (Azure) or `Retry-After` in seconds; the date form is left to the usual backoff."""
    for name, unit in (("retry-after-ms", 0.001), ("Retry-After", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    return None
