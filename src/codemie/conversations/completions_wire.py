"""Chat completions as OpenAI's clients read them: whole, as server-sent events, and as errors."""

import json
import time
from typing import Any

from codemie.kernel.database import new_id
from codemie.models.usage import Usage

DONE = b"data: [DONE]\n\n"
_KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}

Json = dict[str, Any]


class Head:
    """What every part of one answer repeats."""

    def __init__(self, model: str) -> None:
        self._head: Json = {"id": f"chatcmpl-{new_id()}", "created": int(time.time()), "model": model}

    def whole(self, message: Json, reason: str, usage: Usage) -> Json:
        """The answer in one piece."""
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": None, "refusal": None, **message},
            "finish_reason": reason,
            "logprobs": None,
        }
        return {**self._head, "object": "chat.completion", "choices": [choice], "usage": _used(usage)}

    def chunk(self, delta: Json, reason: str | None = None) -> bytes:
        """The next part of it."""
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        return _event({**self._head, "object": "chat.completion.chunk", "choices": [choice]})

    def usage(self, usage: Usage) -> bytes:
        """What it used, where that is asked for."""
        return _event({**self._head, "object": "chat.completion.chunk", "choices": [], "usage": _used(usage)})


def model_row(name: str, owner: str, **about: Any) -> Json:
    """A model as a list of them shows it."""
    return {"id": name, "object": "model", "created": 0, "owned_by": owner, **about}


def error_body(status: int, message: str, code: str | None = None, param: str | None = None) -> Json:
    """An error in OpenAI's envelope."""
    kind = _KINDS.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code or _CODES.get(status)}}


def error_event(status: int, message: str, code: str | None) -> bytes:
    """The same inside a stream that has begun."""
    return _event(error_body(status, message, code))


def _event(value: Json) -> bytes:
    return f"data: {json.dumps(value, separators=(',', ':'))}\n\n".encode()


def _used(usage: Usage) -> Json:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read_tokens},
    }
