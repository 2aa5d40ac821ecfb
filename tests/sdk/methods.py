"""What the scripts of one call per SDK method share; run by the SDK's own Python, prints one JSON object."""

import inspect
import json
import sys
import uuid
from collections.abc import Callable
from typing import Any

from codemie_sdk import CodeMieClient
from codemie_sdk.models.assistant import AssistantCreateRequest
from pydantic import BaseModel


class Bench:
    """A client, and fresh objects to try it on."""

    def __init__(self, url: str, email: str, password: str) -> None:
        self.client = CodeMieClient(
            auth_server_url=url, auth_realm_name="", codemie_api_domain=url, username=email, password=password
        )
        self.project = email
        self.mark = uuid.uuid4().hex[:8]

    def assistant(self, **fields: Any) -> str:
        """The id of a new assistant."""
        request = AssistantCreateRequest(
            **{
                "name": f"Method {uuid.uuid4().hex[:8]}",
                "description": "Made by the SDK",
                "system_prompt": "Be brief.",
                "project": self.project,
                "llm_model_type": "mock-chat",
                **fields,
            }
        )
        return self.client.assistants.create(request).assistant_id


def run(calls: dict[str, Callable[[Bench], Any]], **services: type) -> None:
    """Make every call; print what each gave or how it failed, and which methods there are."""
    bench = Bench(*sys.argv[1:4])
    seen: dict[str, Any] = {
        "methods": [f"{name}.{method}" for name, kind in services.items() for method in public(kind)]
    }
    for name, call in calls.items():
        try:
            seen[name] = plain(call(bench))
        except Exception as error:  # noqa: BLE001 - told to the test
            answer = getattr(error, "response", None)
            seen[name] = {"failed": f"{type(error).__name__}: {error}", "status": getattr(answer, "status_code", None)}
    sys.stdout.write(json.dumps(seen) + "\n")


def public(kind: type) -> list[str]:
    """Public methods of a service."""
    return [name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")]


def plain(value: Any) -> Any:
    """As JSON."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value
