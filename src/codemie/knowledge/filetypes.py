"""Which file is what: by its first bytes where they tell, by its name otherwise."""

import io
import zipfile
from typing import Literal

from codemie.knowledge.documents import SkipCode, Unreadable

Reader = Literal["office", "zip", "csv", "json", "prose", "code", "text"]

_OPENXML = "application/vnd.openxmlformats-officedocument"

OFFICE: dict[str, str] = {
    "pdf": "application/pdf",
    "docx": f"{_OPENXML}.wordprocessingml.document",
    "pptx": f"{_OPENXML}.presentationml.presentation",
    "xlsx": f"{_OPENXML}.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "html": "text/html",
    "htm": "text/html",
    "xhtml": "text/html",
    "epub": "application/epub+zip",
    "ipynb": "application/x-ipynb+json",
    "eml": "message/rfc822",
    "msg": "application/vnd.ms-outlook",
    "rtf": "application/rtf",
}
"""File types the document parser reads, and the media type it knows them by."""

PROSE = frozenset({"md", "markdown", "mdx", "rst", "adoc", "asciidoc", "txt", "text", "log", "tex", "org"})

LANGUAGES: dict[str, str] = {
    **dict.fromkeys(("py", "pyi", "pyw"), "python"),
    **dict.fromkeys(("js", "mjs", "cjs", "jsx"), "javascript"),
    **dict.fromkeys(("ts", "mts", "cts"), "typescript"),
    "tsx": "tsx",
    "java": "java",
    "go": "go",
    "rs": "rust",
    **dict.fromkeys(("c", "h"), "c"),
    **dict.fromkeys(("cc", "cpp", "cxx", "hpp", "hh", "hxx"), "cpp"),
    "cs": "csharp",
    "rb": "ruby",
    "php": "php",
    **dict.fromkeys(("kt", "kts"), "kotlin"),
    "swift": "swift",
    **dict.fromkeys(("scala", "sc"), "scala"),
    **dict.fromkeys(("sh", "bash", "zsh"), "bash"),
    "sql": "sql",
    "css": "css",
    "vue": "vue",
    **dict.fromkeys(("tf", "hcl", "tfvars"), "hcl"),
    "lua": "lua",
    **dict.fromkeys(("pl", "pm"), "perl"),
    "r": "r",
    **dict.fromkeys(("groovy", "gradle"), "groovy"),
    "proto": "proto",
    **dict.fromkeys(("ex", "exs"), "elixir"),
    "hs": "haskell",
    "dart": "dart",
    "ps1": "powershell",
    "m": "objc",
    **dict.fromkeys(("yaml", "yml"), "yaml"),
    "toml": "toml",
    "xml": "xml",
}
"""Extensions of source code and structured text, and the grammar that cuts it."""

_UNSUPPORTED = {
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "bmp", "webp", "tif", "tiff", "ico", "svgz"), "Images"),
    **dict.fromkeys(("mp3", "wav", "ogg", "flac", "m4a"), "Audio files"),
    **dict.fromkeys(("mp4", "mov", "avi", "mkv", "webm"), "Videos"),
    **dict.fromkeys(("7z", "rar", "tar", "gz", "tgz", "bz2", "xz", "zst"), "Archives other than ZIP"),
    **dict.fromkeys(("doc", "xls", "ppt", "vsd", "vsdx"), "Documents of this type"),
}

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_ZIP_DIRECTORIES = {"word/": "docx", "ppt/": "pptx", "xl/": "xlsx"}


def extension(source: str) -> str:
    """The last suffix of a path, lower-case, without dot; for `Dockerfile` and the like an empty string."""
    name = source.replace("\\", "/").rsplit("/", 1)[-1]
    return name.rsplit(".", 1)[-1].lower() if "." in name.lstrip(".") else ""


def classify(source: str, data: bytes) -> tuple[Reader, str]:
    """Say who reads a file, and the detail that reader needs: an office type, or a grammar name.

    Raises:
        Unreadable: the type is known and cannot be read, or the file is empty or encrypted.
    """
    if not data.strip():
        raise Unreadable(SkipCode.EMPTY, "The file is empty")
    suffix = extension(source)
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return "office", "pdf"
    if data.startswith(b"PK\x03\x04") or suffix == "zip":
        return _zip_like(suffix, data)
    if data.startswith(_OLE) and suffix != "msg":
        raise _ole(data)
    if suffix in _UNSUPPORTED:
        raise Unreadable(SkipCode.UNSUPPORTED, f"{_UNSUPPORTED[suffix]} (.{suffix}) cannot be searched")
    return _by_name(suffix)


def _by_name(suffix: str) -> tuple[Reader, str]:
    if suffix in OFFICE:
        return "office", suffix
    if suffix in {"csv", "tsv"}:
        return "csv", ""
    if suffix in {"json", "jsonl", "ndjson"}:
        return "json", ""
    if suffix in LANGUAGES:
        return "code", LANGUAGES[suffix]
    return ("prose", "") if suffix in PROSE else ("text", "")


def _zip_like(suffix: str, data: bytes) -> tuple[Reader, str]:
    if suffix in {"epub", "odt", "ods"}:
        return "office", suffix
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        kind = "ZIP archive" if suffix in {"zip", ""} else f"{suffix.upper()} file"
        raise Unreadable(SkipCode.DAMAGED, f"The {kind} is damaged and cannot be opened") from error
    if "[Content_Types].xml" in names:
        for prefix, kind in _ZIP_DIRECTORIES.items():
            if any(name.startswith(prefix) for name in names):
                return "office", kind
    if suffix in {"zip", ""}:
        return "zip", ""
    raise Unreadable(SkipCode.UNSUPPORTED, f"Files of type .{suffix} cannot be searched")


def _ole(data: bytes) -> Unreadable:
    if _ENCRYPTED_PACKAGE in data:
        return Unreadable(SkipCode.ENCRYPTED, "The document is protected by a password")
    return Unreadable(
        SkipCode.UNSUPPORTED, "Documents of Office versions before 2007 cannot be searched; save it in today's format"
    )
