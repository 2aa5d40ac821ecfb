"""Tools that let the model write: a file anew, or a change of it."""

from codemie.agents.asking import Desk, Question, attempt
from codemie.agents.events import Completed
from codemie.identity.caller import Caller
from codemie.toolkits.connection import Write
from codemie.toolkits.failures import ToolFailed


def writer(
    desk: Desk, caller: Caller, project: str, model: str | None = None, assistant_id: str | None = None
) -> Write:
    """Writes with a model; what it costs is charged to the project.

    Args:
        desk: of the process.
        caller: in whose name.
        project: who pays.
        model: by name; the default model when there is none.
        assistant_id: the assistant whose run it is.
    """

    async def write(instructions: str, material: str) -> str:
        question = Question(instructions, material, project=project, model=model, assistant_id=assistant_id)
        ended = await attempt(desk, caller, question)
        if isinstance(ended, Completed):
            return ended.text
        raise ToolFailed("The model did not write the text", details=ended.message, help="Try again.")

    return write
