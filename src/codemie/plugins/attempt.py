"""One try of a call: how it ended and how long it took, for the record of calls."""

import time
from types import TracebackType
from typing import Self

from codemie.kernel.errors import CodeMieError
from codemie.plugins.call_recorder import SUCCEEDED
from codemie.plugins.failures import PluginFailure
from codemie.plugins.rights import ToolRefused


class Attempt:
    """A context that measures what is done in it; whatever ends it passes through.

    Attributes:
        outcome: how it ended, as records of calls have it. Whoever knows better may set it inside.
    """

    def __init__(self) -> None:
        self.outcome = SUCCEEDED
        self._begun = time.monotonic()

    @property
    def milliseconds(self) -> int:
        """Since it began."""
        return round((time.monotonic() - self._begun) * 1000)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.outcome = _outcome(error)


def _outcome(error: BaseException) -> str:
    match error:
        case ToolRefused():
            return "refused"
        case PluginFailure():
            return error.outcome
        case CodeMieError():
            return "failed"
        case _:
            return "cancelled"
