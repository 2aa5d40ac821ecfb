"""Where credentials stand inside an assistant."""

from collections.abc import Iterator
from typing import Any

from codemie.assistants.marketplace_schemas import InlineCredential
from codemie.assistants.tables import Assistant
from codemie.parts.schemas import is_secret_name

Json = dict[str, Any]


def inline_credentials(assistant: Assistant, *, is_sub: bool = False) -> list[InlineCredential]:
    """Every place, tools first, then MCP servers; of a sub-assistant with its name."""
    places = [
        *(place for toolkit in assistant.toolkits for place in _of_toolkit(toolkit)),
        *(place for server in assistant.mcp_servers for place in _of_server(server)),
    ]
    who: Json = {"sub_assistant_id": assistant.id, "sub_assistant_name": assistant.name} if is_sub else {}
    return [InlineCredential(**place, **who) for place in places]


def _of_toolkit(toolkit: Json) -> Iterator[Json]:
    if settings := toolkit.get("settings"):
        yield {"toolkit": toolkit["toolkit"], "label": toolkit.get("label"), **_integration(settings)}
    for tool in toolkit.get("tools") or ():
        if settings := tool.get("settings"):
            named = {"toolkit": toolkit["toolkit"], "tool": tool["name"], "label": tool.get("label")}
            yield named | _integration(settings)


def _of_server(server: Json) -> Iterator[Json]:
    named = {"mcp_server": server["name"]}
    for key in ("settings", "mcp_connect_auth_token"):
        if settings := server.get(key):
            yield named | _integration(settings)
    config = server.get("config") or {}
    secrets = [
        name
        for part in ("env", "headers")
        for name, value in (config.get(part) or {}).items()
        if value and is_secret_name(name)
    ]
    if config.get("auth_token"):
        secrets.append("auth_token")
    if secrets:
        yield named | {"credential_type": "MCP", "env_vars": secrets}


def _integration(settings: Json) -> Json:
    return {"integration_alias": settings.get("alias"), "credential_type": settings.get("credential_type") or "unknown"}
