"""Does a model answer? One tiny call tells: reachable, key accepted, how fast."""

from __future__ import annotations

import asyncio
import time

from codemie.models import direct, errors
from codemie.models.catalogue import Catalogue
from codemie.models.embeddings import embed
from codemie.models.entries import ModelEntry
from codemie.models.schemas import EndpointReport

_DEADLINE_SECONDS = 30.0
_AT_ONCE = 4


async def verify(entry: ModelEntry, deadline_seconds: float = _DEADLINE_SECONDS) -> EndpointReport:
    """Make one call of a few tokens to the entry's model and report; never raises for what the endpoint does."""
    started = time.perf_counter()
    failure: errors.ModelError | None = None
    try:
        async with asyncio.timeout(deadline_seconds):
            await _call(entry)
    except errors.OutputTokenLimitExceeded:
        failure = None  # it answered, and was cut where we asked for it
    except errors.ModelError as error:
        failure = error
    except TimeoutError:
        failure = errors.ModelTimeoutError(f"No answer within {deadline_seconds:g} seconds.")
    return EndpointReport(
        base_name=entry.base_name,
        kind=entry.kind,
        runs_on=entry.provider,
        ok=failure is None,
        reachable=not isinstance(failure, errors.ModelConnectionError | errors.ModelTimeoutError),
        authenticated=failure is None or failure.status_code not in {None, 401, 403},
        latency_ms=round((time.perf_counter() - started) * 1000, 1),
        error_code=failure.code if failure else None,
        message=failure.message if failure else None,
    )


async def verify_all(catalogue: Catalogue) -> list[EndpointReport]:
    """Report on every model of the catalogue, a few at a time."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(entry: ModelEntry) -> EndpointReport:
        async with slots:
            return await verify(entry)

    return await asyncio.gather(*(one(entry) for entry in (*catalogue.chat_models(), *catalogue.embedding_models())))


async def _call(entry: ModelEntry) -> None:
    if entry.kind == "embedding":
        if entry.provider != "embedded":
            await embed(entry, ["ping"])
    elif direct.supports(entry):
        await direct.complete(entry, [{"role": "user", "content": "ping"}], max_tokens=16)
    else:
        await _through_pydantic(entry)


async def _through_pydantic(entry: ModelEntry) -> None:
    from pydantic_ai.direct import model_request
    from pydantic_ai.exceptions import AgentRunError, UserError
    from pydantic_ai.messages import ModelRequest

    from codemie.models.providers import chat_model

    try:
        await model_request(
            chat_model(entry), [ModelRequest.user_text_prompt("ping")], model_settings={"max_tokens": 16}
        )
    except (AgentRunError, UserError) as error:
        raise explained(error) from error


def explained(error: Exception) -> errors.ModelError:
    """What a failure of a provider's library means in our terms."""
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return errors.from_response(status, str(getattr(error, "body", None) or error))
    kinds: dict[str, type[errors.ModelError]] = {
        "ModelTimeoutError": errors.ModelTimeoutError,
        "ModelConnectionError": errors.ModelConnectionError,
        "ModelAuthenticationError": errors.ModelAuthenticationError,
        "UserError": errors.ModelAuthenticationError,
    }
    names = (kind.__name__ for kind in type(error).__mro__)
    return next((kinds[name] for name in names if name in kinds), errors.UnknownModelError)(str(error))
