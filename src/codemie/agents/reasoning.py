"""The agent loop on pydantic-ai: model ↔ tools until there is an answer.

pydantic-ai talks to the provider, repairs malformed calls and runs tools in parallel; this module gives it our
tools and limits and retells its events. Import late: the library takes seconds.
"""

import re
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from typing import Any

from pydantic_ai import Agent, AgentRunResultEvent, BinaryContent, NativeOutput, RunContext, StructuredDict
from pydantic_ai.exceptions import ModelRetry
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, UserContent, UserPromptPart
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.toolsets import AbstractToolset, ToolsetTool
from pydantic_ai.usage import RunUsage, UsageLimits
from pydantic_core import SchemaValidator, core_schema, to_json

from codemie.agents import untrusted
from codemie.agents.events import AgentEvent, Completed, Failed
from codemie.agents.failures import explain
from codemie.agents.narration import Narrator
from codemie.agents.request import AgentRun, Turn
from codemie.agents.schemas import schema_problem
from codemie.agents.tool_calls import BadArguments, ToolRunner
from codemie.kernel.telemetry import get_logger
from codemie.kernel.tools import Tool
from codemie.models.providers import chat_model, model_settings
from codemie.models.usage import Usage

log = get_logger(__name__)

_ANY = SchemaValidator(core_schema.any_schema())
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass
class RunnerToolset(AbstractToolset[object]):
    """Our tools as pydantic-ai sees them: their schemas go to the model as they are, arguments are checked by us."""

    runner: ToolRunner
    retries: int

    @property
    def id(self) -> str:
        return "codemie"

    async def get_tools(self, ctx: RunContext[object]) -> dict[str, ToolsetTool[object]]:  # noqa: ARG002 - their signature
        return {
            name: ToolsetTool(
                toolset=self,
                tool_def=_definition(tool),
                max_retries=self.retries,
                args_validator=_ANY,
            )
            for name, tool in self.runner.tools.items()
        }

    async def call_tool(
        self,
        name: str,
        tool_args: dict[str, Any],
        ctx: RunContext[object],
        tool: ToolsetTool[object],  # noqa: ARG002 - their signature
    ) -> str:
        try:
            return await self.runner.call(name, tool_args, ctx.tool_call_id or name)
        except BadArguments as error:
            raise ModelRetry(str(error)) from error


async def reason(run: AgentRun) -> AsyncGenerator[AgentEvent, None]:
    """The events of a run that needs tools, a schema or pictures."""
    runner = ToolRunner(run)
    narrator = Narrator(runner)
    spent = RunUsage()
    try:
        model = chat_model(run.model)
        agent = _agent(run, model, runner)
        async with agent.run_stream_events(
            _prompt(run),
            message_history=list(_history(run.history)),
            usage=spent,
            usage_limits=UsageLimits(request_limit=run.limits.max_steps),
            timeout=run.limits.run_timeout_seconds,
            infer_name=False,
        ) as events:
            async for event in events:
                if isinstance(event, AgentRunResultEvent):
                    yield _completed(event.result.output, runner, spent)
                else:
                    for told in narrator.tell(event):
                        yield told
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is told in the reply
        yield _failed(error, runner, spent)


def _agent(run: AgentRun, model: Model, runner: ToolRunner) -> Agent[object, Any]:
    agent: Agent[object, Any] = Agent(
        model,
        output_type=_output_type(run, model),
        instructions=_instructions(run),
        toolsets=[RunnerToolset(runner, run.limits.tool_retries)],
        model_settings=_settings(run),
        retries={"tools": run.limits.tool_retries, "output": 2},
        name="codemie",
    )
    if run.output_schema is not None:
        schema = run.output_schema

        @agent.output_validator
        def fits(output: Any) -> Any:
            problem = schema_problem(schema, output)
            if problem is not None:
                raise ModelRetry(f"The answer does not fit the schema: {problem}")
            return output

    return agent


def _definition(tool: Tool) -> ToolDefinition:
    return ToolDefinition(name=tool.name, description=tool.description, parameters_json_schema=tool.parameters)


def _output_type(run: AgentRun, model: Model) -> Any:
    if run.output_schema is None:
        return str
    title = _NOT_IN_A_NAME.sub("_", str(run.output_schema.get("title") or "answer"))[:60]
    shape = StructuredDict(run.output_schema, name=title)
    return NativeOutput(shape, name=title) if model.profile.get("supports_json_schema_output") else shape


def _instructions(run: AgentRun) -> str | None:
    return "\n\n".join(part for part in (run.instructions, untrusted.NOTE if run.tools else "") if part) or None


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
    content: list[UserContent] = [run.prompt]
    for image in run.images:
        content += [image.label, BinaryContent(image.content, media_type=image.media_type)]
    return content


def _history(turns: Iterable[Turn]) -> Iterable[ModelMessage]:
    for turn in turns:
        if turn.role == "user":
            yield ModelRequest(parts=[UserPromptPart(turn.text)])
        else:
            yield ModelResponse(parts=[TextPart(turn.text)])


def _completed(output: Any, runner: ToolRunner, spent: RunUsage) -> Completed:
    text = output if isinstance(output, str) else to_json(output).decode()
    structured = None if isinstance(output, str) else dict(output)
    return Completed(text, _usage(spent), runner.citations.cited_in(text), structured)


def _failed(error: Exception, runner: ToolRunner, spent: RunUsage) -> Failed:
    failed = explain(error, _usage(spent))
    if failed.code == "agent_internal_error":
        log.error("run_failed", error=type(error).__name__, exc_info=error)
    return Failed(failed.code, failed.message, failed.usage, failed.details, runner.citations.cited_in(""))


def _usage(spent: RunUsage) -> Usage:
    return Usage(spent.input_tokens, spent.output_tokens, spent.cache_read_tokens, spent.cache_write_tokens)
