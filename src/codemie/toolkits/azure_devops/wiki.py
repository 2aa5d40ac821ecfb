"""Azure DevOps wikis: https://learn.microsoft.com/rest/api/azure/devops/wiki/."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote, unquote, urlsplit

from pydantic import Field

from codemie.toolkits.api import Answer, Method
from codemie.toolkits.azure_devops.answers import snake_case
from codemie.toolkits.azure_devops.client import AzureDevOps
from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import ToolFailed
from codemie.toolkits.toolkit import Toolkit

_NUMBERED = re.compile(r"^(?:https?://.*/_wiki/wikis/[^/]+)?/?(?P<id>\d+)(?:/(?P<slug>[^/]+))?/?$")
_ABOUT = ("id", "name", "type", "projectId", "repositoryId", "mappedPath", "remoteUrl", "url", "versions")
_SEARCH = "https://almsearch.dev.azure.com"

WikiName = Annotated[str, Field(min_length=1, description="Name or id of the wiki; list_wikis has all.")]
PagePath = Annotated[
    str, Field(min_length=1, description="Path of the page, such as /Guides/Setup, or /12/Setup with its id.")
]
PageId = Annotated[int, Field(ge=1, description="Id of the page.")]
VersionName = Annotated[str | None, Field(description="Name of the branch, tag or commit; the usual one if not given.")]
VersionType = Literal["branch", "tag", "commit"]


@dataclass(frozen=True, slots=True)
class Page:
    """A page and the tag of its version (RFC 9110 §8.8.3)."""

    etag: str
    body: dict[str, Any]

    @property
    def path(self) -> str:
        """Where it is in the wiki."""
        return self.body["path"]


class Wikis(AzureDevOps):
    """The wikis of a project."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.connection = connection

    @property
    def wikis(self) -> str:
        """The path of all wikis."""
        return f"{self.within()}/_apis/wiki/wikis"

    def wiki(self, name: str) -> str:
        """The path of one."""
        return f"{self.wikis}/{quote(name, safe='')}"

    def refusal(self, answer: Answer) -> ToolFailed:
        """See ``Api.refusal``; the service answers 500 where a page or an attachment exists already."""
        if already_there(answer):
            said = answer.text[:500]
            return ToolFailed("There is one already", details=said, help="Change it, or choose another name.", code=409)
        return super().refusal(answer)

    async def by_id(self, wiki: str, number: int, *, content: bool = True) -> Page:
        """A page by its id."""
        return _page(await self.ask("GET", f"{self.wiki(wiki)}/pages/{number}", params=_with(content=content)))

    async def by_path(self, wiki: str, path: str, *, content: bool = True) -> Page:
        """A page by its path, or by its address, which has its id and its title: ``/12/Setup-Guide``."""
        params = {"path": absolute(path), **_with(content=content)}
        answer = await self.send("GET", f"{self.wiki(wiki)}/pages", params=params)
        # A page's own path may begin with a number: what is there by its path comes first.
        if answer.status == 404 and (numbered := _NUMBERED.match(path.strip())):
            found = await self.send("GET", f"{self.wiki(wiki)}/pages/{numbered['id']}", params=_with(content=content))
            if found.ok and _is_slug(numbered["slug"], found.json()["path"]):
                return _page(found)
        if not answer.ok:
            raise self.refusal(answer)
        return _page(answer)

    async def write(self, wiki: str, path: str, content: str, version: dict[str, str], etag: str | None = None) -> Page:
        """Create a page, or change the version of it that has the tag.

        Raises:
            ToolFailed: it exists though there is no tag, or somebody has changed it meanwhile.
        """
        headers = {"If-Match": etag} if etag else {}
        sent: dict[str, Any] = {"json": {"content": content}, "headers": headers}
        answer = await self.versioned("PUT", f"{self.wiki(wiki)}/pages", version, params={"path": path}, **sent)
        if answer.status == 412:
            raise ToolFailed(
                f"The page {path} was changed meanwhile",
                help="Read it again, and change what it says now.",
                code=answer.status,
            )
        if not answer.ok:
            raise self.refusal(answer)
        return _page(answer)

    async def versioned(
        self, method: Method, path: str, version: dict[str, str], params: dict[str, Any], **sent: Any
    ) -> Answer:
        """Whatever is answered; a version that the wiki does not have is left out."""
        answer = await self.send(method, path, params={**params, **version}, **sent)
        if version and not answer.ok and _is_bad_version(answer):
            return await self.send(method, path, params=params, **sent)
        return answer


class WikiSearch(AzureDevOps):
    """The search of wikis; Azure DevOps Services have it at a host of its own."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.base_url = search_url(self.organization_url)


def search_url(organization_url: str) -> str:
    """Where an organization is searched: a server at its own address."""
    parts = urlsplit(organization_url)
    host = (parts.hostname or "").lower()
    if host == "dev.azure.com":
        return f"{_SEARCH}/{parts.path.strip('/')}"
    if host.endswith(".visualstudio.com"):
        return f"{_SEARCH}/{host.partition('.')[0]}"
    return organization_url


def absolute(path: str) -> str:
    """A path as the service has it."""
    return f"/{path.strip().strip('/')}"


def version_of(name: str | None, kind: str) -> dict[str, str]:
    """The parameters that name a version of a wiki."""
    return {"versionDescriptor.version": name, "versionDescriptor.versionType": kind} if name else {}


def _with(*, content: bool) -> dict[str, str]:
    return {"includeContent": "true"} if content else {}


def _is_slug(slug: str | None, path: str) -> bool:
    """Whether the end of an address is made of a page's title, so that no other page is taken for it."""
    title = path.rpartition("/")[2]
    return slug is None or _letters(unquote(slug)) == _letters(title)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _page(answer: Answer) -> Page:
    return Page(answer.headers.get("etag", ""), answer.json())


def already_there(answer: Answer) -> bool:
    """Whether it is refused because there is one of that name."""
    return not answer.ok and "AlreadyExistsException" in answer.text


def _is_bad_version(answer: Answer) -> bool:
    return answer.status in (400, 404) and "versiondescriptor" in answer.text.lower().replace(" ", "")


toolkit = Toolkit("Azure DevOps Wiki", "Azure DevOps wikis", Wikis, credential="AzureDevOps")


@toolkit.tool("reads", about="Lists the wikis of the project.")
async def list_wikis(wikis: Wikis) -> list[dict[str, Any]]:
    """List the wikis of the project."""
    return snake_case((await wikis.json("GET", wikis.wikis))["value"])


@toolkit.tool("reads", about="Shows a wiki.")
async def get_wiki(wikis: Wikis, wiki_identified: WikiName) -> dict[str, Any]:
    """Show a wiki: its type, its repository and its versions."""
    wiki = await wikis.json("GET", wikis.wiki(wiki_identified))
    return snake_case({name: wiki.get(name) for name in _ABOUT})
