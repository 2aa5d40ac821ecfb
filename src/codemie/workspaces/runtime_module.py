"""The module `codemie_runtime_sdk` that every script finds beside itself.

Scripts written for the protocol import it to call the agent's tools. That bridge is not open here, and the module says
so with the code the protocol has for it, so that a script can go on without.
"""

_SOURCE = '''"""What a script of a workspace can ask of the platform."""


class ToolCallError(Exception):
    """A tool could not be called; `code` says why."""

    def __init__(self, code, message, retryable=False, may_have_run=False):
        super().__init__(message)
        self.code = code
        self.retryable = retryable
        self.may_have_run = may_have_run


def call_tool(name, args=None):
    """Call a tool of the agent. Raises ToolCallError."""
    raise ToolCallError({code!r}, {message!r})


def call_tools(calls):
    """Call several tools; an error in place of each result."""
    return [ToolCallError({code!r}, {message!r}) for _ in calls]
'''


def source(*, in_a_run: bool) -> str:
    """The module's text.

    Args:
        in_a_run: whether an agent runs the script, which would have tools, or a person, who has none.
    """
    if in_a_run:
        return _SOURCE.format(code="unavailable", message="Tool calls are not available in this run.")
    return _SOURCE.format(code="no_context", message="This script was not started by an agent, so there are no tools.")
