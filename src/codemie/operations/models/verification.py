"""Every model of a file, asked for what its row declares: the checks of `codemiectl llm verify`.

They are made from the file, so their ids hold its names: `endpoint.openai.key`, `chat.gpt-5-mini.answers`.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import groupby

from codemie.checks.check import Check, Severity
from codemie.checks.report import Finding, failed, passed, skipped, warned
from codemie.kernel.documents import DocumentError
from codemie.models import credentials, errors
from codemie.models.catalogue import Catalogue, Models
from codemie.models.entries import ModelEntry
from codemie.operations.models.questions import TOOL, Questions, Said
from codemie.operations.models.reaching import place, reach

_INSIDE = frozenset(("mock", "embedded"))
_MOST_KEYS_TRIED = 3
_MARGIN_SECONDS = 5.0
_SHORTEST_SECRET = 6
_UNKNOWN_WORDS = ("model not found", "model_not_found", "does not exist", "invalid model", "unknown model")

Look = Callable[[], Awaitable[Finding]]


def models_of(catalogue: Catalogue) -> Models | None:
    """What the file says; None where it cannot be used, which is a check's to tell."""
    try:
        return catalogue.models()
    except DocumentError:
        return None


def checks_of(models: Models, seconds: float) -> list[Check]:
    """The checks of these models, endpoints first.

    Args:
        models: of one file.
        seconds: the longest wait for one answer.
    """
    asked = [Questions(entry, seconds) for entry in (*models.chat, *models.embedding)]
    outside = sorted((each for each in asked if each.entry.provider not in _INSIDE), key=lambda each: place(each.entry))
    for each in asked:
        each.load()
    found: list[Check] = []
    for name, group in groupby(outside, key=lambda each: place(each.entry)):
        found += _endpoint(name, list(group), seconds)
    for each in asked:
        found += _embedding(each, seconds) if each.entry.kind == "embedding" else _chat(each, seconds)
    return found


def secrets_of(models: Models | None) -> tuple[str, ...]:
    """What no report may show: keys, and what else is sent with requests."""
    return tuple({text for entry in (*models.chat, *models.embedding) for text in _secrets(entry)} if models else ())


def _secrets(entry: ModelEntry) -> Iterator[str]:
    try:
        if key := credentials.api_key(entry):
            yield key
    except errors.ModelError:
        pass  # there is none to be shown
    user, _, host = (credentials.base_url(entry) or "").rpartition("@")
    if user and host:
        yield user.partition("://")[2]
    yield from (value for value in credentials.headers(entry).values() if len(value) >= _SHORTEST_SECRET)


def _endpoint(name: str, asked: Sequence[Questions], seconds: float) -> Iterator[Check]:
    first = asked[0]

    async def reached() -> Finding:
        return await reach(first.entry, seconds)

    async def key() -> Finding:
        return await _key(asked)

    yield _check(
        f"endpoint.{name}.reach",
        reached,
        seconds * 3,
    )
    yield _check(
        f"endpoint.{name}.key",
        key,
        seconds * _MOST_KEYS_TRIED,
        (f"endpoint.{name}.reach",),
    )


async def _key(asked: Sequence[Questions]) -> Finding:
    refused: errors.ModelError | None = None
    for each in asked[:_MOST_KEYS_TRIED]:
        failure = (await _first_question(each)).failure
        if failure is None or (_is_answer(failure) and not _refuses_key(failure)):
            return passed("The key is accepted")
        if not _refuses_key(failure):
            return skipped(f"it did not answer, see {_id(each.entry, _works(each.entry))}")
        refused = failure  # a key may be for some of the models only
    assert refused is not None  # noqa: S101 - an endpoint has models
    return failed(
        _words(refused),
        "Compare the variable or the file that api_key_env or api_key_file names, here and in every process",
    )


def _first_question(asked: Questions) -> Awaitable[Said]:
    return (asked.vector if asked.entry.kind == "embedding" else asked.answer).said()


