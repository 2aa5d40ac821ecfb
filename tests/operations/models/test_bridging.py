"""A file for the time between: everything of the wanted one, and the embedding models that indexes still need."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from codemie.models.catalogue import Models, parse_models
from codemie.operations.models.reindexing import bridged

NAMES = st.text("abc-", min_size=1, max_size=4).filter(lambda name: not name.startswith("-"))
ENDPOINTS = {"near": {"base_url": "http://127.0.0.1:9/v1"}, "openai": {"base_url": "http://127.0.0.1:8/v1"}}


@st.composite
def files(draw: st.DrawFn, prefix: str) -> bytes:
    rows = [
        {
            "base_name": prefix + name,
            "deployment_name": f"vendor-{name}",
            "provider": "openai",
            "dimensions": draw(st.integers(1, 64)),
            **draw(st.sampled_from([{}, {"endpoint": "near"}, {"endpoint": {"base_url": "http://127.0.0.1:7/v1"}}])),
        }
        for name in draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    ]
    rows[0]["default_for_categories"] = ["global"]
    chat = {"base_name": f"{prefix}chat", "provider": "mock", "default": True}
    return yaml.safe_dump({"endpoints": ENDPOINTS, "llm_models": [chat], "embeddings_models": rows}).encode()


def read(content: bytes) -> Models:
    return parse_models(content.decode(), "file")


@given(files("old-"), files("new-"), st.data())
def test_what_indexes_need_is_kept_as_it_was_and_nothing_else_changes(
    former: bytes, wanted: bytes, data: st.DataObject
) -> None:
    old, new = read(former), read(wanted)
    names = data.draw(st.sets(st.sampled_from([row.base_name for row in old.embedding])))

    both = read(bridged(former, wanted, names))

    assert (both.chat, both.default("embedding")) == (new.chat, new.default("embedding"))
    assert both.embedding[: len(new.embedding)] == new.embedding
    kept = {row.base_name: row for row in both.embedding[len(new.embedding) :]}
    assert set(kept) == names
    for name, row in kept.items():
        before = old.find(name, "embedding")
        assert before is not None
        assert (row.identity, row.endpoint.base_url) == (before.identity, before.endpoint.base_url)


@given(files("old-"), files("new-"))
def test_where_nothing_is_needed_the_file_stays_as_it_was_written(former: bytes, wanted: bytes) -> None:
    assert bridged(former, wanted, set()) is wanted
