"""Addresses of repositories of Azure DevOps: where they are, and whose token may go there."""

from typing import Any

import pytest

from codemie.toolkits.azure_devops.addresses import Place, fits, place_of, works_in
from codemie.toolkits.connection import Repository

SERVICES = "https://dev.azure.com/contoso"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://dev.azure.com/contoso/app/_git/app", Place(SERVICES, "app", "app")),
        ("https://contoso@dev.azure.com/contoso/My%20App/_git/my%20code/", Place(SERVICES, "My App", "my code")),
        ("https://dev.azure.com/contoso/_git/app", Place(SERVICES, "app", "app")),
        ("https://dev.azure.com/contoso/app/_git/_full/app", Place(SERVICES, "app", "app")),
        ("https://contoso.visualstudio.com/app/_git/code", Place(SERVICES, "app", "code")),
        ("https://contoso.visualstudio.com/DefaultCollection/app/_git/code", Place(SERVICES, "app", "code")),
        ("https://Contoso.VisualStudio.com/_git/app", Place(SERVICES, "app", "app")),
        ("https://tfs.corp:8080/tfs/Main/app/_git/code", Place("https://tfs.corp:8080/tfs/Main", "app", "code")),
        ("https://tfs.corp/tfs/Main/_git/app", Place("https://tfs.corp/tfs/Main", "app", "app")),
        ("https://tfs.corp/Main/app/_git/code", Place("https://tfs.corp/Main", "app", "code")),
        ("https://dev.azure.com/contoso/../other/_git/code", Place(SERVICES, "other", "code")),
    ],
)
def test_where_a_repository_is(url: str, place: Place) -> None:
    assert works_in(Repository(url, "main"))
    assert place_of(url) == place


def test_the_integration_tells_how_long_the_path_of_a_collection_is() -> None:
    url = "https://tfs.corp/code/Main/_git/app"
    assert place_of(url, "https://tfs.corp/code/Main") == Place("https://tfs.corp/code/Main", "app", "app")
    assert place_of(url, "https://tfs.corp/Other") == Place("https://tfs.corp/code", "Main", "app")


@pytest.mark.parametrize(
    "url",
    [
        "https://gitlab.example.com/team/app.git",
        "https://dev.azure.com/contoso",
        "https://dev.azure.com/contoso?path=/_git/app",
        "git@ssh.dev.azure.com:v3/contoso/app/app",
        "http://[",
    ],
)
def test_what_is_no_repository_of_azure_devops(url: str) -> None:
    assert not works_in(Repository(url, "main"))


REPOSITORY = "https://dev.azure.com/contoso/app/_git/code"
ON_A_SERVER = "https://tfs.corp/tfs/Main/app/_git/code"


@pytest.mark.parametrize(
    ("url", "values", "score"),
    [
        (REPOSITORY, {"url": REPOSITORY}, 3),
        (REPOSITORY, {"url": "https://contoso.visualstudio.com/app/_git/code"}, 3),
        (REPOSITORY, {"url": "https://dev.azure.com", "organization": "contoso", "project": "App"}, 3),
        (REPOSITORY, {"url": "https://dev.azure.com", "organization": "Contoso", "project": "other"}, 2),
        (REPOSITORY, {"url": "https://contoso.visualstudio.com", "organization": "contoso"}, 2),
        (REPOSITORY, {"url": "https://dev.azure.com"}, 1),
        (REPOSITORY, {"url": "https://dev.azure.com", "organization": "fabrikam", "project": "app"}, 0),
        (REPOSITORY, {"url": "https://fabrikam.visualstudio.com"}, 0),
        (REPOSITORY, {"url": "http://dev.azure.com", "organization": "contoso"}, 0),
        (REPOSITORY, {"url": "https://dev.azure.com.example.com", "organization": "contoso"}, 0),
        (REPOSITORY, {}, 0),
        ("http://[/_git/app", {"url": "http://]"}, 0),
        (REPOSITORY, {"url": "http://[", "organization": "contoso"}, 0),
        (REPOSITORY, {"url": "https://dev.azure.com:port", "organization": "contoso"}, 0),
        (REPOSITORY, {"url": None, "organization": None, "project": None}, 0),
        ("https://contoso.visualstudio.com/app/_git/code", {"url": SERVICES}, 2),
        ("https://dev.azure.com.example.com/contoso/app/_git/code", {"url": SERVICES}, 0),
        ("https://contosovisualstudio.com/app/_git/code", {"url": SERVICES}, 0),
        ("https://example.com/x.visualstudio.com/_git/code", {"url": SERVICES}, 0),
        ("https://contoso@example.com/dev.azure.com/contoso/app/_git/code", {"url": SERVICES}, 0),
        (ON_A_SERVER, {"url": "https://tfs.corp/tfs", "organization": "Main", "project": "app"}, 3),
        (ON_A_SERVER, {"url": "https://tfs.corp"}, 2),
        (ON_A_SERVER, {"url": "https://tfs.corp:8443"}, 0),
    ],
)
def test_which_credentials_may_go_to_a_repository(url: str, values: dict[str, Any], score: int) -> None:
    assert fits(values, Repository(url, "main")) == score
