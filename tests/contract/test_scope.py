"""No published route of assistants, chat, conversations, files, skills, models, MCP and guardrails is forgotten.

`routes.json` names all of them. A route is answered, or it stands here with the reason why not.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from codemie.app import create_app
from codemie.settings import load_settings

FACTS = Path(__file__).parent
PUBLISHED: list[str] = json.loads((FACTS / "routes.json").read_text())

_FLOWS = "needs workflows"
ABSENT = {
    "PUT /v1/conversations/{}/messages/{}/output": _FLOWS,
}


@pytest.fixture(scope="module")
def answered() -> set[str]:
    app: Any = create_app(load_settings({})[0]).app
    paths: dict[str, Any] = app.openapi()["paths"]
    return {f"{method.upper()} {_nameless(path)}" for path, methods in paths.items() for method in methods}


def _nameless(path: str) -> str:
    return re.sub(r"{[^}]*}", "{}", path)


def test_every_published_route_is_answered_or_its_absence_explained(answered: set[str]) -> None:
    assert set(PUBLISHED) - answered == set(ABSENT)


def test_every_answered_route_is_held_to_its_contract(answered: set[str]) -> None:
    """Fields and types: here, in `test_contract.py` of `mcp` and `guardrails`, `test_a2a.py`, `test_over_http.py`."""
    compared = set(json.loads((FACTS / "conversations.json").read_text()))
    compared |= set(json.loads((FACTS / "operations.json").read_text()))
    compared |= set(map(_nameless, json.loads((FACTS / "assistants.json").read_text())["routes"]))
    compared |= {f"{method} {path}" for method, path in (*_MCP, *_A2A, *_GUARDRAILS, *_PLUGINS)}
    assert (set(PUBLISHED) & answered) - compared == set()


_A2A = [
    ("GET", "/v1/a2a/assistants/fetch"),
    ("GET", "/v1/a2a/assistants/{}/.well-known/agent.json"),
    ("POST", "/v1/a2a/assistants/{}"),
]
_PLUGINS = [("GET", "/v1/assistants/plugin_tools")]
_GUARDRAILS = [
    ("GET", "/v1/guardrails"),
    ("GET", "/v1/guardrails/assignments"),
    *((method, "/v1/guardrails/{}") for method in ("GET", "DELETE")),
    *((method, "/v1/guardrails/{}/assignments") for method in ("GET", "PUT")),
    ("POST", "/v1/guardrails/{}/apply"),
]
_MCP = [
    *(("POST", f"/v1/assistants/{name}") for name in ("mcp_tools", "mcp/test")),
    *((method, "/v1/mcp-configs") for method in ("GET", "POST")),
    *((method, "/v1/mcp-configs/{}") for method in ("GET", "PUT", "DELETE")),
    ("GET", "/v1/mcp/managed-servers"),
    *(("POST", f"/v1/mcp-auth/{name}") for name in ("oauth2/initiate", "oauth2/callback-diagnostics")),
    *(("POST", f"/v1/mcp-auth/saml/{name}") for name in ("initiate", "acs")),
    *(("GET", f"/v1/mcp-auth/{name}") for name in ("oauth2/callback", "saml/metadata", "status")),
]
