"""What agents search the web with: Google's Custom Search, Tavily, a MediaWiki with TextExtracts, and plain pages.

After https://developers.google.com/custom-search/v1/reference/rest/v1/cse/list,
https://docs.tavily.com/documentation/api-reference/endpoint/search and https://www.mediawiki.org/wiki/API:Search with
https://www.mediawiki.org/wiki/Extension:TextExtracts. They know the same few pages, each in its own words.
"""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.vendor_server import Faults

GOOGLE_KEY, ENGINE, TAVILY_KEY = "right-google-key", "engine-of-tests", "right-tavily-key"
KNOWN = {
    "Red fox": "The red fox is the largest of the true foxes.",
    "Arctic fox": "The Arctic fox is white in winter.",
    "Badger": "Badgers dig setts.",
}
PAGE = """<!DOCTYPE html><html><head><title>Foxes</title><style>p {color: red}</style></head><body>
<h1>Foxes</h1><script>steal()</script>
<p>Foxes <b>live</b> in <a href="/wiki/Den_(home)">dens</a>.<img src="fox.png" alt="A fox"></p>
<ul><li>red</li><li>white</li></ul></body></html>"""


@dataclass
class ResearchServices:
    """All of them on one port; paths tell them apart."""

    url: str = ""
    faults: Faults = field(default_factory=Faults)
    queries: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    """Parameters of searches with Google, as they stood in the address."""

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self.faults.middleware])
        app.router.add_get("/customsearch/v1", self.google)
        app.router.add_post("/search", self.tavily)
        app.router.add_get("/w/api.php", self.wikipedia)
        app.router.add_get("/foxes", self.page)
        app.router.add_get("/plain.txt", self.plain)
        app.router.add_get("/moved", self.moved)
        return app

    async def google(self, request: web.Request) -> web.Response:
        self.queries.append(dict(request.query))
        if request.headers.get("X-Goog-Api-Key") != GOOGLE_KEY:
            return _google_error(400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT")
        if request.query.get("cx") != ENGINE:
            return _google_error(400, "Request contains an invalid argument.", "INVALID_ARGUMENT")
        found = _found(request.query["q"])[: int(request.query.get("num", 10))]
        items = [
            {
                "kind": "customsearch#result",
                "title": title,
                "link": self._address(title),
                "displayLink": "wiki.example",
                "snippet": KNOWN[title],
            }
            for title in found
        ]
        body: dict[str, Any] = {"kind": "customsearch#search", "searchInformation": {"totalResults": str(len(items))}}
        return web.json_response(body | ({"items": items} if items else {}))

    async def tavily(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TAVILY_KEY}":
            return web.json_response({"detail": {"error": "Unauthorized: missing or invalid API key."}}, status=401)
        body = await request.json()
        if not body.get("query"):
            return web.json_response({"detail": {"error": "Query is missing."}}, status=400)
        results = [
            {"title": title, "url": self._address(title), "content": KNOWN[title], "score": 0.9, "raw_content": None}
            for title in _found(body["query"])[: body.get("max_results", 5)]
        ]
        return web.json_response({"query": body["query"], "answer": None, "results": results, "response_time": 0.1})

    async def wikipedia(self, request: web.Request) -> web.Response:
        query = request.query
        if not query.get("gsrsearch", "").strip():
            info = 'The "gsrsearch" parameter must be set.'
            return web.json_response({"error": {"code": "missingparam", "info": info}})
        pages = [
            {
                "pageid": number,
                "ns": 0,
                "title": title,
                "index": number,
                "extract": KNOWN[title],
                "fullurl": self._address(title),
            }
            for number, title in enumerate(_found(query["gsrsearch"])[: int(query.get("gsrlimit", 10))], 1)
        ]
        found: dict[str, Any] = {"batchcomplete": True}
        return web.json_response(found | ({"query": {"pages": pages[::-1]}} if pages else {}))

    async def page(self, _: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def plain(self, _: web.Request) -> web.Response:
        return web.Response(text="Only [words](here).")

    async def moved(self, _: web.Request) -> web.Response:
        raise web.HTTPFound("/foxes")

    def _address(self, title: str) -> str:
        return f"https://wiki.example/wiki/{title.replace(' ', '_')}"


def _found(query: str) -> list[str]:
    words = query.lower().split()
    return [title for title in KNOWN if any(word in title.lower() for word in words)]


def _google_error(status: int, message: str, name: str) -> web.Response:
    error = {"code": status, "message": message, "status": name, "errors": [{"message": message, "domain": "global"}]}
    return web.json_response({"error": error}, status=status)
