"""The model catalogue: CodeMie's format, errors with positions, and edits that count from the next look."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.kernel.documents import DocumentError
from codemie.models import credentials
from codemie.models.catalogue import DEFAULT_FILE, Catalogue, parse_models
from codemie.models.errors import ModelAuthenticationError

FROM_THE_CONTRACT = """\
llm_models:
  - base_name: fast-model
    deployment_name: vendor-fast-2026
    label: Fast model
    provider: azure_openai
    enabled: true
    multimodal: true
    max_output_tokens: 16000
    cost: {input: 0.000001, output: 0.000004}
    default_for_categories: [global]
    features: {temperature: false}
  - {base_name: slow-model, deployment_name: slow, provider: anthropic, enabled: true, forbidden_for_web: true}
  - {base_name: gone-model, deployment_name: gone, label: Gone, provider: anthropic, enabled: false}
embeddings_models:
  - {base_name: emb-small, deployment_name: emb-small-v1, label: Small, provider: azure_openai, enabled: true,
     cost: {input: 0.0000001, output: 0}, default_for_categories: [global]}
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    path = tmp_path / "models.yaml"
    moment = iter(range(1_000_000, 2_000_000))

    def write(text: str) -> Path:
        path.write_text(text)
        os.utime(path, (next(moment), next(moment)))  # two writes within one tick of the file system must differ
        return path

    return write


def test_a_file_of_the_original_platform_loads_unmodified() -> None:
    models = parse_models(FROM_THE_CONTRACT, "models.yaml")

    fast = models.default("chat")
    assert [row.base_name for row in models.chat] == ["fast-model", "slow-model"]
    assert (fast.deployment_name, fast.default, fast.supports_tools, fast.is_premium) == (
        "vendor-fast-2026",
        True,
        True,
        False,
    )
    assert not fast.features.temperature
    assert fast.features.top_p
    assert not fast.features.parallel_tool_calls
    assert models.default("embedding").base_name == "emb-small"
    assert models.warnings == ()


@pytest.mark.parametrize("named", ["nobody", "slow-model", "emb-small"])
def test_a_fallback_is_another_language_model_of_the_file(named: str) -> None:
    text = FROM_THE_CONTRACT.replace("{base_name: slow-model,", f"{{base_name: slow-model, fallback: {named},")
    with pytest.raises(DocumentError, match=f"fallback: '{named}' is not another language model"):
        parse_models(text, "models.yaml")


def test_an_unknown_model_is_the_default_and_says_so(write: Callable[[str], Path]) -> None:
    catalogue = Catalogue(write(FROM_THE_CONTRACT))

    unknown, known, unnamed = (catalogue.resolve(name) for name in ("no-such-model", "slow-model", None))

    assert (unknown.entry.base_name, unknown.is_known) == ("fast-model", False)
    assert (known.entry.base_name, known.is_known) == ("slow-model", True)
    assert (unnamed.entry.base_name, unnamed.is_known) == ("fast-model", True)
    assert catalogue.resolve("gone-model").is_known is False


def test_a_broken_edit_keeps_the_last_good_models_and_names_line_and_key(
    write: Callable[[str], Path], caplog: pytest.LogCaptureFixture
) -> None:
    path = write(FROM_THE_CONTRACT)
    catalogue = Catalogue(path)
    assert catalogue.get().base_name == "fast-model"

    write(FROM_THE_CONTRACT.replace("cost: {input: 0.000001", "cost: {input: cheap"))
    with caplog.at_level(logging.ERROR):
        assert [catalogue.get().base_name for _ in range(3)] == ["fast-model"] * 3

    assert catalogue.problem is not None
    assert f"{path}:9:12: llm_models[0].cost.input" in catalogue.problem
    assert len(caplog.records) == 1, "a broken file is told once, not on every request"

    write(FROM_THE_CONTRACT.replace("fast-model", "fixed-model"))
    assert catalogue.get().base_name == "fixed-model"
    assert catalogue.problem is None


def test_an_edit_counts_from_the_next_look(write: Callable[[str], Path]) -> None:
    catalogue = Catalogue(write(FROM_THE_CONTRACT))
    before = catalogue.get("fast-model")

    write(FROM_THE_CONTRACT.replace("vendor-fast-2026", "vendor-fast-2027"))

    after = catalogue.get("fast-model")
    assert (before.deployment_name, after.deployment_name) == ("vendor-fast-2026", "vendor-fast-2027")
    assert before.fingerprint != after.fingerprint
    assert catalogue.get("fast-model") is after, "an unchanged file is not read again"


def test_a_removed_file_keeps_the_last_good_models(write: Callable[[str], Path]) -> None:
    path = write(FROM_THE_CONTRACT)
    catalogue = Catalogue(path)
    catalogue.models()

    path.unlink()

    assert catalogue.get().base_name == "fast-model"
    assert "gone" in (catalogue.problem or "")


