"""References inside a document. One that leads out of it leads nowhere."""

from typing import Any
from urllib.parse import unquote

from codemie.integrations.openapi import listed, mapping

Json = dict[str, Any]
_MOST_STEPS = 20


class References:
    """Follows `$ref` within one document (RFC 6901 pointers).

    Args:
        document: all of it.
    """

    def __init__(self, document: Json) -> None:
        self._document = document

    def target(self, reference: str) -> Json:
        """What a reference means; nothing if it is not in the document."""
        if not reference.startswith("#/"):
            return {}
        node: Any = self._document
        for step in reference[2:].split("/"):
            name = unquote(step).replace("~1", "/").replace("~0", "~")
            items = listed(node)
            node = items[int(name)] if name.isdecimal() and int(name) < len(items) else mapping(node).get(name)
        return mapping(node)

    def resolved(self, node: Any) -> Json:
        """The object that a node is or refers to."""
        found = mapping(node)
        for _ in range(_MOST_STEPS):
            if not isinstance(reference := found.get("$ref"), str):
                return found
            found = self.target(reference)
        return {}
