"""Vectors mean something, come from wheels, and are never mixed."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from codemie.knowledge import embedding, minilm
from codemie.knowledge.embedding import Embedder, EmbedderMismatch, Embedders, RemoteEmbedder, require_same
from codemie.knowledge.installed import installed

TEXTS = ["stop the rotor of the turbine", "halt the turbine rotor", "a recipe for banana bread"]


def embedders() -> list[Embedder]:
    """The static embedder, and MiniLM where the extra is installed."""
    found = installed()
    return [found.static, *([found.default] if found.default else [])]


@pytest.mark.parametrize("embedder", embedders(), ids=lambda embedder: embedder.identity)
class TestInstalledEmbedders:
    async def test_what_means_the_same_is_near(self, embedder: Embedder) -> None:
        vectors = await embedder.embed(TEXTS)

        assert vectors.shape == (3, embedder.dimension)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        assert vectors[0] @ vectors[1] > 0.6 > vectors[0] @ vectors[2] + 0.3

    async def test_a_vector_does_not_depend_on_its_neighbours(self, embedder: Embedder) -> None:
        together = await embedder.embed([*TEXTS, "x" * 5000, ""])
        alone = await embedder.embed(TEXTS[:1])

        assert np.allclose(together[0], alone[0], atol=2e-3)

    async def test_hostile_texts_give_finite_vectors(self, embedder: Embedder) -> None:
        vectors = await embedder.embed(["", "\x00\ufffd", "🚀" * 500, "a" * 100_000])

        assert np.isfinite(vectors).all()

    async def test_nothing_gives_nothing(self, embedder: Embedder) -> None:
        assert (await embedder.embed([])).shape == (0, embedder.dimension)


def test_mixing_models_is_refused_and_says_what_to_do() -> None:
    with pytest.raises(EmbedderMismatch) as caught:
        require_same("old:384", "new:256")

    assert "old:384" in str(caught.value.details)
    assert "Re-index" in str(caught.value.help)


def test_a_model_this_installation_lacks_is_named() -> None:
    found = Embedders(installed().static, None)

    with pytest.raises(EmbedderMismatch) as caught:
        found.named("text-embedding-3-small:1536")

    assert "text-embedding-3-small:1536" in str(caught.value.details)


async def test_a_remote_model_that_changed_its_dimension_is_refused() -> None:
    async def answer(texts: object) -> embedding.Vectors:
        return np.ones((1, 8), np.float32)

    with pytest.raises(EmbedderMismatch):
        await RemoteEmbedder("remote", 4, answer).embed(["x"])


async def test_vectors_of_a_remote_model_are_normalised() -> None:
    async def answer(texts: object) -> embedding.Vectors:
        return np.full((1, 4), 3.0, np.float32)

    assert np.allclose(await RemoteEmbedder("remote", 4, answer).embed(["x"]), 0.5)


def test_altered_weights_are_refused(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    if installed().default is None:
        pytest.skip("the extra minilm is not installed")
    monkeypatch.setattr(minilm, "_SHA256", "0" * 64)
    embedder = minilm.embedder()
    assert embedder is not None

    with pytest.raises(Exception, match="weights are not the expected ones"):
        embedder._function(["x"])


def test_the_model_tells_nobody_outside_what_it_does(tmp_path: Path) -> None:
    if minilm.embedder() is None:
        pytest.skip("the extra minilm is not installed")
    program = (
        "import asyncio; from codemie.knowledge import minilm; print(asyncio.run(minilm.embedder().embed(['a'])).shape)"
    )
    kept = ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in kept}
    environment |= {"HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "(1, 384)\n", done.stderr
    # Its uploader lays down who we are and what is to be sent.
    assert not [path for path in tmp_path.rglob("*") if "onnxruntime" in str(path)]
