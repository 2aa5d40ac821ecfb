"""Where a question belongs in its conversation: which branch it goes on, and as which turn."""

from dataclasses import replace

from codemie.conversations import history
from codemie.conversations.chat_schemas import ChatRequest
from codemie.conversations.turn_records import Loaded
from codemie.kernel.errors import Unprocessable


def placed(request: ChatRequest, loaded: Loaded) -> tuple[ChatRequest, Loaded]:
    """The request with its place written out where there are branches, and of what is loaded the branch it goes on.

    Raises:
        Unprocessable: it follows a version that is not there.
    """
    index, parent = request.history_index, request.parent_variant
    if parent is not None and not any(
        (item.history_index, item.variant) == (index and index - 1, parent) for item in loaded.history
    ):
        raise Unprocessable(
            "There is no such version",
            details=f"The turn before {index} has no version {parent} (parent_variant).",
            help="Read the conversation again: historyIndex and variant of its messages tell which there are.",
        )
    items = history.current_items(loaded.history, parent)
    loaded_branch = replace(loaded, history=items)
    last = items[-1] if items else None
    if last is None or (index is None and _goes_straight_on(loaded, last.history_index)):
        return request, loaded_branch
    if index is None:
        index = last.history_index + 1
    follows = last.variant if last.history_index == index - 1 else None
    return request.model_copy(update={"history_index": index, "parent_variant": follows}), loaded_branch


def _goes_straight_on(loaded: Loaded, last: int) -> bool:
    """Nothing needs to be written out: no branch is longer, and the last turn has one version."""
    versions = {item.variant for item in loaded.history if item.history_index == last}
    return loaded.branch_end is None and len(versions) == 1
