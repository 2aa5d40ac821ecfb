"""The address this installation calls from: told, or observed where somebody may be asked."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from codemie.integrations.egress_address import EgressAddress
from codemie.integrations.settings import IntegrationsSettings


class Echo:
    """Answers with the caller's address, or with something else."""

    def __init__(self) -> None:
        self.answer = "198.51.100.7\n"
        self.asked = 0
        self.url = ""

    async def handle(self, _: web.Request) -> web.Response:
        self.asked += 1
        return web.Response(text=self.answer)


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    held, app = Echo(), web.Application()
    app.router.add_get("/", held.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    held.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield held
    await runner.cleanup()


def asking(echo: Echo, **fields: str) -> EgressAddress:
    return EgressAddress(
        IntegrationsSettings.model_validate({"egress_allow": "127.0.0.1", "egress_ip_from": echo.url, **fields})
    )


async def test_it_is_observed_once_for_many_who_want_to_know(echo: Echo) -> None:
    address = asking(echo)
    assert [await address.current() for _ in range(3)] == ["198.51.100.7"] * 3
    assert echo.asked == 1


async def test_what_the_operator_said_counts(echo: Echo) -> None:
    assert await asking(echo, egress_ip="192.0.2.1").current() == "192.0.2.1"
    assert await asking(echo, egress_ip="192.0.2.1,192.0.2.2").current() == "192.0.2.1, 192.0.2.2"
    assert await EgressAddress(IntegrationsSettings.model_validate({})).current() is None
    assert echo.asked == 0


@pytest.mark.parametrize("answer", ["<html>", "", "198.51.100.7, 10.0.0.1", "9" * 5000])
async def test_what_is_no_address_is_not_shown(echo: Echo, answer: str) -> None:
    echo.answer = answer
    assert await asking(echo).current() is None


async def test_the_guard_holds_for_it_too(echo: Echo) -> None:
    guarded = EgressAddress(IntegrationsSettings.model_validate({"egress_ip_from": echo.url}))
    assert (await guarded.current(), echo.asked) == (None, 0)
