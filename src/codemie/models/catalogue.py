"""The model catalogue: a YAML file in CodeMie's own format, followed as it changes.

An existing CodeMie model file loads as it is. Ours may add where models run:

```yaml
endpoints:
  azure_openai: {base_url: "https://x.openai.azure.com", api_key_env: AZURE_KEY, api_version: 2024-10-21}
  local: {base_url: "http://gpu:8000/v1", api_key_file: /run/secrets/llm}
llm_models:
  - {base_name: big, deployment_name: vendor-big, provider: azure_openai, default_for_categories: [global], …}
  - {base_name: small, provider: openai, endpoint: local, …}
```

A row's `fallback: small` names the language model that answers when this one's provider fails. An endpoint named like a
provider serves all models of that provider that name no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field

from codemie.kernel.documents import Document, DocumentError, Problem, WatchedFile, read_document
from codemie.models.entries import CATEGORIES, Endpoint, ModelEntry, ModelKind
from codemie.models.settings import ModelsSettings
from codemie.models.starter import DEFAULT_FILE

_SECTIONS: dict[ModelKind, str] = {"chat": "llm_models", "embedding": "embeddings_models"}
NO_DEFAULT = "model is the global default"
"""Every problem of a file that names no default has these words."""
_NOUNS: dict[ModelKind, str] = {"chat": "language", "embedding": "embedding"}


class _ModelFile(BaseModel):
    model_config = ConfigDict(extra="ignore")
    llm_models: list[ModelEntry] = Field(min_length=1)
    embeddings_models: list[ModelEntry] = []
    endpoints: dict[str, Endpoint] = {}


@dataclass(frozen=True)
class Models:
    """Everything one version of the file says. `chat` and `embedding` hold the enabled rows in file order."""

    chat: tuple[ModelEntry, ...]
    embedding: tuple[ModelEntry, ...]
    warnings: tuple[str, ...] = ()
    _named: dict[tuple[ModelKind, str], ModelEntry] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        named = {(row.kind, row.base_name): row for row in (*self.embedding, *self.chat)}
        object.__setattr__(self, "_named", named)

    def find(self, name: str | None, kind: ModelKind) -> ModelEntry | None:
        """Return the enabled model of that name."""
        return self._named.get((kind, name)) if name else None

    def default(self, kind: ModelKind) -> ModelEntry:
        """Return the global default; the loader made sure there is one."""
        rows = self.chat if kind == "chat" else self.embedding
        return next(row for row in rows if row.default)


@dataclass(frozen=True, slots=True)
class Resolution:
    """The model a name stands for; `is_known` is false when the global default took the place of an unknown one."""

    entry: ModelEntry
    is_known: bool


class Catalogue:
    """The models of this installation; every look follows the file, at the price of one `stat`.

    Args:
        path: the file an administrator edits; the packaged one is used while it does not exist.
        rules: rule file handed to mock models.
        timeout_seconds: longest silence for endpoints that set none.
        max_retries: repeats for endpoints that set none.
    """

    def __init__(
        self, path: Path, *, rules: Path | None = None, timeout_seconds: float = 120, max_retries: int = 2
    ) -> None:
        self._filled = {"timeout_seconds": timeout_seconds, "max_retries": max_retries}
        self.rules = str(rules) if rules else None
        self._file: WatchedFile[Models] = WatchedFile(path, self._parse, fallback=DEFAULT_FILE)

    @classmethod
    def of(cls, settings: ModelsSettings, home: Path) -> Catalogue:
        """Return the catalogue the settings ask for."""
        return cls(
            settings.file or home / "models.yaml",
            rules=settings.mock_rules or home / "mock-rules.yaml",
            timeout_seconds=settings.request_timeout_seconds,
            max_retries=settings.max_retries,
        )

    @property
    def problem(self) -> str | None:
        """What is wrong with the file now, while the last good version stays in use."""
        return self._file.problem

    @property
    def source(self) -> Path:
        """The file in use."""
        return self._file.source

    @property
    def path(self) -> Path:
        """The file that is followed, whether it is there or not."""
        return self._file.path

    @property
    def digest(self) -> str:
        """SHA-256 of the file that the models in use were read from."""
        return self._file.digest

    def parse(self, content: bytes, file: str) -> Models:
        """Return what another file would say here.

        Raises:
            DocumentError: naming file, line, column and key of everything wrong.
        """
        try:
            return self._parse(content.decode(), file)
        except UnicodeDecodeError as error:
            raise DocumentError([Problem(file, 0, 0, "", f"cannot be read: {error}")]) from None

    @property
    def generation(self) -> int:
        """Counts the versions of the file that were taken into use."""
        return self._file.generation

    def models(self) -> Models:
        """Return what the file says now.

        Raises:
            DocumentError: the file is broken and no good version of it has been seen.
        """
        return self._file.current()

    def reload(self) -> str | None:
        """Read the file again now; return what is wrong with it, if anything."""
        self._file.reload()
        return self.problem

    def chat_models(self) -> tuple[ModelEntry, ...]:
        """Return the enabled language models in file order."""
        return self.models().chat

    def embedding_models(self) -> tuple[ModelEntry, ...]:
        """Return the enabled embedding models in file order."""
        return self.models().embedding

    def get(self, name: str | None = None, kind: ModelKind = "chat") -> ModelEntry:
        """Return the model of that name, or the global default for an unknown one."""
        return self.resolve(name, kind).entry

    def resolve(self, name: str | None, kind: ModelKind = "chat") -> Resolution:
        """Return the model a name stands for, and whether the name is known; no name means the default."""
        models = self.models()
        found = models.find(name, kind)
        return Resolution(found or models.default(kind), is_known=found is not None or not name)

    def is_known(self, name: str, kind: ModelKind = "chat") -> bool:
        """Whether an enabled model has that name."""
        return self.models().find(name, kind) is not None

    def default_for(self, category: str) -> ModelEntry | None:
        """Return the model for a category, else the first one that may be shown; None when there is none."""
        shown = [row for row in self.chat_models() if not row.forbidden_for_web]
        return next((row for row in shown if category in row.default_for_categories), next(iter(shown), None))

    def defaults(self) -> dict[str, ModelEntry]:
        """Return the categories some model is the default of, with that model."""
        rows = self.chat_models()
        found = ((name, next((row for row in rows if name in row.default_for_categories), None)) for name in CATEGORIES)
        return {name: row for name, row in found if row is not None}

    def _parse(self, text: str, file: str) -> Models:
        return parse_models(text, file, self._filled, self.rules)


def parse_models(text: str, file: str, filled: dict[str, Any] | None = None, rules: str | None = None) -> Models:
    """Return the models of a catalogue file.

    Args:
        text: the YAML.
        file: its name, for errors.
        filled: endpoint fields used where the file sets none.
        rules: rule file handed to mock models.

    Raises:
        DocumentError: naming file, line, column and key of everything wrong.
    """
    document = read_document(text, file)
    if not isinstance(document.data, dict):
        raise DocumentError([document.problem((), "must hold the lists `llm_models` and `embeddings_models`")])
    content = document.validated(_ModelFile)
    chat = _rows(document, content, "chat")
    embedding = _rows(document, content, "embedding")
    problems = [
        *_repeated_names(document, content),
        *_missing_defaults(document, chat, embedding),
        *_bad_fallbacks(document, content),
    ]
    if problems:
        raise DocumentError(problems)
    finished = [tuple(_finished(row, filled or {}, rules) for row in rows if row.enabled) for rows in (chat, embedding)]
    return Models(*finished, warnings=tuple(_warnings(document)))


def _rows(document: Document, content: _ModelFile, kind: ModelKind) -> list[ModelEntry]:
    rows: list[ModelEntry] = []
    for index, row in enumerate(content.llm_models if kind == "chat" else content.embeddings_models):
        endpoint = row.endpoint
        if endpoint.is_reference:
            if endpoint.name not in content.endpoints:
                message = f"no endpoint is named '{endpoint.name}'"
                raise DocumentError([document.problem((_SECTIONS[kind], index, "endpoint"), message)])
            endpoint = content.endpoints[endpoint.name].model_copy(update={"name": endpoint.name})
        elif not endpoint.model_fields_set and row.provider in content.endpoints:
            endpoint = content.endpoints[row.provider].model_copy(update={"name": row.provider})
        rows.append(row.model_copy(update={"endpoint": endpoint, "kind": kind}))
    return rows


def _finished(row: ModelEntry, filled: dict[str, Any], rules: str | None) -> ModelEntry:
    missing = {name: value for name, value in filled.items() if getattr(row.endpoint, name) is None}
    if row.api_version:
        missing["api_version"] = row.api_version
    return row.model_copy(update={"endpoint": row.endpoint.model_copy(update=missing), "rules": rules})


def _repeated_names(document: Document, content: _ModelFile) -> Iterator[Problem]:
    for kind, section in _SECTIONS.items():
        seen = set[str]()
        for index, row in enumerate(content.llm_models if kind == "chat" else content.embeddings_models):
            if row.base_name in seen:
                yield document.problem((section, index, "base_name"), f"'{row.base_name}' is used twice")
            seen.add(row.base_name)


def _bad_fallbacks(document: Document, content: _ModelFile) -> Iterator[Problem]:
    names = {row.base_name for row in content.llm_models}
    for index, row in enumerate(content.llm_models):
        if row.fallback is not None and (row.fallback == row.base_name or row.fallback not in names):
            message = f"'{row.fallback}' is not another language model of this file"
            yield document.problem((_SECTIONS["chat"], index, "fallback"), message)


def _missing_defaults(
    document: Document, chat: Sequence[ModelEntry], embedding: Sequence[ModelEntry]
) -> Iterator[Problem]:
    found: dict[ModelKind, Sequence[ModelEntry]] = {"chat": chat, "embedding": embedding}
    for kind, rows in found.items():
        if not any(row.enabled and row.default for row in rows):
            section, noun = _SECTIONS[kind], _NOUNS[kind]
            advice = "add `default_for_categories: [global]` to one"
            yield document.problem((section,), f"no enabled {noun} {NO_DEFAULT}; {advice}")


def _warnings(document: Document) -> Iterator[str]:
    """Report keys nobody reads, which are usually misspelt, and keys of secrets that stand in the file."""
    content = cast("dict[str, Any]", document.data)
    known = set(ModelEntry.model_fields) - {"kind", "rules"}
    for section in _SECTIONS.values():
        for index, row in enumerate(content.get(section) or ()):
            for key in set(row) - known:
                yield str(document.problem((section, index, key), "unknown key, ignored"))
    for name, endpoint in (content.get("endpoints") or {}).items():
        for key in set(endpoint or ()) - set(Endpoint.model_fields):
            yield str(document.problem(("endpoints", name, key), "unknown key, ignored"))
        if "api_key" in (endpoint or ()):
            yield str(document.problem(("endpoints", name, "api_key"), "a key in the file; api_key_env is safer"))
