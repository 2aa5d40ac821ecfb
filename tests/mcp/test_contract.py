"""The wire of MCP routes: methods, statuses, field names, types and nulls, as released clients read them."""

import uuid
from typing import Any

import httpx2
import pytest

from tests.mcp.test_catalogue import create

OPERATIONS = {
    "/v1/assistants/mcp_tools": {"post"},
    "/v1/assistants/mcp/test": {"post"},
    "/v1/mcp-configs": {"get", "post"},
    "/v1/mcp-configs/{config_id}": {"get", "put", "delete"},
    "/v1/mcp-configs/{config_id}/clone": {"post"},
    "/v1/mcp/managed-servers": {"get"},
    "/v1/mcp-auth/oauth2/initiate": {"post"},
    "/v1/mcp-auth/oauth2/callback": {"get"},
    "/v1/mcp-auth/oauth2/callback-diagnostics": {"post"},
    "/v1/mcp-auth/saml/initiate": {"post"},
    "/v1/mcp-auth/saml/acs": {"post"},
    "/v1/mcp-auth/saml/metadata": {"get"},
    "/v1/mcp-auth/status": {"get"},
}
TEXT, MAYBE, FLAG, NUMBER, LIST, OBJECT = str, (str, type(None)), bool, int, list, dict
ENTRY: dict[str, Any] = {
    "id": TEXT, "name": TEXT, "description": MAYBE, "server_home_url": MAYBE, "source_url": MAYBE, "logo_url": MAYBE,
    "categories": LIST, "config": OBJECT, "required_env_vars": LIST, "user_id": TEXT, "is_public": FLAG,
    "is_system": FLAG, "created_by": OBJECT, "usage_count": NUMBER, "is_active": FLAG, "warnings": LIST, "date": TEXT,
    "update_date": TEXT,
}  # fmt: skip
CONFIG: dict[str, Any] = {
    "command": MAYBE, "url": MAYBE, "args": LIST, "headers": OBJECT, "env": OBJECT, "type": MAYBE, "auth_token": MAYBE,
    "single_usage": FLAG, "tools": (list, type(None)), "audience": MAYBE, "auth_config": (dict, type(None)),
    "allow_issuer_prefix_match": FLAG,
}  # fmt: skip


def wrong(answer: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    """Fields that are missing, not expected, or of another type."""
    odd = {name: value for name, value in answer.items() if name not in shape or not isinstance(value, shape[name])}
    return odd | {name: "missing" for name in shape if name not in answer}


async def test_every_operation_is_there(anonymous: httpx2.AsyncClient) -> None:
    paths = (await anonymous.get("/openapi.json")).json()["paths"]

    assert {path: OPERATIONS[path] - set(paths.get(path, {})) for path in OPERATIONS} == {
        path: set() for path in OPERATIONS
    }


async def test_an_entry_has_the_fields_clients_read(client: httpx2.AsyncClient) -> None:
    made = await create(client, required_env_vars=[{"name": "A", "description": "B"}])
    listed = (await client.get("/v1/mcp-configs", params={"search": made["name"]})).json()

    assert wrong(made, ENTRY) == {}
    assert wrong(made["config"], CONFIG) == {}
    assert made["required_env_vars"] == [{"name": "A", "description": "B", "required": True}]
    assert wrong(listed, {"total": NUMBER, "configs": LIST, "page": NUMBER, "per_page": NUMBER}) == {}
    assert wrong(listed["configs"][0], ENTRY) == {}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"config": {"url": "https://x.test"}}, "name"),
        ({"name": "x"}, "config"),
        ({"name": "", "config": {"url": "https://x.test"}}, "name"),
        ({"name": "x" * 256, "config": {"url": "https://x.test"}}, "name"),
        ({"name": "x", "config": {}}, "config"),
        ({"name": "x", "config": {"url": "https://x.test", "command": "y"}}, "config"),
        ({"name": "x", "config": {"url": "https://x.test"}, "categories": list("abcd")}, "categories"),
        ({"name": "x", "config": {"url": "https://x.test"}, "description": "x" * 2001}, "description"),
    ],
)
async def test_a_bad_entry_is_refused_naming_the_field(
    client: httpx2.AsyncClient, body: dict[str, Any], field: str
) -> None:
    answer = await client.post("/v1/mcp-configs", json=body)

    assert answer.status_code == 422
    assert field in answer.json()["error"]["message"]
    assert isinstance(answer.json()["error"]["details"], list)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_an_unknown_entry_is_named(client: httpx2.AsyncClient, method: str) -> None:
    unknown = str(uuid.uuid4())

    answer = await client.request(method, f"/v1/mcp-configs/{unknown}", json={} if method == "PUT" else None)

    assert answer.status_code == 404
    assert unknown in answer.json()["error"]["details"]
