"""The one place where an exception becomes a response: `{"error": {"message", "details", "help"}}`."""

from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from pydantic_core import PydanticSerializationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from codemie.kernel.database import outage
from codemie.kernel.errors import CodeMieError, InvalidInput
from codemie.kernel.telemetry import get_logger, request_id

log = get_logger(__name__)


class ErrorBody(BaseModel):
    """What went wrong, exactly where, and what to do about it."""

    message: str
    details: Any = None
    help: str | None = None


class ErrorEnvelope(BaseModel):
    """The body of every error, whatever its status."""

    error: ErrorBody


_DESCRIPTIONS = {
    400: "The request makes no sense",
    401: "Not signed in, or not allowed on this entity",
    403: "A role or a project is missing",
    404: "Not found",
    409: "In conflict with what is stored",
    413: "Too large",
    422: "A value is not acceptable",
    429: "Too many requests; see Retry-After",
    503: "A part of the platform is away; see Retry-After",
}
_ENVELOPE = {"application/json": {"schema": {"$ref": f"#/components/schemas/{ErrorEnvelope.__name__}"}}}

# Any route may answer so: who asks, what it may do, and what the platform stands on are checked everywhere.
# They refer to the model: of one that is named, FastAPI builds a validator for each status of each route, 3,000 of the
# 3,800 that it would build at every start.
ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": description, "content": _ENVELOPE} for status, description in _DESCRIPTIONS.items()
}
ERROR_MODEL: dict[int | str, dict[str, Any]] = {503: {"description": _DESCRIPTIONS[503], "model": ErrorEnvelope}}
"""For the routes that bring the model into the document."""

_TITLES = {404: "Not found", 405: "Method not allowed", 413: "Content too large"}
_MAX_ECHOED_INPUT = 200
# character_not_in_repertoire and untranslatable_character: NUL in text, and escaped in JSON.
_NOT_TEXT = {"22021", "22P05"}


def install_error_handlers(app: FastAPI) -> None:
    """Give `app` the mapping below; nothing else may build an error body."""
    app.add_exception_handler(CodeMieError, _domain_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(DBAPIError, _statement_error)
    app.add_exception_handler(UnicodeEncodeError, _half_character)
    app.add_exception_handler(PydanticSerializationError, _half_character)
    app.add_exception_handler(Exception, _unexpected_error)


def error_response(error: CodeMieError) -> JSONResponse:
    """The response of a domain error, for code that runs outside the routes."""
    return JSONResponse(error.envelope(), status_code=error.status, headers=error.headers)


async def _domain_error(_: Request, error: Exception) -> JSONResponse:
    error = cast("CodeMieError", error)
    if error.status >= 500:
        log.warning("request_failed", status=error.status, error=str(error), cause=repr(error.__cause__))
    return error_response(error)


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    error = cast("HTTPException", error)
    title = _TITLES.get(error.status_code, str(error.detail))
    body = {"error": {"message": title, "details": str(error.detail), "help": None}}
    return JSONResponse(body, status_code=error.status_code, headers=error.headers)


async def _validation_error(_: Request, error: Exception) -> JSONResponse:
    problems = [_problem(item) for item in cast("RequestValidationError", error).errors()]
    message = "; ".join(f"{_path(item['loc'])}: {item['msg']}" for item in problems)
    return JSONResponse({"error": {"message": message, "details": problems}}, status_code=422)


def _problem(item: dict[str, Any]) -> dict[str, Any]:
    """One pydantic error, without what JSON cannot carry and without echoing a long or secret input back."""
    problem = {key: item[key] for key in ("type", "loc", "msg") if key in item}
    # The input of a missing field is the whole object around it, secrets included.
    if problem.get("type") == "missing":
        return {**problem, "loc": list(problem["loc"]), "input": None}
    problem["loc"] = list(problem.get("loc", ()))
    secret = any("password" in str(part).lower() or "token" in str(part).lower() for part in problem["loc"])
    shown = "********" if secret else item.get("input")
    problem["input"] = shown if isinstance(shown, (int, float, bool, type(None))) else _echo(shown)
    if ctx := item.get("ctx"):
        problem["ctx"] = {key: str(value) for key, value in ctx.items()}
    return problem


def _echo(value: Any) -> str:
    """A short piece of what was sent, in characters that can be sent back."""
    return str(value)[:_MAX_ECHOED_INPUT].encode("utf-8", "replace").decode()


def _path(location: list[Any]) -> str:
    """`["body", "history", 0, "role"]` → `history.[0].role`; the empty path is `request`."""
    parts = [f"[{part}]" if isinstance(part, int) else str(part) for part in location if part != "body"]
    return ".".join(parts) or "request"


async def _statement_error(request: Request, error: Exception) -> JSONResponse:
    error = cast("DBAPIError", error)
    if refusal := outage(error):
        return await _domain_error(request, refusal)
    # Neither text nor jsonb can hold NUL; it is the sender's mistake, wherever the text was bound for.
    if getattr(error.orig, "sqlstate", None) in _NOT_TEXT or "\\x00" in str(error.orig):
        return error_response(InvalidInput(details="Text must not contain the NUL character."))
    return await _half_character(request, error)


async def _half_character(request: Request, error: Exception) -> JSONResponse:
    # JSON may escape half of a surrogate pair, which is no character and cannot be stored. JSON columns are written
    # by us, so nothing else makes PostgreSQL refuse their syntax.
    if "surrogate" not in str(error) and "invalid input syntax for type json" not in str(error):
        return await _unexpected_error(request, error)
    return error_response(InvalidInput(details="Text must not contain half of a surrogate pair."))


async def _unexpected_error(_: Request, error: Exception) -> JSONResponse:
    log.error("unexpected_error", error=type(error).__name__, exc_info=error)
    surprise = CodeMieError(
        "Internal Server Error.",
        details=f"The request failed unexpectedly. Its id is {request_id.get()}.",
        help="Repeat the request; if it fails again, give the id to your administrator: it finds the cause in the log.",
    )
    return error_response(surprise)
