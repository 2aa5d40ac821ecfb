"""Exit codes of `codemiectl`, and the one place where an error becomes a line on the terminal."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

from codemie.kernel.errors import CodeMieError, ConfigurationError, Conflict, InvalidInput, NotFound

PREFIX = "codemiectl: "
"""Begins every line that says why a command ended; who quotes the line leaves it out."""

_PARSERS = ("typer", "click")
"""Whose errors are wrong usage, and an exit code that a command chose."""


class Exit(IntEnum):
    """What the shell sees. 2, wrong usage, comes from the option parser."""

    OK = 0
    REFUSED = 1
    CONFIGURATION = 3
    FAILED = 4
    INTERRUPTED = 130
    UNREAD = 141


class Refused(Exception):
    """The command cannot do its work here and now; the message names the cause and the remedy."""


class PartFailed(Exception):
    """A part of the platform does not stay up; the message names it and its log."""


@contextmanager
def one_line_errors(*, checking: bool = False) -> Generator[None]:
    """Turn what people can mend into one line on standard error and an exit code; log without what variables held.

    Args:
        checking: the command is one of checks, whose code 1 says that something is to be looked at: what could not be
            run, or was not allowed, ends with 3.
    """
    from codemie.cli import terminal_log

    terminal_log.set_up()
    try:
        yield
    except Refused as error:
        stop(str(error), Exit.CONFIGURATION if checking else Exit.REFUSED)
    except ConfigurationError as error:
        stop(str(error), Exit.CONFIGURATION)
    except (PartFailed, CodeMieError) as error:
        is_usage = checking and isinstance(error, (NotFound, InvalidInput, Conflict))
        stop(str(error), Exit.CONFIGURATION if is_usage else Exit.FAILED)
    except BrokenPipeError:
        # Who reads the output has seen enough, as `| head` has. What is still buffered must not fail again at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(int(Exit.UNREAD)) from None
    except OSError as error:
        # A disk that fills up, or a folder taken away, between our checks and its use.
        stop(f"{error.filename or 'The system'}: {error.strerror or error}", Exit.FAILED)
    except KeyboardInterrupt:
        stop("Interrupted.", Exit.INTERRUPTED)
    # Broad on purpose: this is where every command ends, and what nobody foresaw is one line, too.
    except Exception as error:
        if type(error).__module__.partition(".")[0] in _PARSERS:
            raise
        # The trace is not shown: the words of an error may hold what nobody else may see.
        stop(
            terminal_log.without_secrets(f"The command itself broke, report this: {terminal_log.told(error)}"),
            Exit.FAILED,
        )


def stop(message: str, code: Exit) -> NoReturn:
    """Say why on standard error, and exit."""
    print(f"{PREFIX}{message}", file=sys.stderr, flush=True)
    raise SystemExit(int(code))
