"""Wire models of what uses an integration."""

from typing import Literal

from codemie.kernel.http import WireModel

UseKind = Literal["assistant", "choice", "skill", "data_source"]


class Use(WireModel):
    """Something that works with the integration; ``choice`` is what the caller chose for themselves in an assistant."""

    kind: UseKind
    id: str
    name: str
    project: str


class Usages(WireModel):
    """Where an integration is used.

    ``total`` counts what the caller may read, also beyond the items told; ``hidden`` counts what they may not.
    """

    items: list[Use]
    total: int
    hidden: int
