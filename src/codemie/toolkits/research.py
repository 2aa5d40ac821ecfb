"""The web, for agents: searches with the keys of this server, Wikipedia, and single pages as Markdown.

Protocols: https://developers.google.com/custom-search/v1/reference/rest/v1/cse/list,
https://docs.tavily.com/documentation/api-reference/endpoint/search,
https://www.mediawiki.org/wiki/Extension:TextExtracts.
"""

import asyncio
import re
from typing import Annotated, Any
from urllib.parse import urljoin, urlsplit

from pydantic import Field, SecretStr

from codemie.knowledge.documents import Unreadable
from codemie.knowledge.text_encoding import decode
from codemie.toolkits.api import Answer, Api
from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import BadToolArguments, NotConfigured, ToolFailed
from codemie.toolkits.settings import ToolkitsSettings
from codemie.toolkits.toolkit import Toolkit

TOOLKIT = "Research"
GOOGLE, TAVILY, PAGE = "google_search_tool_json", "tavily_search_results_json", "web_scrapper"
_RESULTS = 10
_ARTICLES = 3
_PAGE_TOKENS = 10_000
_MOST_HTML = 2_000_000
_AGENT = {"User-Agent": "CodeMie (self-hosted assistant platform)"}
_HEAD, _HEAD_ENDS = re.compile(r"<head[\s>]", re.IGNORECASE), re.compile(r"</head\s*>", re.IGNORECASE)
_LINK = re.compile(r'(!?)\[([^\[\]]*)\]\(((?:[^\s()]|\([^\s()]*\))+)(\s+"[^"]*")?\)')
"""A link or picture. No step of it can be taken in two ways: strangers write what it reads."""


def unconfigured(settings: ToolkitsSettings) -> frozenset[str]:
    """The searches for which this server has no key."""
    has_google = settings.google_search_api_key and settings.google_search_engine_id
    return frozenset({name for name, there in ((GOOGLE, has_google), (TAVILY, settings.tavily_api_key)) if not there})


def _itself(connection: Connection) -> Connection:
    return connection


research = Toolkit(TOOLKIT, "the web", _itself)

Query = Annotated[str, Field(min_length=1, max_length=400, description="What to search for, in a few words.")]
Address = Annotated[str, Field(min_length=1, max_length=4000, description="The whole address, with https://.")]


class _Service(Api):
    """A service that this server has a key for."""

    def refusal(self, answer: Answer) -> ToolFailed:
        """As usual, but whoever can renew the key is an administrator."""
        failed = super().refusal(answer)
        if answer.status not in {401, 403}:
            return failed
        advice = "An administrator must renew the key of this server, or admit it there."
        return ToolFailed(failed.message, details=failed.details, help=advice, code=failed.code)


@research.tool("reads", GOOGLE, label="Google Search", about="Searches the web with Google.")
async def google_search_tool_json(connection: Connection, query: Query) -> list[dict[str, Any]]:
    """Search the web with Google: titles, addresses and snippets of ten pages. Read a page with web_scrapper."""
    settings = connection.reach.settings
    key = _key(settings.google_search_api_key, "toolkits.google_search_api_key")
    if not settings.google_search_engine_id:
        raise _missing("toolkits.google_search_engine_id")
    # In a header, so that no address that is told anywhere holds it.
    server = _Service(connection, "Google", settings.google_search_url, {"X-Goog-Api-Key": key})
    params = {"q": query, "cx": settings.google_search_engine_id, "num": _RESULTS}
    found = await server.json("GET", "/customsearch/v1", params=params)
    return [_picked(item, "title", "link", "snippet") for item in (found.get("items") or ())[:_RESULTS]]


@research.tool("reads", TAVILY, label="Tavily Search", about="Searches the web with Tavily.")
async def tavily_search_results_json(connection: Connection, query: Query) -> list[dict[str, Any]]:
    """Search the web with Tavily: titles, addresses and what the pages say about the question."""
    settings = connection.reach.settings
    key = _key(settings.tavily_api_key, "toolkits.tavily_api_key")
    server = _Service(connection, "Tavily", settings.tavily_url, {"Authorization": f"Bearer {key}"})
    found = await server.json("POST", "/search", json={"query": query, "max_results": _RESULTS})
    return [_picked(item, "title", "url", "content", "score") for item in (found.get("results") or ())[:_RESULTS]]


