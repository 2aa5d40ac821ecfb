"""Use cases of the toolkits room: what there is, what a tool takes, one direct call of it."""

import json
from functools import cache
from typing import Any

from codemie.identity.caller import Caller
from codemie.identity.policy import require_project
from codemie.identity.projects_use import require_usable
from codemie.integrations import resolution
from codemie.integrations.catalogue import TYPES, Key
from codemie.kernel.errors import AccessDenied, CodeMieError, NotFound, Unprocessable
from codemie.kernel.tools import ToolResult
from codemie.knowledge import repository as knowledge
from codemie.knowledge.tables import DataSource
from codemie.toolkits import catalogue, plugin_service
from codemie.toolkits.calling import perform
from codemie.toolkits.connection import Repository, ToolRun
from codemie.toolkits.credentials import Choice, Purse
from codemie.toolkits.drawing import Order, drawer
from codemie.toolkits.failures import PREFIX, told
from codemie.toolkits.file_management import CODE_TOOL
from codemie.toolkits.plugin import NAME as PLUGIN
from codemie.toolkits.research import unconfigured
from codemie.toolkits.runtime import Workbench
from codemie.toolkits.schemas import (
    CatalogueTool,
    CatalogueToolkit,
    Invoked,
    InvokeRequest,
    SchemaField,
    ToolkitHealth,
    ToolSchema,
)
from codemie.toolkits.toolkit import Offer
from codemie.toolkits.writing import writer
from codemie.workspaces.tools import TOOLKIT as WORKSPACE
from codemie.workspaces.tools import described as workspace_tools

_NOT_DIRECTLY = frozenset({CODE_TOOL})
_CALLED = "direct call"
_OF_INTEGRATIONS = frozenset({"integration_id", "integration_alias"})


@cache
def toolkits() -> tuple[CatalogueToolkit, ...]:
    """Every toolkit an assistant can be given."""
    made = [_shown(key, kits) for key, kits in catalogue.grouped().items()]
    tools = [
        CatalogueTool(
            name=tool.name, description=tool.description, user_description=tool.description, effect=tool.effect
        )
        for tool in workspace_tools()
    ]
    return (*made, CatalogueToolkit(toolkit=WORKSPACE, label="Agent workspace", tools=tools))


def offered(bench: Workbench) -> list[CatalogueToolkit]:
    """The same, without what this installation has no key or no engine for."""
    lacking = unconfigured(bench.reach.settings)
    return [
        kit.model_copy(update={"tools": [tool for tool in kit.tools if tool.name not in lacking]})
        for kit in toolkits()
        if kit.toolkit != PLUGIN or bench.plugins is not None
    ]


def _shown(key: str, kits: list[Any]) -> CatalogueToolkit:
    """Of tools with one name the first stands for all."""
    offers: dict[str, Offer] = {}
    for kit in kits:
        offers = {**kit.offers, **offers}
    needs = {kit.credential for kit in kits}
    # Each vendor's toolkit may take types of its own for the same tool.
    serving = {
        name: list(dict.fromkeys(kind for kit in kits if name in kit.offers for kind in kit.credentials))
        for name in offers
    }
    return CatalogueToolkit(
        toolkit=key,
        label=kits[0].label,
        # One integration for all of them, where all need the same type.
        settings_config=len(needs) == 1 and None not in needs,
        tools=[_tool(offer, serving[offer.name]) for offer in offers.values()],
    )


def _tool(offer: Offer, serving: list[str]) -> CatalogueTool:
    return CatalogueTool(
        name=offer.name,
        label=offer.label,
        settings_config=offer.toolkit.credential is not None,
        description=offer.description,
        user_description=offer.about,
        effect=offer.effect,
        credential_type=offer.toolkit.credential,
        credential_types=serving,
        in_repository=offer.toolkit.works_in is not None,
    )


def names() -> list[str]:
    """The names of all tools."""
    return [tool.name for toolkit in toolkits() for tool in toolkit.tools]


