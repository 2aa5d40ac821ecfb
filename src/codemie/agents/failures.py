"""What went wrong, in the codes clients parse and in words for the person who asked."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

from codemie.agents.events import ErrorCode, Failed, Spent, ToolFailure
from codemie.kernel.errors import CodeMieError
from codemie.kernel.tools import ToolResult
from codemie.models.errors import retry_after

_MAX_PROVIDER_TEXT = 500
_MOST_CAUSES = 5


class RunTooLong(Exception):
    """The run passed its time limit.

    Args:
        seconds: the limit.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The run was stopped after {seconds:g} seconds")


MESSAGES: dict[ErrorCode, str] = {
    "agent_timeout": "The answer took too long and was stopped. Please try again, perhaps with a smaller question.",
    "agent_token_limit": "The model reached its output limit before it finished the answer.",
    "agent_budget_exceeded": "The budget of this model is used up. Please ask an administrator.",
    "agent_network_error": "The model could not be reached. Please try again in a moment.",
    "agent_configuration_error": "The model is not set up correctly. Please ask an administrator.",
    "agent_internal_error": "Something went wrong while producing the answer. Please try again.",
    "llm_content_policy": "The model provider refused this request because of its content policy.",
    "llm_context_length": "The conversation and its documents are longer than the model can read.",
    "llm_unavailable": "The model provider is not available right now. Please try again in a moment.",
    "llm_rate_limited": "The model provider is limiting requests right now. Please try again in a moment.",
    "llm_invalid_request": "The model provider did not accept the request.",
}

# Matched by class name along the inheritance, most specific first: naming the classes would import pydantic-ai
# (seconds) just to report an error of the plain path.
_BY_TYPE: dict[str, ErrorCode] = {
    "RunTooLong": "agent_timeout",
    "RunTimedOut": "agent_timeout",
    "ModelTimeoutError": "agent_timeout",
    "ModelRequestTimeout": "agent_timeout",
    "TimeoutError": "agent_timeout",
    "OutputTokenLimitExceeded": "agent_token_limit",
    "UsageLimitExceeded": "agent_token_limit",
    "ModelQuotaExceededError": "agent_budget_exceeded",
    "ModelRateLimitError": "llm_rate_limited",
    "ModelUnavailableError": "llm_unavailable",
    "ModelServerError": "llm_unavailable",
    "ModelConnectionError": "agent_network_error",
    "ClientConnectionError": "agent_network_error",
    "ClientPayloadError": "agent_network_error",
    "ModelContextWindowExceededError": "llm_context_length",
    "ModelAuthenticationError": "agent_configuration_error",
    "ModelNotFoundError": "agent_configuration_error",
    "UserError": "agent_configuration_error",
    "UnknownModelError": "llm_unavailable",
    "ContentFilterError": "llm_content_policy",
}

_BY_STATUS: dict[int, ErrorCode] = {
    400: "llm_invalid_request",
    401: "agent_configuration_error",
    402: "agent_budget_exceeded",
    403: "agent_configuration_error",
    404: "agent_configuration_error",
    408: "agent_timeout",
    413: "llm_context_length",
    422: "llm_invalid_request",
    429: "llm_rate_limited",
    504: "agent_timeout",
}

_BY_WORD: dict[str, ErrorCode] = {
    "context_length": "llm_context_length",
    "context length": "llm_context_length",
    "context window": "llm_context_length",
    "content_filter": "llm_content_policy",
    "content policy": "llm_content_policy",
    "content_policy": "llm_content_policy",
    "insufficient_quota": "agent_budget_exceeded",
}

_TOOL_BY_STATUS: dict[int, ErrorCode] = {
    400: "tool_validation",
    401: "tool_authentication",
    403: "tool_authorization",
    404: "tool_not_found",
    409: "tool_conflict",
    422: "tool_validation",
    429: "tool_rate_limited",
    504: "tool_timeout",
}

