"""The child process that opens documents of strangers: PDF, Office, HTML, mail.

A parser bug, an endless loop or a memory bomb ends this process, not the platform. It is told the document type and the
bytes on standard input and answers JSON on standard output; it has no credentials, a memory limit and an alarm clock.
Frames are an 8-byte big-endian length and the content.
"""

import contextlib
import json
import re
import signal
import struct
import sys
from typing import IO, Any

_MARKER = "\u241e"
_MARKED = re.compile(f"{_MARKER}(\\d+){_MARKER}")
_SHEET = re.compile(r"^## (.+)$", re.MULTILINE)
_MARKDOWN = {"docx", "xlsx", "html", "htm", "xhtml", "epub", "odt", "ods", "ipynb"}
# The parser puts a page's meta data first, as front matter that it then reads as a heading itself.
_FRONT_MATTER = re.compile(r"\A---\n+(?:[\w:.-]+:.*\n+)*## [\w:.-]+:.*\n+")

_CAUSES = (
    (re.compile(r"password|encrypt", re.IGNORECASE), "encrypted", "The document is protected by a password"),
    (
        re.compile(r"limit|exceed|bomb|too (large|many|deep)", re.IGNORECASE),
        "too_large",
        "The document unpacks to more than is allowed",
    ),
    (re.compile(r""), "damaged", "The document is damaged and cannot be opened"),
)


def main(memory_bytes: int) -> None:
    """Answer requests until standard input ends."""
    _limit(memory_bytes)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while header := _read(requests):
        request = json.loads(header)
        data = _read(requests)
        # The default action of SIGALRM ends the process, even inside native code.
        signal.alarm(request["timeout_seconds"])
        answer = json.dumps(_answer(request, data)).encode()
        signal.alarm(0)
        answers.write(struct.pack(">Q", len(answer)) + answer)
        answers.flush()


def _limit(memory_bytes: int) -> None:
    with contextlib.suppress(ImportError):  # there is no `resource` on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(stream: IO[bytes]) -> bytes:
    head = stream.read(8)
    if len(head) < 8:
        return b""
    (length,) = struct.unpack(">Q", head)
    return stream.read(length)


def _answer(request: dict[str, Any], data: bytes) -> dict[str, Any]:
    from kreuzberg.exceptions import KreuzbergError

    try:
        return {"sections": _sections(request, data)}
    except (KreuzbergError, ValueError, OSError) as error:
        _, code, reason = next(cause for cause in _CAUSES if cause[0].search(str(error)))
        return {"code": code, "reason": reason}


def _sections(request: dict[str, Any], data: bytes) -> list[dict[str, Any]]:
    from kreuzberg import (
        ConcurrencyConfig,
        ExtractionConfig,
        PageConfig,
        extract_bytes_sync,
    )

    kind = request["kind"]
    config = ExtractionConfig(
        use_cache=False,
        enable_quality_processing=False,
        output_format="markdown" if kind in _MARKDOWN else "plain",
        pages=PageConfig(
            extract_pages=True,
            insert_page_markers=kind == "pptx",
            marker_format=f"\n\n{_MARKER}{{page_num}}{_MARKER}\n\n",
        ),
        concurrency=ConcurrencyConfig(max_threads=1),
    )
    result = extract_bytes_sync(data, request["mime"], config)
    if kind == "pdf" and result.pages:
        return [{"page": page["page_number"], "text": page["content"]} for page in result.pages]
    return _split(kind, result.content)


def _split(kind: str, content: str) -> list[dict[str, Any]]:
    """Give every slide and every sheet its number; other formats have no pages."""
    if kind == "pptx":
        parts = _MARKED.split(content)
        return [{"page": int(number), "text": text} for number, text in zip(parts[1::2], parts[2::2], strict=True)]
    if kind == "xlsx":
        parts = _SHEET.split(content)
        sheets = zip(parts[1::2], parts[2::2], strict=True)
        return [{"page": page, "title": title, "text": text} for page, (title, text) in enumerate(sheets, 1)]
    return [{"text": _FRONT_MATTER.sub("", content, count=1)}]


if __name__ == "__main__":
    main(int(sys.argv[1]))
