"""An organization of Azure DevOps for tests, and integrations that lead to it."""

from typing import Any

from tests.fakes.azure_devops.server import ORGANIZATION, PROJECT, TOKEN
from tests.toolkits.invoking import setting


def organization(project: str, url: str, token: str = TOKEN, /, **values: Any) -> dict[str, Any]:
    """The body of an integration with the fake at `url`."""
    usual = {"url": url, "organization": ORGANIZATION, "project": PROJECT, "token": token}
    return setting("AzureDevOps", project, **{**usual, **values})
