"""How GitHub writes answers, lists and refusals."""

from typing import Any, cast

from aiohttp import web

from tests.fakes.vendor_server import page_of

API = "/api/v3"
MOMENT = "2026-01-01T10:00:00Z"
DOCUMENTATION = "https://docs.github.com/rest"

Json = dict[str, Any]


class Refused(Exception):
    """A refusal in GitHub's form.

    Args:
        status: of HTTP.
        message: in its words.
        errors: what is wrong with which field, for 422.
    """

    def __init__(self, status: int, message: str, *errors: Json) -> None:
        super().__init__(message)
        body: Json = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
        self.response = reply({**body, "errors": list(errors)} if errors else body, status)


def invalid(resource: str, message: str, field: str = "", code: str = "custom") -> Refused:
    """422: what was sent is understood, but cannot be."""
    error = {"resource": resource, "code": code, "message": message}
    return Refused(422, "Validation Failed", {**error, "field": field} if field else error)


def reply(body: Any, status: int = 200) -> web.Response:
    """JSON as GitHub sends it."""
    return web.json_response(body, status=status, headers={"X-GitHub-Media-Type": "github.v3; format=json"})


async def sent(request: web.Request) -> Json:
    """The body, which must be an object."""
    if not request.can_read_body:
        return {}
    try:
        body = await request.json()
    except ValueError as error:
        raise Refused(400, "Problems parsing JSON") from error
    if not isinstance(body, dict):
        raise Refused(400, "Body should be a JSON object")
    return cast("Json", body)


def listed(items: list[Json], request: web.Request) -> web.Response:
    """A page of a list, with links to the next and the last one (RFC 8288)."""
    shown, number, pages = page_of(items, request, usual=30)
    return _linked(reply(shown), request, number, pages)


def page_of_many(name: str, items: list[Json], request: web.Request) -> web.Response:
    """The same where the list is part of an object that says how many there are."""
    shown, number, pages = page_of(items, request, usual=30)
    return _linked(reply({"total_count": len(items), name: shown}), request, number, pages)


def _linked(answer: web.Response, request: web.Request, number: int, pages: int) -> web.Response:
    if number < pages:
        links = [
            f'<{request.url.update_query(page=str(page))}>; rel="{name}"'
            for page, name in ((number + 1, "next"), (pages, "last"))
        ]
        answer.headers["Link"] = ", ".join(links)
    return answer
