"""What a command's log looks like on a terminal: one line an event, and of an error its name, words and place.

Never what variables held: a traceback with them shows passwords to whoever looks on, and to who is sent the output.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from codemie.operations.bundle.redaction import Redactor

_MOST_LETTERS = 400
_redactor: "Redactor | None" = None


def set_up() -> None:
    """Write log lines to standard error this way, unless somebody has set logging up already."""
    import structlog

    if not structlog.is_configured():
        structlog.configure(
            processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, _line],
            # Standard error as it is when a line is written: whoever runs commands in its own process may exchange it.
            logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        )
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_OneLine())
        root.addHandler(handler)


def without_secrets(text: str) -> str:
    """The text without those that this machine knows, and without what looks like one."""
    global _redactor  # noqa: PLW0603 - built once, when there is something to say
    if _redactor is None:
        from codemie.cli.known_secrets import secrets_at_hand
        from codemie.operations.bundle.redaction import Redactor

        _redactor = Redactor.knowing(secrets_at_hand(), keep_emails=True)
    return _redactor(text)


def told(error: BaseException) -> str:
    """Name, first line and place of an error; of a group, those of the errors in it."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(map(told, cast("BaseExceptionGroup[BaseException]", error).exceptions))
    words = f"{type(error).__name__}: {_first_line(str(error))}"[:_MOST_LETTERS]
    frames = traceback.extract_tb(error.__traceback__)
    return f"{words} ({frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno})" if frames else words


def _first_line(text: str) -> str:
    """SQL and its parameters stand in the others."""
    return text.partition("\n")[0]


def _line(_: Any, __: str, event: MutableMapping[str, Any]) -> str:
    level, what, held = event.pop("level", ""), event.pop("event", ""), event.pop("exc_info", None)
    for unwanted in ("stack_info", "exception", "stack"):
        event.pop(unwanted, None)
    words = [f"{level}: {what}", *(f"{name}={value}" for name, value in event.items())]
    if (error := _raised(held)) is not None:
        words.append(told(error))
    return without_secrets(" ".join(words))


def _raised(held: Any) -> BaseException | None:
    if isinstance(held, BaseException):
        return held
    if isinstance(held, tuple):
        return cast("tuple[type[BaseException], BaseException, object]", held)[1]
    return sys.exception() if held else None


class _OneLine(logging.Formatter):
    """Lines of libraries, likewise."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        words = f"{record.levelname.lower()}: {_first_line(record.getMessage())}"
        return without_secrets(f"{words} {told(error)}" if error else words)
