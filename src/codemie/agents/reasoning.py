"""The agent loop on pydantic-ai: model ↔ tools until there is an answer.

pydantic-ai talks to the provider, repairs malformed calls and runs tools in parallel; this module gives it our
tools and limits and retells its events. Import late: the library takes seconds.
"""

import re
from collections.abc import AsyncGenerator, Iterable
from dataclasses import replace
from typing import Any

from pydantic_ai import (
    Agent,
    AgentRunResultEvent,
    BinaryContent,
    DeferredToolRequests,
    NativeOutput,
    RunContext,
    StructuredDict,
    ToolReturn,
)
from pydantic_ai.exceptions import ApprovalRequired, CallDeferred, ModelRetry
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.toolsets import AbstractToolset, ToolsetTool
from pydantic_ai.usage import RunUsage, UsageLimits
from pydantic_core import SchemaValidator, core_schema, from_json, to_json

from codemie.agents import replay, untrusted
from codemie.agents.choosing import ToolChoice
from codemie.agents.delegation import Delegates, SubEvent
from codemie.agents.events import AgentEvent, Completed, Ending, Failed, Spent, ToolStarted
from codemie.agents.failures import MESSAGES, explain
from codemie.agents.lending import Lender
from codemie.agents.metering import Written
from codemie.agents.narration import Narrator
from codemie.agents.pausing import SubRunPaused, metadata_of, paused, resumed
from codemie.agents.request import AgentRun, Image, Resumption, Start
from codemie.agents.tool_calls import BadArguments, NeedsApproval, ToolRunner, check_arguments
from codemie.kernel.json_schema import schema_problem
from codemie.kernel.telemetry import get_logger
from codemie.kernel.tools import Tool
from codemie.models.providers import chat_model, model_settings
from codemie.models.usage import Usage

log = get_logger(__name__)

_ANY = SchemaValidator(core_schema.any_schema())
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")


class RunnerToolset(AbstractToolset[object]):
    """Our tools as pydantic-ai sees them: their schemas go to the model as they are, arguments are checked by us."""

    def __init__(self, run: AgentRun, runner: ToolRunner, delegates: Delegates) -> None:
        self._runner = runner
        self._delegates = delegates
        self._question = run.question
        self._sees = run.model.multimodal
        self._retries = run.limits.tool_retries
        asking = [run.question] if run.question else []
        self._shown = {tool.name: tool for tool in (*delegates.tools(), *asking, *runner.tools.values())}
        self._choice = ToolChoice(run, runner.tools) if run.chooses_tools else None

    @property
    def id(self) -> str:
        return "codemie"

    async def get_tools(self, ctx: RunContext[object]) -> dict[str, ToolsetTool[object]]:
        hidden = self._runner.tools.keys() - self._choice.now(ctx.messages) if self._choice else ()
        return {
            name: ToolsetTool(
                toolset=self,
                tool_def=_definition(tool),
                max_retries=self._retries,
                args_validator=_ANY,
            )
            for name, tool in self._shown.items()
            if name not in hidden
        }

    async def call_tool(
        self,
        name: str,
        tool_args: dict[str, Any],
        ctx: RunContext[object],
        tool: ToolsetTool[object],  # noqa: ARG002 - their signature
    ) -> str | ToolReturn:
        try:
            if name in self._delegates.agents:
                return await self._delegate(name, tool_args, ctx)
            if self._question is not None and name == self._question.name:
                return await self._ask(self._question, tool_args)
            call_id = ctx.tool_call_id or name
            lend = Lender(self._runner, call_id, lambda event: ctx.emit(SubEvent(event)))
            text = await self._runner.call(name, tool_args, call_id, approved=ctx.tool_call_approved, lend=lend)
            return self._with_pictures(text, call_id)
        except BadArguments as error:
            raise ModelRetry(str(error)) from error
        except NeedsApproval as error:
            raise ApprovalRequired from error
        except SubRunPaused as error:
            raise ApprovalRequired(metadata_of(error.paused)) from error

    def _with_pictures(self, text: str, call_id: str) -> str | ToolReturn:
        pictures = self._runner.outcomes[call_id].pictures if self._sees else ()
        if not pictures:
            return text
        return ToolReturn(text, content=[BinaryContent(one.content, media_type=one.media_type) for one in pictures])

    async def _delegate(self, name: str, arguments: object, ctx: RunContext[object]) -> str:
        checked = check_arguments(self._shown[name], arguments)
        left: dict[str, Any] = ctx.tool_call_metadata or {}
        resume = Resumption(left["state"], left["decision"]) if "state" in left else None
        text = await self._delegates.call(name, checked["task"], ctx.tool_call_id or name, resume, ctx.emit)
        return self._runner.fenced(name, text)

    async def _ask(self, question: Tool, arguments: object) -> str:
        surface = await question.call(check_arguments(question, arguments))
        if surface.is_error:
            raise BadArguments(surface.text)
        raise CallDeferred({"surface": from_json(surface.text)}, kind="question")


