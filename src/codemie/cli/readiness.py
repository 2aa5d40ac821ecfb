"""Waits until the API says that it is ready, and notices when it never will be."""

import http.client
import threading
import time

from codemie.cli.exits import PartFailed
from codemie.cli.parts import Program

DEADLINE_SECONDS = 180.0


def wait(api: Program, host: str, port: int, stopping: threading.Event) -> bool:
    """Whether the API became ready before somebody asked us to stop.

    Raises:
        PartFailed: it ended, or is still not ready after the deadline; carries its last line.
    """
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not stopping.wait(0.05):
        if api.pid is None:
            raise PartFailed(
                f"The API did not start ({api.last_words().rstrip('.')}). Its log is {api.log or 'above'}."
            )
        if _status(host, port, "/health/ready") == http.HTTPStatus.OK:
            return True
        if time.monotonic() > deadline:
            raise PartFailed(f"The API is not ready after {DEADLINE_SECONDS:g} s. Its log is {api.log or 'above'}.")
    return False


def has_web_ui(host: str, port: int) -> bool:
    """Whether the API serves the web UI, which it does when it was built."""
    return _status(host, port, "/") == http.HTTPStatus.OK


def _status(host: str, port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection(host.strip("[]"), port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