def _works(entry: ModelEntry) -> str:
    return "vectors" if entry.kind == "embedding" else "answers"


def _chat(asked: Questions, seconds: float) -> Iterator[Check]:
    entry = asked.entry
    if entry.supports_image_generation and entry.provider not in _INSIDE:
        # Such a model need not chat, and each picture is paid for.
        return
    yield from _known_and_working(asked, seconds)
    needs = (_id(entry, "answers"),)

    async def streams() -> Finding:
        if not entry.features.streaming:
            return skipped("the file says features.streaming: false")
        said = await asked.stream.said()
        if said.failure:
            return failed(_words(said.failure), "If it cannot stream, say features.streaming: false", **said.evidence())
        if not said.pieces:
            return failed("The stream held nothing", "Try again; look into the endpoint's log", **said.evidence())
        return passed(f"It streams: first token after {said.first_seconds * 1000:.0f} ms", **said.evidence())

    async def tools() -> Finding:
        if not (entry.features.tools and entry.supports_tools):
            return skipped("the file says that it takes no tools")
        said = await asked.tool.said()
        if said.failure:
            return failed(_words(said.failure), "If it takes no tools, say features.tools: false", **said.evidence())
        if TOOL not in said.tools:
            return warned(
                "It was asked for a tool and called none", "Try again, or say features.tools: false", **said.evidence()
            )
        return passed("It calls tools", **said.evidence())

    yield _check(
        _id(entry, "streams"),
        streams,
        seconds,
        needs,
    )
    yield _check(
        _id(entry, "tools"),
        tools,
        seconds,
        needs,
    )


def _embedding(asked: Questions, seconds: float) -> Iterator[Check]:
    yield from _known_and_working(asked, seconds)


def _known_and_working(asked: Questions, seconds: float) -> Iterator[Check]:
    entry = asked.entry
    needs: tuple[str, ...] = ()
    if entry.provider not in _INSIDE:
        needs = (_id(entry, "known"),)

        async def known() -> Finding:
            return _known(entry, (await _first_question(asked)).failure)

        yield _check(
            needs[0],
            known,
            seconds,
            (f"endpoint.{place(entry)}.key",),
        )
    if entry.kind == "embedding":
        yield _check(
            _id(entry, "vectors"),
            lambda: _vectors(asked),
            seconds,
            needs,
        )
    else:
        yield _check(
            _id(entry, "answers"),
            lambda: _answers(asked),
            seconds,
            needs,
        )


def _known(entry: ModelEntry, failure: errors.ModelError | None) -> Finding:
    remedy = "Compare deployment_name with the endpoint's list of models, and the end of base_url (/v1 or not)"
    if failure is None:
        return passed(f"{entry.deployment_name} is known")
    rejected = isinstance(failure, errors.ModelRequestRejectedError)
    if isinstance(failure, errors.ModelNotFoundError) or (rejected and _says_unknown(failure.message)):
        return failed(_words(failure), remedy, **{"asked for": entry.deployment_name})
    if _refuses_key(failure):
        return failed(_words(failure), "Let the key use this model, or take it out of the file")
    if _is_answer(failure):
        return passed("The endpoint does not say otherwise")
    return skipped(f"it did not answer, see {_id(entry, _works(entry))}")


async def _answers(asked: Questions) -> Finding:
    said = await asked.answer.said()
    if isinstance(said.failure, errors.ModelRateLimitError):
        return warned(_words(said.failure), "Ask the provider for a higher limit, or name a fallback in the row")
    if said.failure:
        return failed(_words(said.failure), "Look into the endpoint's log, or its provider's page of states")
    return passed(f"It answers in {said.seconds * 1000:.0f} ms", **said.evidence())


