"""What goes wrong in a tool call, in words a model can act on and a person understands."""

from typing import ClassVar

from pydantic import ValidationError

from codemie.kernel.errors import CodeMieError

PREFIX = "Error calling tool: "
"""Every failure begins so; clients look for it."""
_MOST_PROBLEMS = 5


class ToolFailed(CodeMieError):
    """A call that came to nothing.

    Args:
        message: what happened.
        code: HTTP status of the system that refused, if it was one.
        rest: see `CodeMieError`.
    """

    status: ClassVar[int] = 502
    title = "The tool failed"

    def __init__(self, message: str | None = None, *, code: int | None = None, **rest: object) -> None:
        super().__init__(message, **rest)  # type: ignore[arg-type]
        self.code = code


class NotConfigured(ToolFailed):
    """The credential lacks something, or there is none."""

    title = "The tool is not configured"


class BadToolArguments(ToolFailed):
    """The arguments do not fit what the tool takes."""

    title = "The arguments do not fit"

    @classmethod
    def of(cls, tool: str, error: ValidationError) -> "BadToolArguments":
        """What pydantic found, without what was sent: it may be long or secret."""
        problems = [
            f"{'.'.join(map(str, item['loc'])) or 'arguments'}: {item['msg']}"
            for item in error.errors(include_url=False, include_context=False, include_input=False)[:_MOST_PROBLEMS]
        ]
        return cls(f"The arguments of {tool} do not fit", details="; ".join(problems), code=422)


def told(error: BaseException) -> str:
    """The failure as the model reads it."""
    if isinstance(error, TimeoutError):
        return f"{PREFIX}it did not answer in time. Ask for less, or try again later."
    return f"{PREFIX}{error}"


def status_of(error: BaseException) -> int | None:
    """The HTTP status it stands for."""
    if isinstance(error, ToolFailed):
        return error.code
    return 504 if isinstance(error, TimeoutError) else getattr(error, "status", None)
