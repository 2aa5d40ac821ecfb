"""What `codemiectl llm verify` must notice, and how a test brings it about."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from codemie.checks.report import Status
from tests.fakes.openai_server import Answer
from tests.operations.injection import Fault
from tests.operations.models.world import World, assistant, indexed, well
from tests.support import free_port

Injection = Callable[[World], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class ModelFault(Fault):
    """A fault and how it is made.

    Attributes:
        inject: breaks it for the block.
    """

    inject: Injection | None = None


def file(*replacements: tuple[str, str]) -> Injection:
    """The file says something else."""

    @asynccontextmanager
    async def inject(world: World) -> AsyncGenerator[None]:
        text = world.text
        for old, new in replacements:
            text = text.replace(old.format(url=world.endpoint.url), new)
        assert text != world.text
        world.file.write_text(text)
        yield
        world.file.write_text(world.text)

    return inject


def endpoint(answer: Answer, when: Callable[[dict[str, Any]], bool]) -> Injection:
    """The endpoint answers some requests so."""

    @asynccontextmanager
    async def inject(world: World) -> AsyncGenerator[None]:
        world.endpoint.otherwise = lambda body: answer if when(body) else None
        yield
        well(world.endpoint)

    return inject


@asynccontextmanager
async def no_tools(world: World) -> AsyncGenerator[None]:
    world.endpoint.calls_tools = False
    yield
    well(world.endpoint)


@asynccontextmanager
async def other_index(world: World) -> AsyncGenerator[None]:
    async with indexed(world.database, "vectors:1536"):
        yield


@asynccontextmanager
async def lost_assistant(world: World) -> AsyncGenerator[None]:
    async with assistant(world.database, "mock-chat"):
        yield


def _is_plain(body: dict[str, Any]) -> bool:
    return "messages" in body and not body.get("stream") and not body.get("tools")


def fault(check: str, what: str, inject: Injection, status: Status = Status.FAIL) -> ModelFault:
    return ModelFault(check, what, status, inject)


BUSY = Answer(status=500, error={"message": "The engine is overloaded"})
FAULTS: tuple[ModelFault, ...] = (
    fault(
        "endpoint.llm.reach", "nobody listens at the endpoint", file(("{url}", f"http://127.0.0.1:{free_port()}/v1"))
    ),
    fault("endpoint.llm.reach", "the name of the endpoint does not exist", file(("{url}", "http://llm.invalid/v1"))),
    fault("endpoint.llm.reach", "the endpoint speaks no TLS", file(("http:", "https:"))),
    fault("endpoint.llm.key", "the key is another one", file(("/key", "/wrong-key"))),
    fault(
        "endpoint.llm.key",
        "the variable of the key is not set",
        file(("api_key_file:", "api_key_env: CODEMIE_TEST_NO_SUCH_KEY, api_version:")),
    ),
    fault("chat.real.known", "the endpoint does not know the model", file(("vendor-real", "vendor-other"))),
    fault("embedding.vectors.known", "it does not know the embedding model", file(("vendor-vectors", "vendor-other"))),
    fault("chat.real.answers", "the model fails", endpoint(BUSY, _is_plain)),
    fault(
        "chat.real.answers",
        "the model answers too much",
        endpoint(Answer(status=429, error={"message": "Slow down"}), _is_plain),
        Status.WARN,
    ),
    fault("chat.real.streams", "the endpoint refuses to stream", endpoint(BUSY, lambda body: bool(body.get("stream")))),
    fault("chat.real.tools", "the endpoint refuses tools", endpoint(BUSY, lambda body: bool(body.get("tools")))),
    fault("chat.real.tools", "the model calls no tools", no_tools, Status.WARN),
    fault("embedding.vectors.vectors", "vectors are of another length", file(("dimensions: 3", "dimensions: 1536"))),
    fault("llm.indexes", "an index was made with vectors of another length", other_index),
    fault("llm.references", "an assistant names a model that is gone", lost_assistant, Status.WARN),
)
