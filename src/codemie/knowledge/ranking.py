"""Scores and ranks: how much a word tells, and how several rankings become one."""

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

RANK_CONSTANT = 20
"""Of reciprocal rank fusion: how little the first places differ. The usual 60 costs 0.01 nDCG@10 here."""

DOCUMENT_SHARE = 0.15
"""How much the other passages of a document count; worth 0.01 to 0.02 nDCG@10 on all corpora measured."""


def idf(total: int, occurrences: int) -> float:
    """How much a lexeme tells that occurs in so many of all passages (BM25's, never negative)."""
    return math.log(1 + (total - occurrences + 0.5) / (occurrences + 0.5))


def split_by_budget(occurrences: Mapping[str, int], budget: int) -> tuple[list[str], list[str]]:
    """Lexemes to search by and lexemes only to score by.

    The rarest come first, until their occurrences sum up to `budget`; at least one is searched by. What is common
    enough to fall behind would touch a large part of the table and tell little.
    """
    ordered = sorted(occurrences, key=lambda lexeme: (occurrences[lexeme], lexeme))
    spent = 0
    for position, lexeme in enumerate(ordered):
        spent += occurrences[lexeme]
        if position and spent > budget:
            return ordered[:position], ordered[position:]
    return ordered, []


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
