"""Files people attach to chats: their address (the ``file_url`` token), who may read them, how they are served.

A token is ``base64(L1~mime L2~owner L3~name)``, each part preceded by its length in characters. It is an address, not
a permission: anybody can build one, so a download always asks who is calling.
"""

import base64
import binascii
import mimetypes
import re
from dataclasses import dataclass
from urllib.parse import quote

from codemie.kernel.errors import InvalidInput

OCTET_STREAM = "application/octet-stream"
_LENGTH = re.compile(r"(\d{1,7})~")
_SNIFFED_BYTES = 1024
_ACTIVE_TEXT = re.compile(rb"<\s*(!doctype|html|head|body|script|svg|iframe|\?xml)|\bfunction\s*\(|=>", re.IGNORECASE)
_SCRIPT_TYPES = {"text/javascript", "application/javascript", "application/x-javascript", "text/ecmascript"}


@dataclass(frozen=True, slots=True)
class FileToken:
    """Where an attached file is: whose it is and what it is called."""

    mime_type: str
    owner: str
    name: str

    def encode(self) -> str:
        """The ``file_url`` clients exchange."""
        text = "".join(f"{len(part)}~{part}" for part in (self.mime_type, self.owner, self.name))
        return base64.b64encode(text.encode()).decode()

    @property
    def is_plain(self) -> bool:
        """Whether the name is that of a file and leads nowhere else."""
        return self.name not in {"", ".", ".."} and not re.search(r"[/\\\x00]", self.name)


def decode_token(token: str) -> FileToken:
    """Read a token, also the older form whose parts are joined by underscores.

    Raises:
        InvalidInput: 400, it is not one.
    """
    try:
        text = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise _undecodable() from error
    parts = _counted_parts(text) or _joined_parts(text)
    if parts is None:
        raise _undecodable()
    return FileToken(*parts)


def _counted_parts(text: str) -> tuple[str, str, str] | None:
    parts: list[str] = []
    position = 0
    for _ in range(3):
        length = _LENGTH.match(text, position)
        if length is None:
            return None
        position = length.end() + int(length[1])
        parts.append(text[length.end() : position])
        if position > len(text):
            return None
    return (parts[0], parts[1], parts[2]) if position == len(text) and all(parts) else None


def _joined_parts(text: str) -> tuple[str, str, str] | None:
    mime_type, _, rest = text.partition("_")
    owner, _, name = rest.partition("_")
    return (mime_type, owner, name) if "/" in mime_type and owner and name else None


def _undecodable() -> InvalidInput:
    return InvalidInput(
        "Invalid file", details="The file address cannot be decoded.", help="Use the file_url an upload answered with."
    )


def mime_type_of(name: str) -> str:
    """The media type a file's name stands for; what the sender claims does not count."""
    return mimetypes.guess_type(name)[0] or OCTET_STREAM


@dataclass(frozen=True, slots=True)
class Serving:
    """How a file is handed to a browser so that it cannot act in our name."""

    media_type: str
    inline: bool
    sandbox: bool = False


def serving_of(name: str, start: bytes) -> Serving:
    """Decide by the file's name and, for unknown kinds, its first bytes.

    Args:
        name: the file's name.
        start: its first bytes; at most 1024 are looked at.
    """
    kind = mime_type_of(name)
    if kind == "image/svg+xml":
        return Serving(kind, inline=False, sandbox=True)
    if kind == "text/html":
        return Serving(kind, inline=False, sandbox=True)
    if kind in {"text/xml", "application/xml"} or kind.endswith("+xml"):
        return Serving(OCTET_STREAM, inline=False)
    if kind.startswith("image/") or kind == "application/pdf":
        return Serving(kind, inline=True)
    if kind in _SCRIPT_TYPES or (kind == OCTET_STREAM and _ACTIVE_TEXT.search(start[:_SNIFFED_BYTES])):
        return Serving("text/plain", inline=False)
    return Serving(OCTET_STREAM, inline=False)


def disposition(name: str, *, inline: bool = False) -> str:
    """The `Content-Disposition` of a file, whatever letters its name has."""
    kind = "inline" if inline else "attachment"
    quoted = quote(name, safe="")
    return f'{kind}; filename="{name}"' if quoted == name else f"{kind}; filename*=utf-8''{quoted}"