async def schema(bench: Workbench, caller: Caller, name: str, setting_id: str | None = None) -> ToolSchema:
    """What a tool takes.

    Args:
        bench: what calling tools needs of the process.
        caller: who asks.
        name: of the tool.
        setting_id: of the integration that it will work with; one that is not the caller's to use tells nothing.

    Raises:
        NotFound: 404, there is none of that name.
    """
    offer = catalogue.find(name)
    if offer is None and setting_id:
        offer = await plugin_service.find(bench, caller, setting_id, name)
        if offer is not None:
            return _schema_of(name, offer)
    offer = _offer(name)
    if setting_id and len(catalogue.named(name)) > 1:
        offer = await _offer_for(bench, caller, name, setting_id) or offer
    kind = TYPES.get(offer.toolkit.credential or "")
    return _schema_of(name, offer, {key.name: _field(key) for key in kind.keys} if kind else {})


def _schema_of(name: str, offer: Offer, credentials: dict[str, SchemaField] | None = None) -> ToolSchema:
    arguments = offer.schema
    return ToolSchema(
        tool_name=name,
        creds_schema=credentials or {},
        args_schema=_flat(arguments),
        json_schema=arguments,
        description=offer.description,
        effect=offer.effect,
        credential_type=offer.toolkit.credential,
    )


async def _offer_for(bench: Workbench, caller: Caller, name: str, setting_id: str) -> Offer | None:
    """Of the tools of that name the one for the system of an integration."""
    async with bench.database.session() as session:
        row = await resolution.find(session, caller, setting_id)
    if row is None:
        return None
    values = resolution.open_values(row)
    serving = [each for each in catalogue.named(name) if row.credential_type in each.toolkit.credentials]
    # The first of equals is the one that stands for all.
    return max(serving, key=lambda each: each.toolkit.fit(values) if each.toolkit.fit else 1, default=None)


def _field(key: Key) -> SchemaField:
    kind = "boolean" if isinstance(key.default, bool) else "integer" if isinstance(key.default, int) else "string"
    return SchemaField(type=kind, required=key.required)


def _flat(arguments: dict[str, Any]) -> dict[str, SchemaField]:
    required = arguments.get("required", ())
    fields: dict[str, Any] = arguments.get("properties", {})
    return {name: SchemaField(type=_type(field), required=name in required) for name, field in fields.items()}


def _type(field: dict[str, Any]) -> str:
    """Its type, or those it may have, in the order of the schema."""
    if "type" in field:
        return str(field["type"])
    kinds = [_type(part) for part in field.get("anyOf", ()) if part.get("type") != "null"]
    return " | ".join(dict.fromkeys(kinds)) or "object"


async def invoke(bench: Workbench, caller: Caller, name: str, asked: InvokeRequest) -> Invoked:
    """Call a tool in the caller's name; what goes wrong with the call is an answer, not an error.

    Raises:
        AccessDenied: 403, the project is not the caller's, or the tool cannot be called so.
        NotFound: 404, there is no such project, tool, or data source.
        TooManyRequests: 429.
    """
    # Whoever is a member of a project knows that it exists.
    if asked.project not in caller.projects:
        async with bench.database.session() as session:
            await require_usable(session, caller, asked.project)
    if name in _NOT_DIRECTLY:
        raise AccessDenied(details=f"{name} runs only as part of a conversation.")
    repository = await _repository(bench, caller, asked.datasource_id)
    bench.calls.spend(caller.id)
    of_an_agent = plugin_service.is_of_an_agent(name)
    choice = _chosen_key(asked.tool_creds) if of_an_agent else _chosen(asked.tool_creds)
    run = ToolRun(
        caller,
        asked.project,
        repository=repository,
        write=writer(bench.desk, caller, asked.project, asked.llm_model),
        read=bench.read,
        draw=drawer(bench, caller, Order(asked.project)),
        plugins=bench.plugins,
    )
    chosen_as = PLUGIN if of_an_agent else name
    purse = Purse(
        bench.database, bench.vault, caller, asked.project, _CALLED, {chosen_as: choice}, repository=repository
    )
    if of_an_agent:
        try:
            offer = await plugin_service.in_purse(bench, purse, run, name)
        except CodeMieError as error:
            return Invoked(error=told(error))
    else:
        offer = _offer(name, repository)
    params = asked.params
    tries = 1 + (params.retry_count if params and offer.effect == "reads" else 0)
    result = ToolResult("", is_error=True)
    for _ in range(tries):
        limit = params.output_limit if params else None
        result = await perform(offer, asked.tool_args, run, bench.reach, purse, output_tokens=limit)
        if not result.is_error:
            break
    return _told(result, as_json=params is not None and params.output_format == "json")


