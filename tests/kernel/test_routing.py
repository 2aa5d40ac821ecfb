"""Finding the route of a request: passing over whole sections changes nothing but the time it takes."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.routing import Match

from codemie.app import ROUTERS
from codemie.kernel.http import Section

PATHS = sorted({context.path for router in ROUTERS for context in iter_route_contexts(router.routes) if context.path})


@pytest.fixture(scope="module")
def apps() -> tuple[FastAPI, FastAPI]:
    """The same routes, without sections and with them."""
    plain, divided = FastAPI(), FastAPI()
    for router in ROUTERS:
        plain.include_router(router)
        divided.include_router(Section(router))
    return plain, divided


def _matches(app: FastAPI, method: str, path: str) -> list[Match]:
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "root_path": "", "headers": [], "app": app}
    # What FastAPI adds by itself comes first.
    return [route.matches(dict(scope))[0] for route in app.router.routes][-len(ROUTERS) :]


_real = st.sampled_from(PATHS)
_filled = _real.map(lambda path: path.replace("{", "").replace(":path}", "/a/b").replace("}", ""))
_cut = st.builds(lambda path, length: path[:length], _filled, st.integers(0, 60))
_longer = st.builds(lambda path, more: path + more, _filled, st.sampled_from(["/", "/more", "%2F", "x", "//"]))


@settings(deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"]),
    path=st.one_of(_filled, _cut, _longer, st.text().map(lambda text: "/" + text)),
)
def test_sections_find_the_same_routes(apps: tuple[FastAPI, FastAPI], method: str, path: str) -> None:
    plain, divided = apps
    assert _matches(divided, method, path) == _matches(plain, method, path)


def test_paths_that_begin_otherwise_are_passed_over() -> None:
    chat = Section(ROUTERS[0])
    assert chat.matches({"type": "http", "method": "GET", "path": "/v1/user"})[0] == Match.NONE


def test_nothing_a_route_depends_on_goes_through_a_thread(apps: tuple[FastAPI, FastAPI]) -> None:
    """FastAPI calls a dependency that is no coroutine in a thread, which costs more than what most of them do."""
    threaded = {
        f"{dependency.__module__}.{dependency.__qualname__}"
        for context in iter_route_contexts(apps[0].routes)
        if isinstance(context.original_route, APIRoute)
        for dependency in _dependencies(context.dependant)
        if not _is_async(dependency)
    }
    assert threaded == set()


def _dependencies(dependant: Any) -> Iterator[Any]:
    yield dependant.call
    for child in dependant.dependencies:
        yield from _dependencies(child)


def _is_async(call: Any) -> bool:
    made = call if inspect.isroutine(call) else type(call).__call__
    return inspect.iscoroutinefunction(made) or inspect.isasyncgenfunction(made)
