"""A process that makes one document: JSON in, a file out. The only program that loads the libraries for it.

It has limits of its own, so that a conversation that makes a library run wild costs neither the server's memory nor its
time: see `exports.py`, which starts and stops it.
"""

import json
import os
import resource
import sys
from importlib import import_module

from codemie.conversations.exporting.documents import Document

WRITERS = {"docx": "word", "pdf": "pdf", "pptx": "slides"}
_MEMORY_BYTES = 1536 * 2**20


def main() -> int:
    """Read the order, write the file to standard output; an error's text goes to standard error."""
    # What libraries print must not end up in the file.
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Not every system knows this limit; the deadline holds everywhere.
    if sys.platform.startswith("linux"):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    order = json.load(sys.stdin)
    writer = import_module(f"codemie.conversations.exporting.{WRITERS[order['format']]}")
    target.write(writer.write(Document.from_json(order["document"])))
    target.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
