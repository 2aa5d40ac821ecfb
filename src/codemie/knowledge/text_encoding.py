"""Bytes → text, for files that do not say in which encoding they are."""

import codecs

from codemie.knowledge.documents import SkipCode, Unreadable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PROBE_BYTES = 1 << 16
_PLAIN_CONTROLS = b"\t\n\r\f\x1b\b\v"
_MAX_CONTROL_SHARE = 0.02


def decode(data: bytes) -> str:
    """The text of a file, with Unix line ends and without NUL.

    Raises:
        Unreadable: it is binary, or in an encoding nobody can name.
    """
    text = _decoded(data)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def storable(text: str) -> str:
    """The text without what neither PostgreSQL nor a tokenizer takes: NUL and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _decoded(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise Unreadable(SkipCode.ENCODING, f"The text is not valid {encoding.upper()}") from error
    _refuse_binary(data[:_PROBE_BYTES])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _detected(data)


def _refuse_binary(probe: bytes) -> None:
    controls = sum(probe.count(bytes([code])) for code in range(32) if code not in _PLAIN_CONTROLS)
    if b"\x00" in probe or controls > len(probe) * _MAX_CONTROL_SHARE:
        raise Unreadable(SkipCode.BINARY, "The file is binary, not text")


def _detected(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_PROBE_BYTES]).best()
    if best is not None:
        try:
            return data.decode(best.encoding)
        except (UnicodeDecodeError, LookupError):
            # The beginning fitted, the rest does not: better a few replaced letters than no document.
            return data.decode(best.encoding, errors="replace")
    raise Unreadable(SkipCode.ENCODING, "The text is in an encoding that cannot be recognised; save it as UTF-8")
