"""What a smoke test does: sign in, choose a model, make an assistant, chat with it, index a document.

Each step takes away what it made, whatever becomes of it.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx2

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed
from codemie.kernel.errors import UpstreamFailed
from codemie.operations.smoke.visitor import Visitor

STEP_SECONDS = 14.0
_PAUSE_SECONDS = 0.2
_UNREACHED = ("Look whether the platform runs, and compare its address with --url", "Run: codemiectl doctor")
_MOCK_WANTED = (
    "Enable a row with 'provider: mock' in models.yaml, such as mock-chat of the file we ship",
    "Or leave out --mock-llm: a real model then answers, and counts",
)
_DOCUMENT = b"# Smoke test\n\nThe lighthouse of Kap Arkona was built in 1827.\n"


@check(
    "smoke.sign_in",
    title="A token signs in",
    symptom="Nobody can sign in, or programs are answered 401.",
    remedy=("Make a new personal token and put it into CODEMIE_TOKEN", "Run: codemiectl doctor"),
    faq=("F06",),
    timeout=STEP_SECONDS,
)
async def sign_in(visitor: Visitor) -> Finding:
    """The token is wrong, has run out or was withdrawn, or the API does not answer at this address."""
    try:
        project = await visitor.project()
    except UpstreamFailed as error:
        refused = error.__cause__ is None
        return failed(str(error), *(sign_in.remedy if refused else _UNREACHED), url=visitor.url)
    return passed(f"Signed in; made things go to the project {project}")


@check(
    "smoke.models",
    title="There is a model to chat with",
    symptom="The list of models is empty, and no assistant can be made.",
    remedy=("Run: codemiectl doctor --only llm", "Compare models.yaml in the home folder"),
    faq=("F03", "F06"),
    needs=("smoke.sign_in",),
    timeout=STEP_SECONDS,
)
async def models(visitor: Visitor) -> Finding:
    """The file of models is empty or cannot be read, none is enabled, or no mock where only one may be used."""
    try:
        chosen = await _model(visitor)
    except _NoMock as error:
        return failed(str(error), *_MOCK_WANTED)
    except UpstreamFailed as error:
        return failed(str(error), *models.remedy)
    said = "a mock: no model is asked, nothing is spent" if chosen.get("is_mock") else "a real model: the chat counts"
    return passed(f"{chosen['base_name']} will answer, {said}", is_mock=bool(chosen.get("is_mock")))


@check(
    "smoke.assistant",
    title="An assistant can be made and deleted",
    symptom="Saving an assistant ends with an error.",
    remedy=("Run: codemiectl doctor --only db", "Look for the error in the log of the API"),
    faq=("F06", "F07"),
    needs=("smoke.models",),
    timeout=STEP_SECONDS,
)
async def assistant(visitor: Visitor) -> Finding:
    """The database takes no changes, or the person of the token may make nothing in the project."""
    try:
        async with assistant_made(visitor, "made") as made:
            found = await visitor.ask("GET", f"/v1/assistants/id/{made}")
    except UpstreamFailed as error:
        return failed(str(error), *assistant.remedy)
    return passed(f"The assistant '{found['name']}' was made, read and deleted")


@check(
    "smoke.chat",
    title="An assistant answers",
    symptom="Chats end with an error or never.",
    remedy=("Run: codemiectl doctor --only llm", "Look for the error in the log of the API"),
    faq=("F06",),
    needs=("smoke.assistant",),
    timeout=STEP_SECONDS,
)
async def chat(visitor: Visitor) -> Finding:
    """The model does not answer, or its credential is refused."""
    try:
        async with assistant_made(visitor, "chat") as made:
            asked = {"text": "Say hello.", "save_history": False}
            answer = await visitor.ask("POST", f"/v1/assistants/{made}/model", json=asked)
    except UpstreamFailed as error:
        return failed(str(error), *chat.remedy)
    if not answer.get("success", True) or not answer.get("generated"):
        return failed("The answer is empty, or tells of a failure", *chat.remedy)
    return passed(f"It answered in {answer['timeElapsed']:.1f} s")


@check(
    "smoke.index",
    title="A document is indexed",
    symptom="Data sources stay in progress for ever, or end with an error.",
    remedy=("Look whether a worker runs", "Run: codemiectl doctor --only worker"),
    faq=("F06",),
    needs=("smoke.sign_in",),
    timeout=STEP_SECONDS,
)
async def index(visitor: Visitor) -> Finding:
    """No worker runs, all are busy, or the document cannot be embedded."""
    try:
        made = await _data_source(visitor)
        async with _taken_away(visitor, f"/v1/index/{made}"), asyncio.timeout(STEP_SECONDS - 2):
            while not (row := await visitor.ask("GET", f"/v1/index/{made}"))["completed"]:
                if row["error"]:
                    return failed(f"Indexing failed: {row['text']}", *index.remedy)
                await asyncio.sleep(_PAUSE_SECONDS)
    except TimeoutError:
        return failed(f"It is not indexed after {STEP_SECONDS - 2:.0f} s", *index.remedy)
    except UpstreamFailed as error:
        return failed(str(error), *index.remedy)
    return passed("A document was indexed, and its data source deleted")


@asynccontextmanager
async def assistant_made(visitor: Visitor, purpose: str) -> AsyncGenerator[str]:
    """A marked assistant, until the block ends; gives its id."""
    body = {
        "name": f"{visitor.mark} {purpose}",
        "description": "Made by codemiectl smoke; delete it when you find it.",
        "system_prompt": "Answer briefly.",
        "project": await visitor.project(),
        "llm_model_type": (await _model(visitor))["base_name"],
        "toolkits": [],
        "shared": False,
    }
    made = str((await visitor.ask("POST", "/v1/assistants", json=body))["assistantId"])
    async with _taken_away(visitor, f"/v1/assistants/{made}"):
        yield made


@asynccontextmanager
async def _taken_away(visitor: Visitor, path: str) -> AsyncGenerator[None]:
    """Delete what was made when the block ends; after a failure, that one is told and no second."""
    try:
        yield
    except BaseException:  # cancelled too: what was made must not stay
        with suppress(httpx2.TransportError):
            await visitor.call("DELETE", path)
        raise
    await visitor.ask("DELETE", path)


class _NoMock(UpstreamFailed):
    """Only a mock may be used, and there is none."""


async def _model(visitor: Visitor) -> dict[str, Any]:
    """A mock where there is one, which costs nothing; else the default, unless only a mock may be used."""
    rows: list[dict[str, Any]] = await visitor.ask("GET", "/v1/llm_models")
    if not rows:
        raise UpstreamFailed("No model is enabled")
    best = max(rows, key=lambda row: (row.get("is_mock", False), row.get("default", False)))
    if visitor.mock_only and not best.get("is_mock"):
        raise _NoMock(f"None of {len(rows)} models is a mock, and --mock-llm asks for one")
    return best


async def _data_source(visitor: Visitor) -> str:
    """A marked data source with one document; its id."""
    fields = {"name": visitor.mark, "description": "Made by codemiectl smoke", "project_name": await visitor.project()}
    parts = [("files", ("smoke.md", _DOCUMENT, "text/markdown"))]
    await visitor.ask("POST", "/v1/index/knowledge_base/file", params=fields, files=parts)
    wanted = {"filters": f'{{"name": "{visitor.mark}"}}'}
    rows = (await visitor.ask("GET", "/v1/index", params=wanted))["data"]
    for row in rows:
        if row["repo_name"] == visitor.mark:
            return str(row["id"])
    raise UpstreamFailed("A data source was made, and is not in the list")


CHECKS = (sign_in, models, assistant, chat, index)
