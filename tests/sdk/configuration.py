"""Dynamic values and components with the official SDK, run by the SDK's own Python; prints one JSON object.

Usage: configuration.py URL EMAIL PASSWORD
"""

import json
import sys
import uuid
from typing import Any

from codemie_sdk import CodeMieClient


def main(url: str, email: str, password: str) -> dict[str, Any]:
    """Values of every type, set twice and forgotten; a component saved and reset."""
    client = CodeMieClient(
        auth_server_url=url, auth_realm_name="", codemie_api_domain=url, username=email, password=password
    )
    key = f"SDK_{uuid.uuid4().hex[:8].upper()}"
    values, config = client.dynamic_config, client.customer_config
    made = [values.set(f"{key}_{number}", value) for number, value in enumerate((7, 0.5, True, "text"))]
    again = values.set(f"{key}_0", 8)
    for number in (0, 1, 2, 3, 3):
        values.delete(f"{key}_{number}")
    saved = config.save_setting("mcpCustomServersDisabled", {"enabled": True})
    restricted = config.is_mcp_custom_servers_disabled()
    overridden = {row["component_id"]: row["overridden"] for row in config.list_declarations()}
    config.reset_setting("mcpCustomServersDisabled")
    page = client.activity_events.list_events(
        domain=["customer_config"], entity_type=["customer_config_setting"], limit=2, from_dt="2020-01-01T00:00:00Z"
    )
    return {
        "types": [row["value_type"] for row in made],
        "again": again["value"],
        "saved": saved,
        "restricted": [restricted, config.is_mcp_custom_servers_disabled()],
        "overridden": overridden["mcpCustomServersDisabled"],
        "told": [(event.event_type, (event.attributes or {}).get("key")) for event in page.data],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], sys.argv[2], sys.argv[3])) + "\n")
