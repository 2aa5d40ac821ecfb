"""Changes of a text as SEARCH/REPLACE blocks, the way the diff tool takes them.

<<<<<<< SEARCH
lines as they are
=======
lines as they shall be
>>>>>>> REPLACE
"""

import re

from codemie.kernel.errors import InvalidInput

MAX_BLOCKS = 200
_BLOCK = re.compile(r"^<{5,9} ?SEARCH[^\n]*\n(.*?)^={5,9}[ ]*\n(.*?)^>{5,9} ?REPLACE[^\n]*$", re.DOTALL | re.MULTILINE)


def blocks(changes: str) -> list[tuple[str, str]]:
    """The changes: what is looked for, what takes its place.

    Raises:
        InvalidInput: there is none, or too many.
    """
    found = [(match[1], match[2]) for match in _BLOCK.finditer(changes.replace("\r\n", "\n"))]
    if not found or len(found) > MAX_BLOCKS:
        raise InvalidInput(
            "The changes cannot be read",
            details=f"{len(found)} SEARCH/REPLACE blocks were found.",
            help="Write `<<<<<<< SEARCH`, the old lines, `=======`, the new lines, `>>>>>>> REPLACE`, "
            "each mark on a line of its own.",
        )
    return found


def changed(content: str, changes: str) -> str:
    """The text with every change made, or none of them.

    Raises:
        InvalidInput: a block's old lines are not there exactly once.
    """
    for number, (old, new) in enumerate(blocks(changes), 1):
        if not old.strip():
            content = _appended(content, new)
            continue
        times = content.count(old)
        if times == 0 and (content + "\n").count(old) == 1:  # the last line of the file ends without a break
            content, times = content + "\n", 1
        if times != 1:
            raise InvalidInput(
                f"Block {number} does not fit",
                details=f"Its old lines are in the file {times} times.",
                help="Read the file again and repeat the old lines exactly, with enough of them to be found once.",
            )
        content = content.replace(old, new, 1)
    return content


def _appended(content: str, new: str) -> str:
    return f"{content}\n{new}" if content and not content.endswith("\n") else content + new