def test_without_a_file_the_packaged_models_serve_until_one_appears(tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    catalogue = Catalogue(path)
    assert (catalogue.get().base_name, catalogue.source) == ("mock-chat", DEFAULT_FILE)

    path.write_text(FROM_THE_CONTRACT)

    assert (catalogue.get().base_name, catalogue.source) == ("fast-model", path)


def test_the_packaged_models_hold_a_premium_and_a_plain_one_and_three_embedders() -> None:
    models = parse_models(DEFAULT_FILE.read_text(), str(DEFAULT_FILE))

    assert {row.is_premium for row in models.chat} == {True, False}
    assert all(row.is_mock for row in models.chat)
    assert {row.provider for row in models.embedding} == {"embedded", "mock"}
    assert all(row.dimensions for row in models.embedding)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("llm_models: [", "m.yaml:2:1: not valid YAML"),
        ("", "must hold the lists"),
        ("- a", "m.yaml:1:1: must hold the lists"),
        ("llm_models: []\nembeddings_models: []", "m.yaml:1:1: llm_models: List should have at least 1 item"),
        ("llm_models:\n  - {base_name: a}", "m.yaml:1:1: llm_models: no enabled language model is the global default"),
        (
            "llm_models:\n  - {base_name: a, default_for_categories: [global]}",
            "embeddings_models: no enabled embedding model is the global default",
        ),
        ("llm_models:\n  - label: x", "m.yaml:2:5: llm_models[0].base_name: Field required"),
        (
            "llm_models:\n  - base_name: a\n    provider: azur",
            "m.yaml:3:5: llm_models[0].provider: Input should be 'mock'",
        ),
        ("llm_models:\n  - base_name: a\n    base_name: b", "m.yaml:3:5: base_name: given twice"),
        (
            "llm_models:\n  - base_name: a\n    endpoint: there",
            "m.yaml:3:5: llm_models[0].endpoint: no endpoint is named",
        ),
        (
            "llm_models:\n  - base_name: a\n    endpoint: {base_url: ftp://x}",
            "llm_models[0].endpoint.base_url: must start with http",
        ),
        (
            "llm_models:\n  - {base_name: a}\n  - {base_name: a}",
            "m.yaml:3:6: llm_models[1].base_name: 'a' is used twice",
        ),
        ("llm_models: \x07", "m.yaml: not valid YAML"),
    ],
)
def test_an_error_names_file_line_column_and_key(text: str, told: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_models(text, "m.yaml")

    assert told in str(caught.value)


def test_a_broken_file_at_the_start_refuses(write: Callable[[str], Path]) -> None:
    with pytest.raises(DocumentError, match=r"models\.yaml:1:1"):
        Catalogue(write("[]")).models()


def test_a_misspelt_key_and_a_key_in_the_open_are_warned_about() -> None:
    text = FROM_THE_CONTRACT.replace("label: Fast model", "lable: Fast model")
    models = parse_models(text + "endpoints: {azure_openai: {api_key: s3cret, basurl: x}}", "m.yaml")

    assert "m.yaml:4:5: llm_models[0].lable: unknown key, ignored" in models.warnings
    assert any("basurl" in warning for warning in models.warnings)
    assert any("api_key_env is safer" in warning for warning in models.warnings)
    assert "s3cret" not in str(models) + str(models.warnings)


def test_an_endpoint_serves_by_name_by_provider_or_in_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-file\n")
    monkeypatch.setenv("THE_KEY", "from-variable")
    text = f"""
endpoints:
  openai: {{base_url: "http://usual/v1/", api_key_env: THE_KEY}}
  local: {{base_url: "http://local/v1", api_key_file: {tmp_path}/key}}
llm_models:
  - {{base_name: a, provider: openai, default_for_categories: [global]}}
  - {{base_name: b, provider: vllm, endpoint: local}}
  - {{base_name: c, provider: openai, endpoint: {{base_url: "http://own/v1", api_key_env: NOT_SET}}}}
embeddings_models:
  - {{base_name: e, provider: mock, default_for_categories: [global]}}
"""
    models = parse_models(text, "m.yaml", {"timeout_seconds": 7.0, "max_retries": 1})
    a, b, c = models.chat

    assert [credentials.base_url(row) for row in (a, b, c)] == ["http://usual/v1", "http://local/v1", "http://own/v1"]
    assert (credentials.api_key(a), credentials.api_key(b)) == ("from-variable", "from-file")
    assert (a.endpoint.timeout_seconds, a.endpoint.max_retries, b.provider) == (7.0, 1, "openai")
    with pytest.raises(ModelAuthenticationError, match="variable NOT_SET is not set"):
        credentials.api_key(c)


def test_a_default_of_a_category_is_found_else_the_first_shown() -> None:
    coder = "  - {base_name: coder, provider: anthropic, default_for_categories: [code]}\n"
    text = FROM_THE_CONTRACT.replace("embeddings_models:", f"{coder}embeddings_models:")
    catalogue = Catalogue(Path("/nowhere"))
    catalogue._file._content = parse_models(text, "m.yaml")

    found = [catalogue.default_for(name) for name in ("code", "planning")]
    assert [row.base_name for row in found if row] == ["coder", "fast-model"]
    assert {name: row.base_name for name, row in catalogue.defaults().items()} == {
        "global": "fast-model",
        "code": "coder",
    }


@given(st.text(max_size=300) | st.text(alphabet="[]{}:,-&*!|>'\"%@`# \n\tab", max_size=300))
def test_no_text_does_worse_than_a_document_error(text: str) -> None:
    with pytest.raises(DocumentError, match=r"m\.yaml"):
        parse_models(text, "m.yaml")
