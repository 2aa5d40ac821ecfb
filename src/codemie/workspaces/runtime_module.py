"""The module `codemie_runtime_sdk` that every script finds beside itself.

Scripts written for the protocol import it to call the agent's tools. Where there is no agent, or the bridge to it is
closed, the module says so with the code the protocol has for it, so that a script can go on without.
"""

MOST_MESSAGE_BYTES = 2**20
"""What a script may send at once."""

_ERROR = '''"""What a script of a workspace can ask of the platform."""


class ToolCallError(Exception):
    """A tool could not be called, or failed; `code` says why."""

    def __init__(self, code, message, retryable=False, may_have_run=False):
        super().__init__(message)
        self.code = code
        self.retryable = retryable
        self.may_have_run = may_have_run
'''
_CLOSED = '''

def call_tool(name, args=None):
    """Call a tool of the agent. Raises ToolCallError."""
    raise ToolCallError({code!r}, {message!r})


def call_tools(calls):
    """Call several tools; an error in place of each result."""
    return [ToolCallError({code!r}, {message!r}) for _ in calls]
'''
_OPEN = '''

import json
import os
import threading

_LINE, _MOST_BYTES = 3, MOST_MESSAGE_BYTES
_ONE_AT_A_TIME = threading.Lock()


def call_tool(name, args=None):
    """Call a tool of the agent: {"result": what it said, "http": {"status": 200}}. Raises ToolCallError."""
    answer = call_tools([{"name": name, "args": args}])[0]
    if isinstance(answer, ToolCallError):
        raise answer
    return answer


def call_tools(calls):
    """Call several tools at the same time, each as {"name": ..., "args": {...}}; an error in place of a result."""
    wanted = [{"name": call.get("name"), "args": {} if call.get("args") is None else call["args"]} for call in calls]
    if not wanted:
        return []
    try:
        data = json.dumps(wanted).encode()
    except (TypeError, ValueError, RecursionError) as error:
        return [ToolCallError("bad_arguments", f"The arguments are not JSON: {error}") for _ in wanted]
    if len(data) > _MOST_BYTES:
        return [ToolCallError("bad_arguments", f"Calls may have {_MOST_BYTES} bytes at once.") for _ in wanted]
    try:
        with _ONE_AT_A_TIME:
            _write(len(data).to_bytes(4, "big") + data)
            answers = json.loads(_read(int.from_bytes(_read(4), "big")))
    except OSError:
        return [ToolCallError("unavailable", "The platform answers no more.", may_have_run=True) for _ in wanted]
    return [ToolCallError(**answer["error"]) if "error" in answer else answer for answer in answers]


def _write(data):
    while data:
        data = data[os.write(_LINE, data):]


def _read(length):
    parts = []
    while length:
        part = os.read(_LINE, min(length, 65536))
        if not part:
            raise OSError("closed")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
'''


def source(*, in_a_run: bool, bridged: bool = False) -> str:
    """The module's text.

    Args:
        in_a_run: whether an agent runs the script, which would have tools, or a person, who has none.
        bridged: whether its tools can be called.
    """
    if bridged:
        return _ERROR + _OPEN.replace("MOST_MESSAGE_BYTES", str(MOST_MESSAGE_BYTES))
    if in_a_run:
        return _ERROR + _CLOSED.format(code="unavailable", message="Tool calls are not available in this run.")
    message = "This script was not started by an agent, so there are no tools."
    return _ERROR + _CLOSED.format(code="no_context", message=message)
