"""An error of Terraform that is known by its words."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Signature:
    """A known error.

    Attributes:
        id: part of the interface: never renamed, never used for something else.
        pattern: searched in an error's whole text on one line, whatever its case.
        cause: one sentence; `{name}` is a named part of the pattern; a clause in brackets goes when a part is missing.
        remedy: what to do, most likely first; likewise.
        faq: row of the documentation.
        is_root: whether other errors of the same run follow from it.
    """

    id: str
    pattern: re.Pattern[str]
    cause: str
    remedy: tuple[str, ...]
    faq: str
    is_root: bool = False


def known(name: str, pattern: str, cause: str, *remedy: str, faq: str, is_root: bool = False) -> Signature:
    """A signature with an id of its family; the pattern as text."""
    return Signature(f"tf.log.{name}", re.compile(pattern, re.IGNORECASE), cause, remedy, faq, is_root)