async def _vectors(asked: Questions) -> Finding:
    entry = asked.entry
    if entry.provider == "embedded":
        return passed("It runs inside the platform")
    said = await asked.vector.said()
    if said.failure:
        return failed(_words(said.failure), "Compare `dimensions` in the file with the provider's documentation")
    seen = {**said.evidence(), "dimensions": str(said.dimension)}
    if entry.dimensions is None:
        return passed(f"{said.dimension} numbers a text; the file declares none", **seen)
    return passed(f"{said.dimension} numbers a text, as declared", **seen)


def described(name: str) -> Check | None:
    """What a check with such an id is about, whatever the file calls its models; None where it is none of these."""
    kind, _, rest = name.partition(".")
    what = rest.rpartition(".")[2]
    if kind not in _KINDS or what not in _KINDS[kind] or not rest.rpartition(".")[0]:
        return None

    async def look() -> Finding:
        return skipped("codemiectl llm verify FILE makes it")

    return _check(name, look, 0)


def families() -> tuple[Check, ...]:
    """One of each, for lists."""
    made = (described(f"{kind}.NAME.{what}") for kind, whats in _KINDS.items() for what in whats)
    return tuple(each for each in made if each)


_KINDS = {
    "endpoint": ("reach", "key"),
    "chat": ("known", "answers", "streams", "tools"),
    "embedding": ("known", "vectors"),
}
_TOLD = {
    "reach": (
        "The endpoint can be reached",
        "Its address is wrong, its server is away, or something on the way lets nobody through.",
        "Compare base_url in the model file with the provider's documentation, and let firewalls admit it",
    ),
    "key": (
        "The endpoint accepts the key",
        "The key is missing here, wrong, withdrawn, or not meant for this endpoint.",
        "Compare the variable or the file that api_key_env or api_key_file names, here and in every process",
    ),
    "known": (
        "The endpoint knows the model",
        "deployment_name is not what the endpoint calls the model, or the key is not for this one.",
        "Compare deployment_name with the endpoint's list of models, and the end of base_url (/v1 or not)",
    ),
    "answers": (
        "The model answers",
        "Quota, credit or content rules refuse it, or the server behind the endpoint fails.",
        "Look into the endpoint's log, or its provider's page of states",
    ),
    "streams": (
        "The answer comes while it is made",
        "The server does not stream, or a proxy in between collects the answer first.",
        "If it cannot stream, say features.streaming: false",
    ),
    "tools": (
        "The model calls tools",
        "The model, or the server that runs it, was not made or started for tools.",
        "If it takes no tools, say features.tools: false",
    ),
    "vectors": (
        "Texts become vectors of the declared length",
        "Another model stands behind the name, or `dimensions` in the file is wrong.",
        "Compare `dimensions` in the file with the provider's documentation",
    ),
}
"""Last part of an id → title, cause, and what to do in general."""


def _check(name: str, look: Look, seconds: float, needs: tuple[str, ...] = ("llm.defaults",)) -> Check:
    title, cause, remedy = _TOLD[name.rpartition(".")[2]]
    return Check(
        id=name,
        title=title,
        symptom="Chats or searches with the model fail.",
        cause=cause,
        remedy=(remedy,),
        look=look,
        phase=name.partition(".")[0],
        severity=Severity.MAJOR,
        faq=("F08",),
        needs=needs or ("llm.defaults",),
        timeout=seconds + _MARGIN_SECONDS,
    )


def _id(entry: ModelEntry, what: str) -> str:
    return f"{entry.kind}.{entry.base_name}.{what}"


def _refuses_key(failure: errors.ModelError) -> bool:
    return isinstance(failure, errors.ModelAuthenticationError)


def _is_answer(failure: errors.ModelError) -> bool:
    """Whether the endpoint said something, be it no use."""
    return failure.status_code is not None or isinstance(failure, errors.UnknownModelError)


def _says_unknown(message: str) -> bool:
    folded = message.lower()
    return any(words in folded for words in _UNKNOWN_WORDS)


def _words(failure: errors.ModelError) -> str:
    status = f"{failure.status_code}: " if failure.status_code else ""
    return f"{status}{failure.message[:300]}"