async def reason(run: AgentRun, start: Start) -> AsyncGenerator[AgentEvent, None]:
    """The events of a run that needs tools, sub-agents, a schema or pictures, or goes on after a pause.

    Args:
        run: what is asked.
        start: carries out the runs of its sub-agents.
    """
    spent, written = RunUsage(), Written()
    runner, delegates = ToolRunner(run), None

    def used() -> tuple[Spent, ...]:
        return (Spent(run.model, _usage(spent) + written.broken_off(run.read)),)

    with run.meter.metering(used):
        try:
            past = resumed(run.resume) if run.resume else None
            runner = ToolRunner(run, past.citations if past else ())
            delegates = Delegates(run, runner.citations, start)
            narrator = Narrator(runner, delegates, run.question.name if run.question else None)
            agent = _agent(run, chat_model(run.model), runner, delegates)
            async with agent.run_stream_events(
                None if past else _prompt(run),
                message_history=past.messages if past else list(_history(run)),
                deferred_tool_results=past.results if past else None,
                usage=spent,
                usage_limits=UsageLimits(request_limit=run.limits.max_steps),
                timeout=run.limits.run_timeout_seconds,
                infer_name=False,
            ) as events:
                async for event in events:
                    if isinstance(event, AgentRunResultEvent):
                        yield replace(_ended(event, runner, narrator.told), spent=_spent(run, spent, delegates))
                    elif isinstance(event, SubEvent):
                        yield event.event
                    else:
                        for told in narrator.tell(event):
                            written.take(told)
                            yield told
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is told in the reply
            yield _failed(error, runner, _spent(run, spent, delegates))


def _agent(run: AgentRun, model: Model, runner: ToolRunner, delegates: Delegates) -> Agent[object, Any]:
    agent: Agent[object, Any] = Agent(
        model,
        output_type=[_output_type(run, model), DeferredToolRequests] if _may_pause(run) else _output_type(run, model),
        instructions=_instructions(run),
        toolsets=[RunnerToolset(run, runner, delegates)],
        model_settings=_settings(run),
        retries={"tools": run.limits.tool_retries, "output": 2},
        name="codemie",
    )
    if run.output_schema is not None:
        schema = run.output_schema

        @agent.output_validator
        def fits(output: Any) -> Any:
            if isinstance(output, DeferredToolRequests):
                return output
            problem = schema_problem(schema, output)
            if problem is not None:
                raise ModelRetry(f"The answer does not fit the schema: {problem}")
            return output

    return agent


def _may_pause(run: AgentRun) -> bool:
    runs = (run, *(agent.run for agent in run.sub_agents))
    return run.can_pause and (run.question is not None or any(_may_ask(one) for one in runs))


def _may_ask(run: AgentRun) -> bool:
    return run.approval != "never" or any(tool.asks is not None for tool in run.tools)


def _definition(tool: Tool) -> ToolDefinition:
    return ToolDefinition(name=tool.name, description=tool.description, parameters_json_schema=tool.parameters)


def _output_type(run: AgentRun, model: Model) -> Any:
    if run.output_schema is None:
        return str
    title = _NOT_IN_A_NAME.sub("_", str(run.output_schema.get("title") or "answer"))[:60]
    shape = StructuredDict(run.output_schema, name=title)
    return NativeOutput(shape, name=title) if model.profile.get("supports_json_schema_output") else shape


def _instructions(run: AgentRun) -> str | None:
    reads_others = run.tools or run.sub_agents or replay.has_calls(run.history)
    return (untrusted.noted(run.instructions) if reads_others else run.instructions) or None


def _settings(run: AgentRun) -> ModelSettings:
    settings = model_settings(run.model)
    if run.temperature is not None:
        settings["temperature"] = run.temperature
    if run.top_p is not None:
        settings["top_p"] = run.top_p
    return settings


def _prompt(run: AgentRun) -> str | list[UserContent]:
    if not run.images:
        return run.prompt
    return [run.prompt, *_shown(run.images)]


def _shown(images: Iterable[Image]) -> list[UserContent]:
    """Pictures, each behind its label."""
    return [
        part for image in images for part in (image.label, BinaryContent(image.content, media_type=image.media_type))
    ]


def _history(run: AgentRun) -> Iterable[ModelMessage]:
    known = {tool.name for tool in run.tools} | {agent.name for agent in run.sub_agents}
    most = run.tool_output_tokens or run.limits.tool_output_tokens
    for turn in run.history:
        if turn.role == "user":
            yield ModelRequest(parts=[UserPromptPart(turn.text)])
            continue
        calls, text = replay.split(turn, known, most)
        if calls:
            yield ModelResponse(parts=[ToolCallPart(call.name, call.arguments, call.id) for call in calls])
            results = [ToolReturnPart(call.name, replay.result(call, most), call.id) for call in calls]
            pictures = [picture for call in calls for picture in call.pictures]
            yield ModelRequest(parts=[*results, *([UserPromptPart(_shown(pictures))] if pictures else [])])
        yield ModelResponse(parts=[TextPart(text)])


def _ended(event: AgentRunResultEvent[Any], runner: ToolRunner, told: dict[str, ToolStarted]) -> Ending:
    output = event.result.output
    if isinstance(output, DeferredToolRequests):
        return paused(output, event.result.all_messages(), runner.citations.passages, told)
    if event.result.response.finish_reason == "length":
        return Failed("agent_token_limit", MESSAGES["agent_token_limit"], citations=runner.citations.cited_in(""))
    text = output if isinstance(output, str) else to_json(output).decode()
    structured = None if isinstance(output, str) else dict(output)
    return Completed(text, (), runner.citations.cited_in(text), structured)


def _failed(error: Exception, runner: ToolRunner, spent: tuple[Spent, ...]) -> Failed:
    failed = explain(error, spent)
    if failed.code == "agent_internal_error":
        log.error("run_failed", error=type(error).__name__, exc_info=error)
    return replace(failed, citations=runner.citations.cited_in(""))


def _spent(run: AgentRun, used: RunUsage, delegates: Delegates | None) -> tuple[Spent, ...]:
    return (Spent(run.model, _usage(used)), *(delegates.spent if delegates else ()))


def _usage(used: RunUsage) -> Usage:
    return Usage(used.input_tokens, used.output_tokens, used.cache_read_tokens, used.cache_write_tokens)
