"""Attachments of wiki pages. They are files of the wiki's repository that pages name."""

import base64
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Annotated, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from pydantic import Field

from codemie.toolkits.azure_devops import attachments
from codemie.toolkits.azure_devops.attachments import chat_files, digest
from codemie.toolkits.azure_devops.wiki import (
    PagePath,
    VersionName,
    VersionType,
    WikiName,
    Wikis,
    already_there,
    toolkit,
    version_of,
)
from codemie.toolkits.azure_devops.wiki_pages import Named, attachments_in
from codemie.toolkits.connection import ChatFile
from codemie.toolkits.failures import BadToolArguments, ToolFailed

_PREVIEW = "7.2-preview.1"
_MOST_BYTES = 19 * 2**20
_FOLDER = "/.attachments/"
_HEADING = "## Attachments"


async def upload(wikis: Wikis, wiki: str, files: Sequence[ChatFile], version: dict[str, str]) -> list[Named]:
    """Add files to the attachments of a wiki; one that is there already is not added again.

    Raises:
        ToolFailed: one is too large; none is added.
    """
    large = [file.name for file in files if len(file.content) > _MOST_BYTES]
    if large:
        raise ToolFailed(
            f"A wiki takes attachments of at most {_MOST_BYTES // 2**20} MB", details=f"Larger: {large[0]}.", code=413
        )
    return [await _upload(wikis, wiki, file, version) for file in files]


async def _upload(wikis: Wikis, wiki: str, file: ChatFile, version: dict[str, str]) -> Named:
    # The name tells the content: a file of that name that is there already is this one.
    known = PurePosixPath(file.name)
    name = f"{known.stem}-{digest(file.content)[:16]}{known.suffix}"
    answer = await wikis.versioned(
        "PUT",
        f"{wikis.wiki(wiki)}/attachments",
        version,
        params={"name": name, "api-version": _PREVIEW},
        content=base64.b64encode(file.content),
        headers={"Content-Type": "application/octet-stream"},
    )
    if answer.ok:
        return Named(file.name, answer.json()["path"])
    if already_there(answer):
        return Named(file.name, f"{_FOLDER}{name}")
    raise wikis.refusal(answer)


@toolkit.tool("writes", about="Attaches the files of the conversation to a page of a wiki.", seconds=180)
async def add_attachment_to_wiki_page(
    wikis: Wikis,
    wiki_identified: WikiName,
    page_name: PagePath,
    version_identifier: VersionName = None,
    version_type: VersionType = "branch",
) -> dict[str, Any]:
    """Attach the files of the conversation to a page of a wiki: links to them go to the end of the page."""
    files = await chat_files(wikis.connection.run)
    if not files:
        raise ToolFailed("The conversation has no files", help="Attach one to the conversation first.", code=404)
    version = version_of(version_identifier, version_type)
    page = await wikis.by_path(wiki_identified, page_name)
    content: str = page.body.get("content") or ""
    there = {item.path for item in attachments_in(content)}
    added = [item for item in await upload(wikis, wiki_identified, files, version) if item.path not in there]
    if added:
        await wikis.write(wiki_identified, page.path, _with_links(content, added), version, page.etag)
    names = ", ".join(item.name for item in added) or "nothing new"
    return {
        "message": f"Attached to page {page.path}: {names}.",
        "attachments_added": [{"name": item.name, "path": item.path} for item in added],
        "page_url": page.body.get("remoteUrl"),
    }


def _with_links(content: str, added: Sequence[Named]) -> str:
    heading = "" if _HEADING in content.splitlines() else f"\n\n{_HEADING}\n"
    return f"{content.rstrip()}{heading}\n" + "\n".join(f"- {item.link}" for item in added) + "\n"


@toolkit.tool("reads", about="Reads a file that is attached to a page of a wiki.")
async def get_wiki_attachment_content(
    wikis: Wikis,
    wiki_identified: WikiName,
    attachment_url: Annotated[
        str | None, Field(description="Its address or path, such as /.attachments/a.txt.")
    ] = None,
    page_id: Annotated[int | None, Field(ge=1, description="Of the page that names it, with attachment_name.")] = None,
    page_name: Annotated[str | None, Field(description="The same, by its path.")] = None,
    attachment_name: Annotated[str | None, Field(description="Name of the attachment in the page.")] = None,
) -> dict[str, Any]:
    """Read an attachment of a wiki: give its address, or a page and the name the attachment has there."""
    if attachment_url:
        named = _addressed(attachment_url)
    elif attachment_name and (page_id or page_name):
        page = await (
            wikis.by_id(wiki_identified, page_id) if page_id else wikis.by_path(wiki_identified, page_name or "")
        )
        there = attachments_in(page.body.get("content") or "")
        names = [item.name for item in there]
        files = [item.path.rpartition("/")[2] for item in there]
        named = there[attachments.chosen(attachment_name, files if attachment_name in files else names)]
    else:
        raise BadToolArguments("Give attachment_url, or attachment_name with page_id or page_name", code=422)
    return await attachments.read(wikis.connection.run, named.name, await _download(wikis, wiki_identified, named.path))


def _addressed(url: str) -> Named:
    """The attachment of an address: of a file in the repository, or as pages have it.

    Raises:
        BadToolArguments: it is of something else.
    """
    parts = urlsplit(url.strip())
    path = next(iter(parse_qs(parts.query).get("path", [])), unquote(parts.path))
    name = path.partition(".attachments/")[2]
    if not name or "/" in name:
        raise BadToolArguments(
            "The attachment_url is no attachment of a wiki", details=f"It must end with {_FOLDER} and a name.", code=422
        )
    return Named(name, f"{_FOLDER}{name}")


async def _download(wikis: Wikis, wiki: str, path: str) -> bytes:
    """A file of the wiki's repository; of a code wiki, below the folder that it is made of."""
    about = await wikis.json("GET", wikis.wiki(wiki))
    repository = quote(about["repositoryId"], safe="")
    versions = about.get("versions") or []
    params = {
        "path": f"{str(about.get('mappedPath') or '').rstrip('/')}{path}",
        "download": "true",
        **version_of(versions[0]["version"] if versions else None, "branch"),
    }
    return (await wikis.ask("GET", f"{wikis.within()}/_apis/git/repositories/{repository}/items", params=params)).body
