"""Is an assistant put together well, and does its model answer?"""

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.agents.asking import Desk, Question, attempt
from codemie.agents.events import Failed
from codemie.assistants import contexts, integration_check, prompting, repository, versions
from codemie.assistants.drafting_schemas import HealthError, HealthReport
from codemie.assistants.service import get_assistant
from codemie.assistants.tables import Assistant
from codemie.assistants.version_schemas import VersionObject
from codemie.identity.caller import Caller
from codemie.toolkits.catalogue import find

_QUESTION = "This is a health check. Answer with the single word OK."


async def check(desk: Desk, caller: Caller, assistant_id: str, version: int | None) -> HealthReport:
    """Look at the parts, then ask the model; no transaction is open meanwhile.

    Raises:
        NotFound: 404, no such assistant or version. EntityAccessDenied: 401.
    """
    async with desk.database.session() as session:
        assistant = await get_assistant(session, caller, assistant_id)
        looked_at = versions.shown(await versions.find(session, assistant_id, version or assistant.version_count))
        wrong = await _problems(session, caller, assistant, looked_at)
        available, misconfigured = await _tools(session, caller, assistant.project, looked_at)
    if desk.catalogue.models().find(looked_at.llm_model_type, "chat") is None:
        wrong.append(
            f"The model '{looked_at.llm_model_type}' is not in the catalogue; the default one takes its place."
        )
    failure = None if wrong else await _try(desk, caller, assistant, looked_at)
    error = failure
    if wrong:
        error = HealthError(
            message="The assistant's configuration is not valid",
            details=" ".join(wrong),
            help="Edit the assistant and correct these parts.",
            error_type="configuration",
        )
    return HealthReport(
        is_healthy=error is None and not misconfigured,
        assistant_id=assistant.id,
        assistant_name=assistant.name,
        configuration_valid=not wrong,
        execution_successful=not wrong and failure is None,
        tools_available=available,
        tools_available_count=len(available),
        tools_misconfigured=misconfigured,
        tools_misconfigured_count=len(misconfigured),
        error=error,
    )


async def _problems(session: AsyncSession, caller: Caller, assistant: Assistant, version: VersionObject) -> list[str]:
    wanted = [reference.model_dump() for reference in version.context]
    present = {source["name"] for source in await contexts.existing(session, caller, assistant.project, wanted)}
    problems = [f"The data source '{item['name']}' is gone." for item in wanted if item["name"] not in present]
    subs = await repository.find_many(session, version.assistant_ids)
    problems += [f"The sub-assistant '{key}' is gone." for key in version.assistant_ids if key not in subs]
    try:
        prompting.checked(version.system_prompt, {})
    except prompting.UnsafePrompt as error:
        problems.append(f"The system prompt is shown to the model as it is written: {error.details}")
    return problems


async def _tools(
    session: AsyncSession, caller: Caller, project: str, version: VersionObject
) -> tuple[list[str], list[str]]:
    """Tools that can be called, and those whose credentials are missing."""
    toolkits = [toolkit.model_dump() for toolkit in version.toolkits]
    lacking = await integration_check.missing(session, caller, project, toolkits)
    misconfigured = [tool.tool for tools in lacking.values() for tool in tools]
    misconfigured += [
        tool.name
        for toolkit in version.toolkits
        for tool in toolkit.tools
        # Of a tool nobody offers here its author alone knows whether it needs a credential.
        if (tool.settings_config or toolkit.settings_config) and not (tool.settings or toolkit.settings)
        if tool.name not in misconfigured and find(tool.name) is None
    ]
    offered = [tool.name for toolkit in version.toolkits for tool in toolkit.tools if tool.name not in misconfigured]
    return [*offered, *(f"search {reference.name}" for reference in version.context)], misconfigured


async def _try(desk: Desk, caller: Caller, assistant: Assistant, version: VersionObject) -> HealthError | None:
    values = prompting.builtin_values(caller.name)
    question = Question(
        instructions=prompting.render(version.system_prompt, values),
        text=_QUESTION,
        project=assistant.project,
        model=version.llm_model_type,
        assistant_id=assistant.id,
    )
    ended = await attempt(desk, caller, question)
    if isinstance(ended, Failed):
        return HealthError(
            message="The model did not answer", details=ended.message, help="Try another model.", error_type=ended.code
        )
    return None