_TOOL_BY_WORD: dict[str, ErrorCode] = {
    "timeout": "tool_timeout",
    "timed out": "tool_timeout",
    "network": "tool_network_error",
    "connection": "tool_network_error",
    "validation": "tool_validation",
    "invalid": "tool_validation",
}


def explain(error: Exception, spent: tuple[Spent, ...]) -> Failed:
    """The end of a run that a provider, a limit or a bug stopped."""
    code = model_code(error)
    details: dict[str, Any] = {"type": type(error).__name__}
    status = _status(error)
    if status is not None:
        details["status"] = status
    wait = _retry_after(error)
    if wait is not None:
        details["retry_after_seconds"] = wait
    if code not in ("agent_internal_error", "agent_configuration_error"):
        details["reason"] = _reason(error)[:_MAX_PROVIDER_TEXT]
    return Failed(code, MESSAGES.get(code, MESSAGES["agent_internal_error"]), spent, details)


def model_code(error: Exception) -> ErrorCode:
    """The code of a failure on the way to the model or back."""
    names = [kind.__name__ for kind in type(error).__mro__]
    by_type: ErrorCode | None = next((_BY_TYPE[name] for name in names if name in _BY_TYPE), None)
    if by_type is not None:
        return by_type
    by_word = _first_word(_reason(error), _BY_WORD)
    status = _status(error)
    if by_word is not None and status in (None, 400, 402, 413, 422, 429):
        return by_word
    if status is None:
        return _without_status(error)
    otherwise: ErrorCode = "llm_unavailable" if status >= 500 else "llm_invalid_request"
    return _BY_STATUS.get(status, otherwise)


def _without_status(error: Exception) -> ErrorCode:
    if isinstance(error, OSError):
        return "agent_network_error"
    # What came was nothing a provider should say. Those that do have a status are errors of this class, too.
    return "llm_unavailable" if type(error).__name__ == "ModelAPIError" else "agent_internal_error"


def tool_failure(error: BaseException) -> ToolFailure:
    """Why a tool call failed; the message is what the model and the person read."""
    if isinstance(error, asyncio.TimeoutError):
        return ToolFailure("tool_timeout", "The tool did not answer in time.")
    message = str(error) or type(error).__name__
    status = _status(error)
    is_ours = isinstance(error, CodeMieError) and status is not None and status >= 500
    return ToolFailure(_tool_code(message, None if is_ours and status != 504 else status), message, status)


def told_failure(result: ToolResult) -> ToolFailure:
    """The failure a tool told itself."""
    return ToolFailure(_tool_code(result.text, result.status), result.text[:500], result.status)


def _tool_code(message: str, status: int | None) -> ErrorCode:
    if status is not None and status in _TOOL_BY_STATUS:
        return _TOOL_BY_STATUS[status]
    if status is not None and status >= 500:
        return "tool_server_error"
    return _first_word(message, _TOOL_BY_WORD) or "tool_execution_failed"


def _status(error: BaseException) -> int | None:
    """The HTTP status an exception carries, whatever its library calls the field."""
    for name in ("status_code", "status"):
        value = getattr(error, name, None)
        if isinstance(value, int):
            return value
    return None


def _retry_after(error: BaseException) -> float | None:
    """The patience an endpoint asked for: told by our own errors, or in the answer that a provider's library holds."""
    seen: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if seen is None:
            return None
        told = getattr(seen, "retry_after_seconds", None)
        headers = getattr(getattr(seen, "response", None), "headers", None)
        if told is None and isinstance(headers, Mapping):
            told = retry_after(cast("Mapping[str, str]", headers))
        if isinstance(told, int | float):
            return float(told)
        seen = seen.__cause__
    return None


def _reason(error: BaseException) -> str:
    body = getattr(error, "body", None)
    return str(body or error)


def _first_word(text: str, codes: dict[str, ErrorCode]) -> ErrorCode | None:
    folded = text.lower()
    return next((code for word, code in codes.items() if word in folded), None)
