"""How a file is changed: by blocks that the caller wrote, or as a model writes that is told in words what to do."""

from codemie.toolkits.git.checkout import Checkout
from codemie.toolkits.patches import has_blocks, replaced

_WRITE_WHOLE = (
    "You change one file of a repository. You get the file and what is to be changed. Answer with the whole new file "
    "and nothing else: no explanation, no code fence."
)
_WRITE_BLOCKS = (
    "You change one file of a repository. You get the file and what is to be changed. Answer with blocks only. "
    "Each block is: a line OLD <<<<, the text exactly as it stands in the file and only once, a line >>>> OLD, a line "
    "NEW <<<<, the text that replaces it, a line >>>> NEW."
)


async def rewritten(repository: Checkout, path: str, text: str, task: str) -> str:
    """The file as the model writes it anew. Blocks in the task are replaced literally, and no model is asked.

    Args:
        repository: whose run has the model.
        path: of the file.
        text: of the file.
        task: what to change.

    Raises:
        ToolFailed: there is no model, it wrote nothing, or a block does not fit.
    """
    if has_blocks(task):
        return _ended(replaced(text, task))
    return _ended(await repository.written(_WRITE_WHOLE, path, text, task))


async def patched(repository: Checkout, path: str, text: str, task: str) -> str:
    """The file with blocks replaced: those of the task, or those that the model writes. See ``rewritten``."""
    blocks = task if has_blocks(task) else await repository.written(_WRITE_BLOCKS, path, text, task)
    return _ended(replaced(text, blocks))


def _ended(text: str) -> str:
    """With a line break at the end."""
    return text if text.endswith("\n") else f"{text}\n"
