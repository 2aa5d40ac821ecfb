"""The fakes on ports of their own, for people who try integrations by hand (`codemiectl dev fakes`)."""

import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

from codemie.integrations.catalogue import TYPES
from tests.fakes import aws, confluence, github, gitlab, jira, openapi_service
from tests.fakes.azure_devops import server as azure_devops
from tests.fakes.azure_devops.boards import Boards
from tests.fakes.azure_devops.git import Git
from tests.fakes.azure_devops.pipelines import Pipelines
from tests.fakes.azure_devops.pull_requests import PullRequests
from tests.fakes.azure_devops.test_plans import TestPlans
from tests.fakes.azure_devops.wiki import Wikis
from tests.fakes.vendor_server import Vendor, serving

_HOST = "127.0.0.1"
_BUCKET = "demo"
_ADDRESSES = {"AWS": ("endpoint_url", ""), "OpenAPI": ("openapi_spec", "/openapi.json")}
"""The field that takes the address, and what is typed after it, where it is not the URL."""


@dataclass(frozen=True, slots=True)
class Stand:
    """One system.

    Args:
        system: what people call it.
        kind: the type of its integration.
        make: the system, given its address; None for S3, which runs in a thread of its own.
        values: beside the address, as they are typed into the form.
        inside: what is there to be found; ``{url}`` is its address.
    """

    system: str
    kind: str
    make: Callable[[str], Vendor] | None
    values: Mapping[str, str]
    inside: str

    def shown(self, url: str) -> str:
        """What a person needs to connect it, under the names that the form has."""
        name, path = _ADDRESSES.get(self.kind, ("url", ""))
        typed = {name: f"{url}{path}", **self.values}
        kind = TYPES[self.kind]
        labels = {name: key.label if (key := kind.key(name)) else name for name in typed}
        wide = max(map(len, labels.values()))
        lines = [f"  {labels[name].ljust(wide)}  {value}" for name, value in typed.items()]
        return "\n".join(
            (f"{self.system}: add an integration of type {kind.label}", *lines, f"  ({self.inside.format(url=url)})")
        )


def _azure_devops(url: str) -> Vendor:
    repositories = Git()
    boards, wikis = Boards(), Wikis("app.wiki")
    boards.tracker.add("The app does not start", "Bug")
    wikis.address = url
    areas = PullRequests(repositories), boards, wikis, TestPlans(boards.tracker), Pipelines()
    return azure_devops.AzureDevOps(repositories, *areas)


def _jira(url: str) -> Vendor:
    server = jira.Jira(cloud=True)
    server.url = url
    return server


def _confluence(url: str) -> Vendor:
    server = confluence.Confluence(cloud=True)
    server.url = url
    return server


_KEYS = aws.FakeAws("")
STANDS = (
    Stand(
        "GitLab",
        "Git",
        lambda _: gitlab.GitLab(public=True),
        {"token": gitlab.TOKEN},
        "project team/app, at {url}/team/app.git",
    ),
    Stand(
        "GitHub",
        "Git",
        lambda _: github.GitHub(public=True),
        {"server_kind": "github", "token": github.TOKEN},
        "repository team/app, at {url}/team/app.git",
    ),
    Stand(
        "Azure DevOps",
        "AzureDevOps",
        _azure_devops,
        {
            "organization": azure_devops.ORGANIZATION,
            "project": azure_devops.PROJECT,
            "token": azure_devops.TOKEN,
        },
        "repository app, work item 1, a wiki",
    ),
    Stand("Jira", "Jira", _jira, {"username": jira.USER, "token": jira.TOKEN, "is_cloud": "yes"}, "project DEMO"),
    Stand(
        "Confluence",
        "Confluence",
        _confluence,
        {"username": confluence.USER, "token": confluence.TOKEN, "is_cloud": "yes"},
        "space DEV",
    ),
    Stand(
        "S3",
        "AWS",
        None,
        {
            "aws_region": aws.REGION,
            "aws_access_key_id": _KEYS.access_key,
            "aws_secret_access_key": _KEYS.secret_key,
        },
        f"bucket {_BUCKET}",
    ),
    Stand(
        "Pet shop",
        "OpenAPI",
        lambda _: openapi_service.Shop(),
        {"openapi_api_key": openapi_service.KEY},
        "two pets; any API with an OpenAPI document is connected so",
    ),
)


@asynccontextmanager
async def opened(ports: Sequence[int]) -> AsyncGenerator[list[str]]:
    """Every system on its port; gives what to tell about each."""
    async with AsyncExitStack() as stack:
        shown: list[str] = []
        for stand, port in zip(STANDS, ports, strict=True):
            url = f"http://{_HOST}:{port}"
            if stand.make is None:
                stack.enter_context(_storage(port))
            else:
                await stack.enter_async_context(serving(stand.make(url), port=port))
            shown.append(stand.shown(url))
        yield shown


@contextmanager
def _storage(port: int) -> Iterator[None]:
    """S3 with something in it."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with aws.running(port) as storage:
        client = storage.client("s3")
        client.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": aws.REGION})
        client.put_object(Bucket=_BUCKET, Key="hello.txt", Body=b"Hello from S3.\n")
        yield