@research.tool("reads", about="Looks things up in Wikipedia.")
async def wikipedia(connection: Connection, query: Query) -> str:
    """Look up people, places, things and notions in Wikipedia: how the articles that fit best begin."""
    server = Api(connection, "Wikipedia", connection.reach.settings.wikipedia_url, _AGENT)
    params = {
        "action": "query", "format": "json", "formatversion": 2, "generator": "search", "gsrsearch": query,
        "gsrlimit": _ARTICLES, "prop": "extracts|info", "inprop": "url", "exintro": 1, "explaintext": 1,
        "exlimit": _ARTICLES,
    }  # fmt: skip
    found = await server.json("GET", "/w/api.php", params=params)
    if error := found.get("error"):  # with status 200
        raise ToolFailed("Wikipedia refused the search", details=str(error.get("info"))[:500], code=400)
    pages = sorted((found.get("query") or {}).get("pages") or (), key=lambda page: page.get("index", 0))
    articles = [f"# {page['title']}\n{page.get('fullurl', '')}\n\n{page.get('extract', '').strip()}" for page in pages]
    return "\n\n".join(articles) or f"Wikipedia has no article about '{query}'."


@research.tool("reads", PAGE, label="Web Page", about="Reads a page of the web.", output_tokens=_PAGE_TOKENS)
async def web_scrapper(
    connection: Connection,
    url: Address,
    extract_images: Annotated[bool, Field(description="Whether to keep the addresses of pictures.")] = False,  # noqa: FBT002
    extract_links: Annotated[bool, Field(description="Whether to keep the addresses of links.")] = True,  # noqa: FBT002
) -> str:
    """Read a page of the web as Markdown; of documents such as PDF, their text."""
    parts = urlsplit(url.strip())
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise BadToolArguments("The address must begin with https:// or http://, without a password in it", code=422)
    server = Api(connection, parts.hostname, f"{parts.scheme}://{parts.netloc}", _AGENT)
    answer = await server.ask("GET", url.strip())
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"text/html", "application/xhtml+xml"}:
        return f"Source: {answer.url}\n\n{await _document(connection, answer, kind)}"

    def shown() -> str:
        markdown = _markdown(_decoded(answer.body))
        return _LINK.sub(lambda found: _link(found, answer.url, images=extract_images, links=extract_links), markdown)

    return f"Source: {answer.url}\n\n{(await asyncio.to_thread(shown)).strip() or 'The page has no text.'}"


async def _document(connection: Connection, answer: Answer, kind: str) -> str:
    name = urlsplit(answer.url).path.rpartition("/")[2] or "page.txt"
    reading = await connection.run.read(name, answer.body)
    if reading.text is None:
        raise ToolFailed("The page cannot be read", details=f"It is of type {kind or 'unknown'}: {reading.problem}.")
    return reading.text


def _decoded(body: bytes) -> str:
    try:
        return decode(body)[:_MOST_HTML]
    except Unreadable:
        return body.decode(errors="replace")[:_MOST_HTML]


def _markdown(html: str) -> str:
    # It costs a tenth of a second, once: most processes never need it.
    from kreuzberg import ConcurrencyConfig, ExtractionConfig, extract_bytes_sync

    config = ExtractionConfig(
        use_cache=False,
        enable_quality_processing=False,
        output_format="markdown",
        concurrency=ConcurrencyConfig(max_threads=1),
    )
    head = _HEAD.search(html)
    end = _HEAD_ENDS.search(html, head.end()) if head else None
    body = html[end.end() :] if end else html
    return extract_bytes_sync(body.encode(errors="replace"), "text/html", config).content if body.strip() else ""


def _link(found: re.Match[str], page: str, *, images: bool, links: bool) -> str:
    """A link or picture as it was asked for, its address whole."""
    picture, text, address, _ = found.groups()
    if picture and not images:
        return ""
    return f"{picture}[{text}]({urljoin(page, address)})" if picture or links else text


def _picked(item: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: item[name] for name in names if item.get(name) is not None}


def _key(key: SecretStr | None, setting: str) -> str:
    if key is None or not key.get_secret_value():
        raise _missing(setting)
    return key.get_secret_value()


def _missing(setting: str) -> NotConfigured:
    return NotConfigured("This server has no key for this search", help=f"An administrator can set {setting}.")
