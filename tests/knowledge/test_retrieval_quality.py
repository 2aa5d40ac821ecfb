"""Search stays as good as it was: questions with known answers over a library that is installed anyway.

`benchmarks/retrieval.py` measures on larger corpora; this catches a change that breaks ranking, in a second.
"""

from pathlib import Path

import starlette
from benchmarks.retrieval import ndcg

from codemie.kernel.database import Database
from codemie.knowledge.installed import installed
from codemie.knowledge.search import search
from tests.knowledge.corpus import build

ANSWERS = {
    "compress the body of a response": "middleware/gzip.py",
    "allow requests from other origins": "middleware/cors.py",
    "sign the session cookie": "middleware/sessions.py",
    "redirect plain HTTP to TLS": "middleware/httpsredirect.py",
    "reject requests with a wrong Host header": "middleware/trustedhost.py",
    "turn an unhandled exception into a page with the traceback": "middleware/errors.py",
    "serve files from a directory and answer 304": "staticfiles.py",
    "run a function after the response was sent": "background.py",
    "parse multipart form data": "formparsers.py",
    "match the path of a request against routes": "routing.py",
    "convert a path parameter to an integer": "convertors.py",
    "send and receive JSON over a socket connection": "websockets.py",
    "read settings from environment variables": "config.py",
    "only let authenticated users in": "authentication.py",
    "render a Jinja2 template": "templating.py",
    "run blocking code in a thread": "concurrency.py",
    "call the application without a server in tests": "testclient.py",
    "generate an OpenAPI schema from docstrings": "schemas.py",
}
AT_LEAST = 0.8


async def test_known_answers_are_found(database: Database) -> None:
    folder = Path(starlette.__file__).parent
    texts = {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.py"))}
    source_id, _ = await build(database, {source: text for source, text in texts.items() if text.strip()})

    scores: dict[str, float] = {}
    for question, answer in ANSWERS.items():
        async with database.session() as session:
            hits = await search(session, installed(), [source_id], question, top_k=30)
        scores[question] = ndcg([hit.source for hit in hits], {answer: 1})

    assert sum(scores.values()) / len(scores) >= AT_LEAST, scores