def _told(result: ToolResult, *, as_json: bool) -> Invoked:
    metadata = {"http_status": result.status} if result.status is not None else None
    if result.is_error and (result.status is None or result.text.startswith(PREFIX)):
        return Invoked(error=result.text, metadata=metadata)
    return Invoked(output=_json(result.text) if as_json else result.text, metadata=metadata)


def _json(text: str) -> str:
    """Text that is JSON as it is; any other as a JSON string."""
    try:
        json.loads(text)
    except ValueError:
        return json.dumps(text, ensure_ascii=False)
    return text


def _chosen(creds: dict[str, Any] | None) -> Choice:
    if not creds:
        return Choice()
    if alias := creds.get("integration_alias"):
        return Choice(alias=str(alias))
    if identity := creds.get("integration_id"):
        return Choice(named=str(identity))
    return Choice(values=creds)


def _chosen_key(creds: dict[str, Any] | None) -> Choice:
    """Clients send whose credential it is, and where; that is known better here."""
    named = {key: value for key, value in (creds or {}).items() if key in _OF_INTEGRATIONS and value}
    return _chosen(named)


def _offer(name: str, repository: Repository | None = None) -> Offer:
    offer = catalogue.find(name, repository)
    if offer is None:
        raise NotFound(
            "Tool not found",
            details=f"There is no tool '{name[:100]}' that can be called.",
            help="GET /v1/tools lists them.",
        )
    return offer


async def _repository(bench: Workbench, caller: Caller, source_id: str | None) -> Repository | None:
    if not source_id:
        return None
    async with bench.database.session() as session:
        source = await knowledge.find(session, caller, source_id)
    if source is None:
        raise NotFound.of("Datasource", source_id)
    found = repository_of(source)
    if found is None:
        raise Unprocessable(
            "This data source is no repository",
            details=f"'{source.name}' is of type {source.type}.",
            help="Name a data source of type code.",
        )
    return found


def repository_of(source: DataSource) -> Repository | None:
    """The repository of a code data source."""
    link = source.settings.get("link")
    if not link:
        return None
    return Repository(str(link), str(source.settings.get("branch") or ""), source.setting_id)


async def health(bench: Workbench, caller: Caller, project: str) -> list[ToolkitHealth]:
    """For each system, whether the caller has an integration for it in the project; nothing is opened or called.

    Raises:
        AccessDenied: 403, the project is not the caller's.
    """
    require_project(caller, project)
    found: list[ToolkitHealth] = []
    async with bench.database.session() as session:
        for kit in catalogue.TOOLKITS:
            told = ToolkitHealth(
                toolkit=kit.key,
                system=kit.system,
                tools=list(kit.offers),
                credential_type=kit.credential,
                state="ready",
            )
            if kit.credential:
                wanted = resolution.Wanted(kit.credential, project, also=kit.also, fit=kit.fit)
                try:
                    row = await resolution.resolve(session, caller, wanted)
                except CodeMieError:
                    told.state = "no integration"
                else:
                    told.integration_id, told.alias = row.id, row.alias
            found.append(told)
    return found
