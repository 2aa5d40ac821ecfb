"""The one error hierarchy. `kernel.error_responses` maps it, once, to the wire envelope.

CodeMieError
├── InvalidInput            400  the request makes no sense, whoever sends it
├── NotAuthenticated        401  nobody knows who is asking
├── EntityAccessDenied      401  known, but may not do this to that entity (the wire contract says 401, not 403)
├── AccessDenied            403  known, but lacks a role or a project
├── NotFound                404
├── Conflict                409
├── TooLarge                413
├── Unprocessable           422  well-formed, but a value is not acceptable
├── TooManyRequests         429
├── UpstreamFailed          502  a system we call answered with an error
├── Unavailable             503  a part of the platform is away; try again
├── DeadlineExceeded        504
├── OutOfSpace              507
└── ConfigurationError      500  the installation is wrong: refuses to start
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class CodeMieError(Exception):
    """Anything the platform refuses or cannot do, told so that the reader knows what to do next.

    Args:
        message: short title, shown first.
        details: what exactly was wrong and where; text, object or list.
        help: what the reader can do about it.
        headers: extra response headers.
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal Server Error."

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Any = None,
        help: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.message = message or self.title
        self.details = details
        self.help = help
        self.headers = dict(headers or {})
        super().__init__(self.message)

    def __str__(self) -> str:
        parts = [self.message, self.details if isinstance(self.details, str) else None, self.help]
        return " ".join(_ended(part) for part in parts if part)

    def envelope(self) -> dict[str, Any]:
        """The wire form: `{"error": {"message", "details", "help"}}`."""
        return {"error": {"message": self.message, "details": self.details, "help": self.help}}


def _ended(sentence: str) -> str:
    bare = sentence.rstrip(".")
    return bare if bare.endswith(("?", "!")) else f"{bare}."


class InvalidInput(CodeMieError):
    status = 400
    title = "Invalid request"


class NotAuthenticated(CodeMieError):
    status = 401
    title = "Authentication failed"


class EntityAccessDenied(CodeMieError):
    status = 401
    title = "Access denied"

    @classmethod
    def to(cls, action: str) -> "EntityAccessDenied":
        """The denial clients assert literally; `action` is a verb such as `read` or `update`."""
        return cls(details=f"You do not have the necessary permissions to {action} this entity.")


class AccessDenied(CodeMieError):
    status = 403
    title = "Access denied"


class NotFound(CodeMieError):
    status = 404
    title = "Not found"

    @classmethod
    def of(cls, entity: str, entity_id: str) -> "NotFound":
        """`<Entity> not found`, with the id that was looked for."""
        return cls(
            f"{entity} not found",
            details=f"The {entity.lower()} with ID [{entity_id}] could not be found in the system.",
            help=f"Please verify the {entity.lower()} ID and try again. "
            "If you believe this is an error, contact support.",
        )


class Conflict(CodeMieError):
    status = 409
    title = "Conflict"


class TooLarge(CodeMieError):
    status = 413
    title = "Content too large"


class Unprocessable(CodeMieError):
    status = 422
    title = "Unprocessable request"


class _Retryable(CodeMieError):
    """An error that goes away by itself.

    Args:
        retry_after: seconds after which another try makes sense.
    """

    def __init__(self, message: str | None = None, *, retry_after: float | None = None, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.retry_after = retry_after
        if retry_after is not None:
            self.headers["Retry-After"] = str(max(1, round(retry_after)))


class TooManyRequests(_Retryable):
    status = 429
    title = "Too many requests"


class UpstreamFailed(CodeMieError):
    status = 502
    title = "An external system failed"


class Unavailable(_Retryable):
    status = 503
    title = "Temporarily unavailable"


class DeadlineExceeded(CodeMieError):
    status = 504
    title = "Deadline exceeded"


class OutOfSpace(CodeMieError):
    status = 507
    title = "No space left on the disk"


class ConfigurationError(CodeMieError):
    title = "The configuration is not usable"
