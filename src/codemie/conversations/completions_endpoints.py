"""OpenAI's routes, for IDEs and every other client of that API: chat completions and models."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from codemie.conversations import completions
from codemie.conversations.chat_endpoints import chat_room
from codemie.conversations.completions import CompletionFailed
from codemie.conversations.completions_wire import error_body
from codemie.identity.authentication import CallerDep
from codemie.kernel.errors import CodeMieError
from codemie.models.openai_schemas import CompletionRequest

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class OpenAiRoute(APIRoute):
    """A route whose every error, from whatever floor, comes in OpenAI's envelope."""

    def get_route_handler(self) -> Handler:
        """The usual handler with its errors translated."""
        handle = super().get_route_handler()

        async def translated(request: Request) -> Response:
            try:
                return await handle(request)
            except CompletionFailed as failed:
                body = error_body(failed.status, failed.message, failed.code)
                return JSONResponse(body, failed.status, headers=failed.headers)
            except CodeMieError as error:
                # Clients know 400 for what a value is wrong in, and nothing of 422.
                status = 400 if error.status == 422 else error.status
                return JSONResponse(error_body(status, str(error)), status, headers=error.headers)
            except RequestValidationError as error:
                problem = error.errors()[0]
                where = ".".join(str(part) for part in problem["loc"] if part != "body")
                return JSONResponse(error_body(400, f"{where}: {problem['msg']}", param=where or None), 400)

        return translated


router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"], route_class=OpenAiRoute)

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "A chat completion; with `stream` server-sent events.", "content": {"text/event-stream": {}}}
}


@router.post("/chat/completions", responses=_ANSWERS, response_class=Response)
async def complete_chat(body: CompletionRequest, request: Request, caller: CallerDep) -> Response:
    """A chat completion; `model` is a model of the catalogue, or the id or slug of an assistant."""
    room = chat_room(request)
    answerer = await completions.prepare(room, caller, body)
    if not body.stream:
        return JSONResponse(await completions.whole(room, answerer, body.model))
    with_usage = bool(body.stream_options and body.stream_options.include_usage)
    return await completions.streamed(room, answerer, body.model, with_usage=with_usage)


@router.get("/models")
async def list_models(request: Request, caller: CallerDep) -> dict[str, Any]:
    """What may be named as `model`: the models of the catalogue, then the assistants the caller may use."""
    return {"object": "list", "data": await completions.listed(chat_room(request), caller)}


@router.get("/models/{model:path}")
async def get_model(model: str, request: Request, caller: CallerDep) -> dict[str, Any]:
    """One of them."""
    return await completions.one(chat_room(request), caller, model)
