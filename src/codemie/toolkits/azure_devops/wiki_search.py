"""Finding text in wikis: https://learn.microsoft.com/rest/api/azure/devops/search/wiki-search-results."""

from typing import Annotated, Any
from urllib.parse import quote, unquote

from pydantic import Field

from codemie.toolkits.azure_devops.wiki import WikiName, Wikis, WikiSearch, toolkit

_PAGE = 100


@toolkit.tool("reads", about="Finds text in the pages of a wiki.")
async def search_wiki_pages(
    wikis: Wikis,
    wiki_identified: WikiName,
    search_text: Annotated[str, Field(min_length=1, description="Words to find.")],
    *,
    include_context: Annotated[bool, Field(description="Whether to show the text around what is found.")] = True,
    max_results: Annotated[int, Field(ge=1, le=1000)] = 50,
) -> dict[str, Any]:
    """Find pages of a wiki that contain words. Returns their paths and addresses, and the text around the words."""
    wiki = await wikis.json("GET", wikis.wiki(wiki_identified))
    search, found = WikiSearch(wikis.connection), list[dict[str, Any]]()
    answer: dict[str, Any] = {}
    while len(found) < max_results:
        body = {
            "searchText": search_text,
            "$skip": len(found),
            "$top": min(_PAGE, max_results - len(found)),
            "filters": {"Wiki": [wiki["name"]]},
        }
        answer = await search.json("POST", f"{wikis.within()}/_apis/search/wikisearchresults", json=body)
        found += answer["results"]
        if not answer["results"] or len(found) >= answer.get("count", 0):
            break
    shown = [{**item, "full_url": _address(wikis, wiki, item)} for item in found]
    if not include_context:
        shown = [{name: value for name, value in item.items() if name != "hits"} for item in shown]
    return {"count": answer.get("count", len(found)), "results": shown, "infoCode": answer.get("infoCode")}


def _address(wikis: Wikis, wiki: dict[str, Any], result: dict[str, Any]) -> str:
    """Where people read the page of a file: of its name a dash is a space, and %2D a dash."""
    folder = str((result.get("wiki") or {}).get("mappedPath") or "").rstrip("/")
    path = unquote(result["path"].removeprefix(folder).removesuffix(".md").replace("-", " "))
    place = f"{wikis.organization_url}/{wikis.within()}/_wiki/wikis/{quote(wiki['name'], safe='')}"
    return f"{place}?pagePath={quote(path, safe='')}"
