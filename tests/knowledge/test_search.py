"""A question finds the passage that answers it, in the sources it was asked of and in no other."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, update

from codemie.kernel.database import Database
from codemie.kernel.errors import UpstreamFailed
from codemie.knowledge.embedding import EmbedderMismatch, Embedders, Vectors
from codemie.knowledge.installed import installed
from codemie.knowledge.ranking import favour_documents, fuse, idf, relative, telling
from codemie.knowledge.search import search
from codemie.knowledge.tables import Generation
from tests.knowledge.corpus import build
from tests.knowledge.test_store import Hashing

TEXTS = {
    "valve.md": "# Valve\n\nThe valve closes within forty milliseconds when the pressure falls.",
    "rotor.md": "# Rotor\n\nThe rotor turns at three thousand revolutions a minute.",
    "bread.md": "# Bread\n\nKnead the dough, let it rest, bake it for forty minutes.",
    "src/user_service.py": "class UserService:\n    def getUserName(self, key: str) -> str:\n        return key\n",
    "tests/test_user_service.py": "def test_getUserName() -> None:\n    assert UserService().getUserName('a') == 'A'\n",
}


async def asked(database: Database, sources: list[str], question: str, **options: int) -> list[str]:
    """Where the hits of a question come from, best first."""
    async with database.session() as session:
        return [hit.source for hit in await search(session, installed(), sources, question, **options)]


async def test_a_question_finds_its_passage_with_its_position(database: Database) -> None:
    source_id, _ = await build(database, TEXTS)

    async with database.session() as session:
        hit = (await search(session, installed(), [source_id], "how fast does the valve close?"))[0]

    assert (hit.source, hit.title, hit.start_line, hit.end_line) == ("valve.md", "Valve", 1, 3)
    assert hit.index_id == source_id
    assert "forty milliseconds" in hit.text


async def test_an_identifier_is_found_by_its_words_and_the_code_comes_before_its_test(database: Database) -> None:
    source_id, _ = await build(database, TEXTS)

    assert (await asked(database, [source_id], "name of the user"))[:1] == ["src/user_service.py"]
    assert (await asked(database, [source_id], "getUserName"))[0] == "src/user_service.py"


async def test_only_the_sources_asked_of_answer(database: Database) -> None:
    mine, _ = await build(database, TEXTS)
    await build(database, {"other.md": "The valve closes within forty milliseconds."})

    assert "other.md" not in await asked(database, [mine], "valve closes")
    assert await asked(database, [], "valve closes") == []


async def test_several_sources_share_one_ranking(database: Database) -> None:
    one, _ = await build(database, {"valve.md": TEXTS["valve.md"], "bread.md": TEXTS["bread.md"]})
    two, _ = await build(database, {"rotor.md": TEXTS["rotor.md"], "b.md": "Bread and butter."}, embedder=Hashing())
    known = Embedders(installed().static, installed().default, {"hashing": Hashing()})

    async with database.session() as session:
        found = await search(session, known, [one, two], "rotor revolutions", top_k=2)

    assert found[0].source == "rotor.md"
    assert len(found) == 2


async def test_the_number_of_queries_does_not_grow_with_the_sources(database: Database) -> None:
    sources = [(await build(database, {f"{n}.md": f"valve number {n}"}))[0] for n in range(4)]
    counted: list[str] = []

    def count(*event_arguments: object) -> None:
        # Every transaction begins with one that says for whom it works.
        if not str(event_arguments[2]).startswith("SELECT set_config("):
            counted.append(str(event_arguments[2]))

    event.listen(database.engine.sync_engine, "before_cursor_execute", count)
    try:
        await asked(database, sources[:1], "valve")
        single = len(counted)
        counted.clear()
        await asked(database, sources, "valve")
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", count)

    assert len(counted) == single <= 6


async def test_the_order_is_stable(database: Database) -> None:
    source_id, _ = await build(database, {f"{n}.md": "the very same words" for n in range(30)})

    first = await asked(database, [source_id], "same words", top_k=5)

    assert [await asked(database, [source_id], "same words", top_k=5) for _ in range(3)] == [first] * 3


HOSTILE = ["", "   ", "the of and", "'); DROP TABLE chunks; --", "\x00 \ud800", "a" * 20_000, "\\ ' : & | !"]


@pytest.mark.parametrize("question", HOSTILE, ids=range(len(HOSTILE)))
async def test_any_question_is_answered_without_error(database: Database, question: str) -> None:
    source_id, _ = await build(database, TEXTS)

    assert len(await asked(database, [source_id], question)) <= 10


async def test_dense_vectors_are_asked_with_their_own_model(database: Database) -> None:
    embedder = Hashing(dimension=20)
    source_id, target = await build(database, TEXTS, embedder=embedder)
    known = Embedders(installed().static, None, {"hashing": embedder})

    async with database.session() as session:
        exact = f"Rotor\n{TEXTS['rotor.md'].rstrip()}"
        assert (await search(session, known, [source_id], exact))[0].source == "rotor.md"
    assert target.dense_ready


async def test_without_the_dense_model_the_static_vectors_answer(database: Database) -> None:
    source_id, _ = await build(database, TEXTS, embedder=Hashing("gone"))

    assert (await asked(database, [source_id], "valve pressure"))[0] == "valve.md"


async def test_without_any_of_its_models_a_source_says_so(database: Database) -> None:
    source_id, target = await build(database, TEXTS)
    async with database.session() as session:
        await session.execute(update(Generation).where(Generation.id == target.id).values(static_identity="former:256"))

    with pytest.raises(EmbedderMismatch):
        await asked(database, [source_id], "valve")


async def test_when_the_embedding_endpoint_is_away_full_text_answers(database: Database) -> None:
    class Away(Hashing):
        async def embed(self, texts: Sequence[str]) -> Vectors:
            raise UpstreamFailed("away")

    source_id, _ = await build(database, TEXTS, embedder=Hashing())
    known = Embedders(installed().static, None, {"away": Away()})

    async with database.session() as session:
        assert (await search(session, known, [source_id], "valve pressure"))[0].source == "valve.md"


def test_rare_words_tell_more() -> None:
    assert idf(1000, 1) > idf(1000, 100) > idf(1000, 1000) > 0


def test_few_passages_are_searched_by_every_word() -> None:
    assert telling({"valve": 10, "rotor": 20}, 1000, 100) == [("valve",), ("rotor",)]


def test_common_words_are_searched_by_only_together() -> None:
    occurrences = {"valve": 10, "the": 900_000, "open": 40_000, "turn": 30_000}

    combinations = {frozenset(words) for words in telling(occurrences, 1_000_000, 8000)}

    assert frozenset({"valve"}) in combinations
    assert frozenset({"open", "turn"}) in combinations
    assert not combinations & {frozenset({"the"}), frozenset({"open"}), frozenset({"turn"})}


def test_a_question_of_one_common_word_is_still_searched() -> None:
    assert telling({"the": 900_000}, 1_000_000, 1000) == [("the",)]


@given(st.dictionaries(st.text(max_size=5), st.integers(1, 1000), max_size=12), st.integers(1000, 5000))
def test_no_combination_needs_more_than_another_one(occurrences: dict[str, int], total: int) -> None:
    combinations = [frozenset(words) for words in telling(occurrences, total, 500)]

    assert bool(combinations) == bool(occurrences)
    assert not any(one < other for one in combinations for other in combinations)


def test_fusion_rewards_what_several_rankings_hold() -> None:
    lexical, vector = relative({"a": 3.0, "b": 2.0}, 60), relative({"b": 0.9, "c": 0.8}, 60)

    scores = fuse([(1.0, lexical), (1.0, vector)])

    assert max(scores, key=lambda key: scores[key]) == "b"


def test_a_ranking_is_compared_with_its_best_and_with_where_it_was_cut_off() -> None:
    scores = {"a": 8.0, "b": 6.0, "c": 4.0}

    assert relative(scores, full=3) == {"a": 1.0, "b": 0.5, "c": 0.0}
    assert relative(scores, full=60) == {"a": 1.0, "b": 0.75, "c": 0.5}
    assert relative({"a": 2.0}, full=1) == {"a": 1.0}
    assert relative({}, full=60) == {}


def test_a_passage_far_ahead_in_one_ranking_beats_one_that_is_merely_first_in_it() -> None:
    far, near = relative({"a": 10.0, "b": 1.0}, 60), relative({"b": 1.0, "a": 0.9}, 60)

    scores = fuse([(1.0, far), (1.0, near)])

    assert scores["a"] > scores["b"]


def test_a_document_that_answers_in_several_places_wins_a_tie() -> None:
    scores = {"a1": 1.0, "b1": 1.0, "b2": 0.9}

    final = favour_documents(scores, {"a1": "a", "b1": "b", "b2": "b"})

    assert final["b1"] > final["a1"] > final["b2"]
