"""No orphans: the API and the worker end when the `up` that started them is gone, however it went.

`up` holds the write end of a pipe whose read end its children inherit. Nothing is ever written; the end of
the stream is the news. That works on every Unix, and after `kill -9`, too.
"""

import os
import signal
import threading

VARIABLE = "CODEMIE_SUPERVISOR_PIPE"

_GRACE_SECONDS = 10.0


def follow_supervisor() -> None:
    """Begin to watch the pipe, when we were started by `up`."""
    descriptor = os.environ.pop(VARIABLE, None)
    if descriptor is not None:
        threading.Thread(target=_watch, args=(int(descriptor),), name="supervisor-watch", daemon=True).start()


def _watch(descriptor: int) -> None:
    os.read(descriptor, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_GRACE_SECONDS)
    os._exit(1)
