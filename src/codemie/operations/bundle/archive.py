"""The archive itself: every text goes through the redactor, all is listed with its digest, and it has a limit."""

import hashlib
import io
import json
import os
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, LiteralString

from codemie.operations.bundle.redaction import Redactor

SCHEMA = "codemiectl.support-bundle/1"
_FOLDER = "codemie-support"


@dataclass
class Archive:
    """A bundle in the making, in memory until it is written.

    Attributes:
        redactor: what every text and every path passes through.
        most_bytes: of all texts together.
        left_out: path → why it is not in it.
    """

    redactor: Redactor
    most_bytes: int
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    left_out: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, path: str, text: str) -> None:
        """Put a text in, unless there is no room left for it."""
        self._put(path, self.redactor(text))

    def add_words(self, path: str, text: str) -> None:
        """Put in what somebody wrote by hand, who may tell a password in a sentence."""
        self._put(path, self.redactor.of_words(text))

    def add_log(self, path: str, text: str) -> None:
        """Put a log in: a line that is JSON is cleaned field by field, others together, for a key has many lines."""
        parts: list[str] = []
        for is_json, lines in groupby(text.splitlines(), key=lambda line: line.startswith("{")):
            block = list(lines)
            parts += map(self._line, block) if is_json else [self.redactor("\n".join(block))]
        self._put(path, "\n".join(parts) + "\n")

    def add_document(self, path: str, document: Any) -> None:
        """Put something in as JSON, each of its texts cleaned by itself so that it stays JSON."""
        self._put(path, json.dumps(self._cleaned(document), indent=2, ensure_ascii=False, default=str) + "\n")

    def _put(self, path: str, text: str) -> None:
        path, content = self.redactor(path), text.encode()
        if len(content) > self.most_bytes - self.size:
            self.left_out[path] = f"too large: {len(content)} bytes"
        else:
            self.files[path] = content

    def leave_out(self, path: str, reason: LiteralString) -> None:
        """Say that something is not in it, and why, in a sentence of ours: `secrets: look there` tells none."""
        self.left_out[self.redactor(path)] = reason

    def failed(self, path: str, reason: str) -> None:
        """The same in words of somebody else, such as those of an error, which may quote a secret."""
        self.left_out[self.redactor(path)] = self.redactor(reason)

    @property
    def size(self) -> int:
        """Bytes in it."""
        return sum(map(len, self.files.values()))

    def manifest(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """What is in it, and what is not."""
        return {
            "schema": SCHEMA,
            **facts,
            "files": {
                path: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
                for path, content in sorted(self.files.items())
            },
            "left_out": self.left_out,
        }

    def write(self, out: Path, facts: Mapping[str, Any]) -> None:
        """Write it, readable by its owner alone; a draft that breaks off leaves nothing behind.

        Raises:
            OSError: it cannot be written.
        """
        # Who was met in a later text may stand in an earlier one.
        self.files = {path: self.redactor.without_people(text.decode()).encode() for path, text in self.files.items()}
        self.add_document("redaction.json", dict(sorted(self.redactor.hits.items())))
        self.files["manifest.json"] = json.dumps(self.manifest(facts), indent=2).encode()
        draft = out.with_name(f".{out.name}.{os.getpid()}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                self._pack(file)
            draft.replace(out)
        finally:
            draft.unlink(missing_ok=True)

    def _pack(self, file: io.BufferedIOBase) -> None:
        with tarfile.open(fileobj=file, mode="w:gz") as packed:
            for path, content in sorted(self.files.items()):
                entry = tarfile.TarInfo(f"{_FOLDER}/{path}")
                entry.size, entry.mtime, entry.mode = len(content), int(time.time()), 0o600
                packed.addfile(entry, io.BytesIO(content))

    def _line(self, line: str) -> str:
        try:
            event: Any = json.loads(line)
        except ValueError:
            return self.redactor(line)
        if not isinstance(event, dict):
            return self.redactor(line)
        happened, whom = event.get("event"), event.get("entity_id")
        if isinstance(happened, str) and happened.startswith("user.") and isinstance(whom, str):
            self.redactor.meet(whom)
        return json.dumps(self._cleaned(event), ensure_ascii=False)

    def _cleaned(self, value: Any) -> Any:
        match value:
            case str():
                return self.redactor(value)
            case Mapping():
                return {self.redactor(str(key)): self._field(str(key), each) for key, each in value.items()}
            case list() | tuple():
                return [self._cleaned(each) for each in value]
            case _:
                return value

    def _field(self, name: str, value: Any) -> Any:
        """A text is judged together with its name: `password` and `hunter2` are a secret only side by side."""
        if not isinstance(value, str):
            return self._cleaned(value)
        begin = f"{name}: "
        together = self.redactor(begin + value)
        return together.removeprefix(begin) if together.startswith(begin) else self.redactor(value)
