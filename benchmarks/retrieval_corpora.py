"""The corpora of the retrieval benchmark: documentation and source code of one Django release, from the package index.

The questions in `data/retrieval_*.json` were written for them: each names the files that answer it, with a grade.
"""

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from codemie.knowledge.documents import Extracted, Section
from codemie.knowledge.filetypes import LANGUAGES, extension

RELEASE = "django==5.2.8"
SHA256 = "23254866a5bb9a2cfa6004e8b809ec6246eba4b58a7589bc2772f1bcc8456c7f"
FOLDER = Path(tempfile.gettempdir()) / "codemie-bench"

_DOCS = (
    *(f"docs/{part}/" for part in ("intro", "topics", "howto", "faq")),
    *(f"docs/ref/{part}.txt" for part in ("settings", "models/querysets", "request-response", "django-admin")),
    *(f"docs/ref/{part}.txt" for part in ("middleware", "urlresolvers", "csrf")),
)
_CODE = (
    *(f"django/core/{part}/" for part in ("cache", "mail", "files", "handlers", "serializers")),
    *(f"django/core/{part}.py" for part in ("validators", "paginator", "signing")),
    *(f"django/db/models/{part}.py" for part in ("query", "manager", "base", "deletion", "signals", "aggregates")),
    *("django/db/models/fields/files.py", "django/db/transaction.py", "django/shortcuts.py", "django/forms/forms.py"),
    *(f"django/{part}/" for part in ("dispatch", "http", "middleware", "urls", "views")),
    *(f"django/contrib/{part}/" for part in ("auth", "sessions", "messages")),
    *(f"django/utils/{part}.py" for part in ("text", "crypto", "cache", "decorators", "functional", "autoreload")),
    *(f"django/utils/{part}.py" for part in ("html", "http", "log", "timezone")),
    *("django/test/client.py", "django/test/runner.py"),
    *(f"tests/{part}/" for part in ("cache", "signing", "sessions_tests", "transactions", "dispatch")),
    *(f"tests/{part}/" for part in ("pagination", "middleware", "csrf_tests")),
)
_SELECTED = {"docs": (_DOCS, ".txt"), "code": (_CODE, ".py")}


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the files that answer it: 2 where the answer is, 1 where a part of it is."""

    text: str
    relevant: dict[str, int]


def questions(name: str) -> list[Question]:
    """The questions about a corpus."""
    rows = json.loads((Path(__file__).parent / "data" / f"retrieval_{name}.json").read_text())
    return [Question(row["question"], row["relevant"]) for row in rows]


def documents(name: str) -> list[Extracted]:
    """The files of a corpus.

    Raises:
        OSError: the release could not be fetched, or is not the one the questions are about.
    """
    prefixes, suffix = _SELECTED[name]
    with tarfile.open(_release()) as archive:
        return list(_documents(archive, prefixes, suffix))


def _documents(archive: tarfile.TarFile, prefixes: tuple[str, ...], suffix: str) -> Iterator[Extracted]:
    for member in sorted(archive.getmembers(), key=lambda member: member.name):
        source = str(PurePosixPath(*PurePosixPath(member.name).parts[1:]))
        file = archive.extractfile(member) if source.startswith(prefixes) and source.endswith(suffix) else None
        text = file.read().decode() if file and "/migrations/0" not in source else ""
        if text.strip():
            language = LANGUAGES.get(extension(source))
            yield Extracted(source, "code" if language else "prose", (Section(text, start_line=1),), language)


def _release() -> Path:
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{RELEASE.replace('==', '-')}.tar.gz"
    if not path.exists():
        name = RELEASE.split("==", maxsplit=1)[0]
        # The virtual environment has no pip; the interpreter it was made from has.
        pip = [getattr(sys, "_base_executable", sys.executable), "-m", "pip", "download", "--quiet", "--no-deps"]
        try:
            subprocess.run([*pip, "--no-binary", name, "--dest", str(FOLDER), RELEASE], check=True, timeout=300)
        except subprocess.SubprocessError as error:
            raise OSError(f"{RELEASE} could not be fetched from the package index: {error}") from error
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        raise OSError(f"{path} is not the release that the questions are about")
    return path
