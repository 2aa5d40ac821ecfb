"""The catalogue of MCP servers with the official SDK, run by the SDK's own Python; prints one JSON object.

Usage: catalogue.py URL EMAIL PASSWORD
"""

import json
import sys
import uuid
from typing import Any

from codemie_sdk import CodeMieClient
from codemie_sdk.models.mcp_config import (
    MCPConfigCloneRequest,
    MCPConfigCreateRequest,
    MCPConfigUpdateRequest,
    MCPServerConfigData,
)


def main(url: str, email: str, password: str) -> dict[str, Any]:
    """Every public method of the service once."""
    client = CodeMieClient(
        auth_server_url=url, auth_realm_name="", codemie_api_domain=url, username=email, password=password
    )
    service, mark = client.mcp_configs, uuid.uuid4().hex[:8]
    config = MCPServerConfigData(url="https://mcp.example.com/mcp", type="streamable-http", audience="a")
    made = service.create(MCPConfigCreateRequest(name=f"sdk {mark}", config=config, is_public=True))
    got = service.get(made.id)
    listed = service.list(page=0, per_page=10, search=mark)
    copy = service.clone(made.id, MCPConfigCloneRequest(name=f"copy {mark}", config=config))
    changed = service.update(made.id, MCPConfigUpdateRequest(description="changed"))
    service.delete(copy.id)
    service.delete(made.id)
    return {
        "got": [got.name, got.config.type, got.config.audience, got.is_public],
        "listed": [row.id for row in listed] == [made.id],
        "copied": [copy.id != made.id, copy.usage_count, copy.is_public],
        "changed": changed.description,
        "left": len(service.list(page=0, per_page=10, search=mark)),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])) + "\n")
