"""Find the passage that answers a question best, by the words they share."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

_NUMBERED = re.compile(r"(?m)^[ \t>*-]*\[(\d{1,3})\][ \t:]*")
_WORD = re.compile(r"[A-Za-z]+|\d+|[^\W\d_]+")
_SENTENCE = re.compile(r"[^\n.!?]+(?:[.!?](?=\s|$)|[.!?](?=\S)[^\n.!?]*)*[.!?]?|\n")
_LONGEST_QUOTE = 400
_LONGEST_READ = 8_000
_STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an the and or of to in on at for from by with is are was were be been do does did have has "
        "had it its this that these those what which who whom whose where when why how can could should "
        "would will shall may might i you he she we they me my your our their his her as not no if then "
        "there here about into please tell show give find explain",
    )
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A numbered passage a search returned, as the model reads it."""

    number: int
    text: str


def passages(text: str) -> list[Passage]:
    """Return the passages of `text` that start with `[n]` at the beginning of a line."""
    marks = list(_NUMBERED.finditer(text))
    ends = [*(mark.start() for mark in marks), len(text)][1:]
    return [Passage(int(mark[1]), text[mark.end() : end].strip()) for mark, end in zip(marks, ends, strict=True)]


def keywords(text: str) -> list[str]:
    """Return the telling words of `text`, stemmed roughly, in order, without repeats."""
    stems = (_stem(word) for word in _WORD.findall(text[:_LONGEST_READ].lower()) if word not in _STOP_WORDS)
    return list(dict.fromkeys(stem for stem in stems if len(stem) > 1))


def ranked(question: str, texts: Sequence[str]) -> list[tuple[float, int]]:
    """Return `(score, index)` of the texts that share a word with `question`, best first, the earlier one on a tie."""
    asked = keywords(question)
    bags = [Counter(_stem(word) for word in _WORD.findall(text[:_LONGEST_READ].lower())) for text in texts]
    scores = [sum(_weight(stem, bag, bags) for stem in asked) for bag in bags]
    return sorted(
        ((score, index) for index, score in enumerate(scores) if score > 0), key=lambda pair: (-pair[0], pair[1])
    )


def best_quote(question: str, text: str) -> str:
    """Return the sentence (or code line with its neighbours) of `text` that answers `question` best."""
    body = _without_header(text)
    lines = [line for line in body.splitlines() if line.strip()]
    if _looks_like_code(lines):
        top = ranked(question, lines)
        at = top[0][1] if top else 0
        return "\n".join(lines[max(at - 1, 0) : at + 3])[:_LONGEST_QUOTE].strip("\n")
    sentences = [match.group().strip() for match in _SENTENCE.finditer(body) if match.group().strip()]
    top = ranked(question, sentences)
    return (sentences[top[0][1]] if top else sentences[0] if sentences else body)[:_LONGEST_QUOTE].strip()


def _weight(stem: str, bag: Counter[str], bags: Sequence[Counter[str]]) -> float:
    if not bag[stem]:
        return 0.0
    holders = sum(1 for other in bags if other[stem])
    return log(1 + len(bags) / holders) * (1 + log(bag[stem]))


def _stem(word: str) -> str:
    for suffix in ("ing", "ies", "es", "ed", "s"):
        if len(word) > len(suffix) + 3 and word.endswith(suffix):
            return word[: -len(suffix)]
    return word.removesuffix("e") if len(word) > 4 else word


def _without_header(text: str) -> str:
    """Drop a first line that only names the source, such as `docs/guide.md (lines 3-9)`."""
    first, _, rest = text.partition("\n")
    names_source = re.fullmatch(r"\S*[\w-]+\.\w{1,8}\b.{0,80}|(?:source|file)\b.{0,300}", first.strip(), re.IGNORECASE)
    return rest if names_source and rest.strip() else text


def _looks_like_code(lines: Sequence[str]) -> bool:
    marks = sum(
        1 for line in lines if re.search(r"[{};]\s*$|^\s*(def|class|import|from|return|if|for|async)\b|[=()]:?$", line)
    )
    return len(lines) > 1 and marks * 3 >= len(lines)
