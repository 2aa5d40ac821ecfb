"""Scores and ranks: how much a word tells, and how several rankings become one."""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

RANK_CONSTANT = 20
"""Of reciprocal rank fusion: how little the first places differ. The usual 60 costs 0.01 nDCG@10 here."""

DOCUMENT_SHARE = 0.15
"""How much the other passages of a document count; worth 0.01 to 0.02 nDCG@10 on all corpora measured."""

_COMBINED = 7
"""Lexemes of a question that are combined: all their combinations are weighed, 127."""


def idf(total: int, occurrences: int) -> float:
    """How much a lexeme tells that occurs in so many of all passages (BM25's, never negative)."""
    return math.log(1 + (total - occurrences + 0.5) / (occurrences + 0.5))


def telling(occurrences: Mapping[str, int], total: int, budget: int) -> list[tuple[str, ...]]:
    """Combinations of lexemes that a passage worth scoring holds at least one of, so that about `budget` do.

    While all lexemes together occur in no more passages than that, each is a combination of its own. Beyond, the
    combinations that tell most come first, and what they would find is estimated.
    """
    if sum(occurrences.values()) <= budget:
        return [(lexeme,) for lexeme in occurrences]
    rarest = sorted(occurrences, key=lambda lexeme: (occurrences[lexeme], lexeme))[:_COMBINED]
    weights = [idf(total, occurrences[lexeme]) for lexeme in rarest]
    members = {mask: [n for n in range(len(rarest)) if mask >> n & 1] for mask in range(1, 1 << len(rarest))}
    chosen: dict[int, float] = {}
    for mask in sorted(members, key=lambda mask: (-sum(weights[n] for n in members[mask]), mask)):
        narrower = [known for known in chosen if known & mask == mask]
        expected = _expected([occurrences[rarest[n]] for n in members[mask]], total)
        others = sum(chosen.values()) - sum(chosen[known] for known in narrower)
        if chosen and others + expected > budget:
            continue
        for known in narrower:
            del chosen[known]
        chosen[mask] = expected
    return [tuple(rarest[n] for n in members[mask]) for mask in chosen]


def _expected(occurrences: Sequence[int], total: int) -> float:
    """How many passages hold all of some lexemes, rarest first: words of one question come together (backing off)."""
    expected = 1.0 * total
    for position, count in enumerate(occurrences):
        expected *= min(count / max(total, 1), 1.0) ** (0.5**position)
    return expected


def places(scores: Mapping[Key, float]) -> dict[Key, int]:
    """Each key's place, from 1, by falling score; equal scores in the order of their keys."""
    ordered = sorted(scores, key=lambda key: (-scores[key], str(key)))
    return {key: place for place, key in enumerate(ordered, 1)}


def fuse(rankings: Iterable[tuple[float, Mapping[Key, int]]]) -> dict[Key, float]:
    """Weighted reciprocal rank fusion: the sum of weight / (20 + place) over all rankings that hold a key."""
    scores: dict[Key, float] = {}
    for weight, ranking in rankings:
        for key, place in ranking.items():
            scores[key] = scores.get(key, 0.0) + weight / (RANK_CONSTANT + place)
    return scores


def favour_documents(scores: Mapping[Key, float], documents: Mapping[Key, Hashable]) -> dict[Key, float]:
    """Raise passages of documents that answer in several places, by at most `DOCUMENT_SHARE`."""
    evidence: dict[Hashable, float] = {}
    for key, score in scores.items():
        evidence[documents[key]] = evidence.get(documents[key], 0.0) + score
    most = max(evidence.values(), default=0.0) or 1.0
    return {key: score * (1 + DOCUMENT_SHARE * evidence[documents[key]] / most) for key, score in scores.items()}
