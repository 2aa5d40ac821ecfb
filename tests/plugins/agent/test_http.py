"""The HTTP tool: listed hosts only, also after redirects."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from codemie.kernel.errors import CodeMieError, InvalidInput, UpstreamFailed
from codemie.plugins.agent.http import MAX_ANSWER_BYTES, HostNotAllowed, http_tool, require_allowed
from codemie.plugins.agent.tools import AgentTool
from tests.fakes.proxy_server import FakeProxy
from tests.plugins.diagnosis.servers import listening, says
from tests.support import free_port


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async def show(request: web.Request) -> web.Response:
        seen = request.headers.get("X-Seen", "nothing")
        return web.Response(text=f"{request.method} {seen} {await request.text()}")

    async def leave(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.query["to"])

    async def much(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * (MAX_ANSWER_BYTES + 10))

    async def authorization(request: web.Request) -> web.Response:
        return web.Response(text=request.headers.get("Authorization", "nothing"))

    app = web.Application(client_max_size=10_000)
    app.router.add_route("*", "/show", show)
    app.router.add_get("/leave", leave)
    app.router.add_get("/authorization", authorization)
    app.router.add_get("/much", much)
    runner = web.AppRunner(app)
    await runner.setup()
    number = free_port()
    await web.TCPSite(runner, "127.0.0.1", number).start()
    yield number
    await runner.cleanup()


def tool(*hosts: str) -> AgentTool:
    return http_tool(hosts, ssl.create_default_context(), 10)


async def said(one: AgentTool, **arguments: str) -> str:
    return (await one.tool.call(arguments)).text


async def test_a_listed_host_is_called(port: int) -> None:
    one = tool(f"127.0.0.1:{port}")

    got = await said(one, url=f"http://127.0.0.1:{port}/show", headers='{"X-Seen": "yes"}')
    sent = await said(one, url=f"http://127.0.0.1:{port}/show", method="post", body="word")

    assert got == "HTTP 200 OK, text/plain; charset=utf-8\n\nGET yes "
    assert sent.endswith("POST nothing word")


async def test_an_error_of_the_service_is_an_error(port: int) -> None:
    answer = await tool(f"127.0.0.1:{port}").tool.call({"url": f"http://127.0.0.1:{port}/none"})

    assert answer.is_error
    assert answer.text.startswith("HTTP 404")


async def test_redirects_lead_to_listed_hosts_only_and_take_no_headers_along(port: int) -> None:
    one = tool(f"127.0.0.1:{port}", f"localhost:{port}")
    leave = f"http://127.0.0.1:{port}/leave?to="

    moved = await said(one, url=f"{leave}http://localhost:{port}/show", headers='{"X-Seen": "secret"}')
    stayed = await said(one, url=f"{leave}/show", headers='{"X-Seen": "yes"}')

    assert moved.endswith("GET nothing ")
    assert stayed.endswith("GET yes ")
    with pytest.raises(HostNotAllowed):
        await said(tool(f"127.0.0.1:{port}"), url=f"{leave}http://localhost:{port}/show")
    with pytest.raises(UpstreamFailed, match="without end"):
        await said(
            one, url=f"http://127.0.0.1:{port}/leave?to=/leave?to=/leave?to=/leave?to=/leave?to=/leave?to=/leave"
        )


async def test_a_large_answer_is_cut(port: int) -> None:
    text = await said(tool(f"127.0.0.1:{port}"), url=f"http://127.0.0.1:{port}/much")

    assert f"cut after {MAX_ANSWER_BYTES} bytes" in text


@pytest.mark.parametrize(
    ("url", "rule", "may"),
    [
        ("https://api.example.com/x", "api.example.com", True),
        ("https://API.example.com./x", "api.example.com", True),
        ("https://api.example.com:8443/x", "api.example.com", False),
        ("https://api.example.com:8443/x", "api.example.com:8443", True),
        ("https://api.example.com/x", "*.example.com", True),
        ("https://example.com.evil.test/", "example.com", False),
        ("https://evil.test/#api.example.com", "api.example.com", False),
        ("https://api.example.com@evil.test/", "api.example.com", False),
        ("https://user:pass@api.example.com/", "api.example.com", False),
        ("ftp://api.example.com/", "api.example.com", False),
        ("file:///etc/passwd", "*", False),
        ("https://api.example.com:99999/", "api.example.com", False),
        ("http://[::1]:80/", "::1", True),
        ("nonsense", "*", False),
    ],
)
def test_hosts_are_matched_as_a_whole(url: str, rule: str, may: bool) -> None:  # noqa: FBT001
    try:
        require_allowed(url, [rule])
    except CodeMieError:
        assert not may
    else:
        assert may


async def test_passwords_of_a_netrc_stay_where_they_are(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password planted-netrc-secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))

    assert "Basic" not in await said(tool(f"127.0.0.1:{port}"), url=f"http://127.0.0.1:{port}/authorization")


async def test_a_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = FakeProxy()
    answers = says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    async with listening(answers) as behind, listening(proxy.serve) as proxy.port:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "elsewhere.test")

        answer = await said(tool(f"127.0.0.1:{behind}"), url=f"http://127.0.0.1:{behind}/x")

    assert answer.endswith("hi")
    assert proxy.asked == [f"GET http://127.0.0.1:{behind}/x"]


def test_who_is_asked_sees_what_is_sent() -> None:
    shown = tool("x").show({"url": "http://x/", "method": "post", "body": "all of it", "headers": "{}"})

    assert shown.startswith("POST http://x/ ")
    assert "all of it" in shown


def test_changing_something_elsewhere_needs_consent() -> None:
    one = tool("x").tool

    assert one.effect_of({"url": "http://x/"}) == "reads"
    assert one.effect_of({"url": "http://x/", "method": "head"}) == "reads"
    assert one.effect_of({"url": "http://x/", "method": "delete"}) == "destroys"


@pytest.mark.parametrize(
    "arguments",
    [{"method": "TRACE"}, {"headers": "no json"}, {"headers": '{"Host": "evil"}'}, {"headers": "[]"}],
)
async def test_odd_arguments_are_refused(arguments: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        await said(tool("x"), url="http://x/", **arguments)
