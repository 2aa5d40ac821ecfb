"""One question to a model whose answer is an object: for drafting, refining and judging what people write."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from codemie.agents import loop
from codemie.agents.events import AgentEvent, Completed, Failed
from codemie.agents.request import AgentRun
from codemie.agents.settings import AgentsSettings
from codemie.identity.caller import Caller
from codemie.kernel.database import Database
from codemie.kernel.errors import InvalidInput, UpstreamFailed
from codemie.kernel.tools import Tool
from codemie.models.catalogue import Catalogue
from codemie.models.entries import ModelEntry
from codemie.models.service import Spending, record

_LONGEST_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Desk:
    """What asking needs of the process. Ask outside of transactions: a model takes its time."""

    database: Database
    catalogue: Catalogue
    limits: AgentsSettings


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked.

    Args:
        instructions: ours; nothing that people wrote belongs here.
        text: what people wrote.
        schema: JSON Schema of the answer; without one the answer is text.
        project: who pays; the caller's default project when empty.
        model: asked for by name; the default model when empty.
    """

    instructions: str
    text: str
    schema: dict[str, Any] | None = None
    project: str = ""
    model: str | None = None
    assistant_id: str | None = None
    tools: Sequence[Tool] = ()


async def ask(desk: Desk, caller: Caller, question: Question) -> dict[str, Any]:
    """The answer as an object that fits the schema; what it cost is charged to the project.

    Raises:
        InvalidInput: 400, nobody knows the model.
        UpstreamFailed: 502, the model gave no answer.
    """
    ended = await attempt(desk, caller, question)
    if isinstance(ended, Completed):
        return dict(ended.output or {})
    raise UpstreamFailed(
        "The model gave no answer",
        details=f"{ended.code}: {ended.message}",
        help="Try again, or choose another model.",
    )


async def attempt(desk: Desk, caller: Caller, question: Question) -> Completed | Failed:
    """The end of one run, whichever it is; charged either way.

    Raises:
        InvalidInput: 400, nobody knows the model.
    """
    model = _model(desk.catalogue, question.model)
    most = min(desk.limits.run_timeout_seconds, _LONGEST_SECONDS)
    run = AgentRun(
        model=model,
        instructions=question.instructions,
        prompt=question.text,
        limits=desk.limits.model_copy(update={"run_timeout_seconds": most}),
        tools=tuple(question.tools),
        output_schema=question.schema,
        is_read_along=False,
    )
    ended = await _last(run)
    failed = ended.code if isinstance(ended, Failed) else None
    async with desk.database.session() as session:
        for spent in ended.spent:
            spending = Spending(
                spent.model,
                spent.usage,
                caller.id,
                question.project or caller.default_project,
                assistant_id=question.assistant_id,
                error_code=failed,
            )
            await record(session, spending)
    return ended


async def _last(run: AgentRun) -> Completed | Failed:
    last: AgentEvent | None = None
    async with aclosing(loop.run(run)) as events:
        async for event in events:
            last = event
    assert isinstance(last, (Completed, Failed)), "a run ends with one of the two"  # noqa: S101 - see `loop.run`
    return last


def _model(catalogue: Catalogue, name: str | None) -> ModelEntry:
    models = catalogue.models()
    if not name:
        return models.default("chat")
    found = models.find(name, "chat")
    if found is None:
        known = ", ".join(model.base_name for model in models.chat[:20])
        raise InvalidInput("Unknown model", details=f"No model is named '{name}'.", help=f"Known models: {known}.")
    return found
