"""Every public method of the SDK's integration service once.

Usage: methods_integrations.py URL EMAIL PASSWORD SYSTEM TARGET
"""

import sys
from collections.abc import Callable
from typing import Any

from codemie_sdk.models.integration import (
    CredentialTypes,
    CredentialValues,
    Integration,
    IntegrationTestRequest,
    IntegrationTestResponse,
    IntegrationType,
)
from codemie_sdk.services.integration import IntegrationService
from methods import Bench, run

PROJECT = IntegrationType.PROJECT


def described(bench: Bench, alias: str, token: str = "right-token", **fields: Any) -> Integration:
    values = {"url": sys.argv[4], "username": "me", "token": token, "is_cloud": True}
    return Integration(
        project_name=bench.project,
        alias=f"{alias}-{bench.mark}",
        credential_type=CredentialTypes.JIRA,
        credential_values=[CredentialValues(key=key, value=value) for key, value in values.items()],
        **fields,
    )


def stored(bench: Bench, alias: str, **fields: Any) -> Integration:
    bench.client.integrations.create(described(bench, alias, **fields))
    return bench.client.integrations.get_by_alias(
        f"{alias}-{bench.mark}", fields.get("setting_type", IntegrationType.USER)
    )


def updated(bench: Bench) -> Any:
    found = stored(bench, "update")
    found.alias = f"updated-{bench.mark}"
    answer = bench.client.integrations.update(found.id, found)
    return [answer, bench.client.integrations.get(found.id)]


def removed(bench: Bench) -> Any:
    found = stored(bench, "delete", setting_type=PROJECT)
    answer = bench.client.integrations.delete(found.id, PROJECT)
    return [answer, [item.id for item in bench.client.integrations.list(PROJECT)].count(found.id)]


def tried(bench: Bench) -> Any:
    found = stored(bench, "test")
    request = IntegrationTestRequest(credential_type="Jira", setting_id=found.id)
    return bench.client.integrations.test(request, IntegrationTestResponse)


def moved(bench: Bench) -> Any:
    found = stored(bench, "transfer", setting_type=PROJECT)
    return bench.client.integrations.transfer(bench.project, sys.argv[5], "move", None, [found.alias])


CALLS: dict[str, Callable[[Bench], Any]] = {
    "integrations.create": lambda bench: bench.client.integrations.create(described(bench, "create")),
    "integrations.get": lambda bench: bench.client.integrations.get(stored(bench, "get").id),
    "integrations.get_by_alias": lambda bench: stored(bench, "alias", setting_type=PROJECT),
    "integrations.list": lambda bench: bench.client.integrations.list(filters={"type": "Jira"}, per_page=200),
    "integrations.list_available": lambda bench: bench.client.integrations.list_available("marketplace"),
    "integrations.update": updated,
    "integrations.delete": removed,
    "integrations.test": tried,
    "integrations.transfer": moved,
}

if __name__ == "__main__":
    run(CALLS, integrations=IntegrationService)
