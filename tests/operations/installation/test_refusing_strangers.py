"""What the API answers to strangers is told from what it answers because it is busy or broken."""

import asyncio
from dataclasses import replace

import pytest

from codemie.checks.report import Checked, Status
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.kernel.crypto import Cipher
from codemie.kernel.errors import ConfigurationError
from codemie.operations.installation.api import Api, fails_closed
from codemie.operations.installation.keys import MasterKeys
from codemie.operations.installation.subject import Installation, Profile
from codemie.settings import load_settings
from tests.operations.installation.world import front


def _no_key() -> Cipher:
    raise ConfigurationError("there is none")


async def looked(url: str) -> Checked:
    installation = Installation(load_settings({})[0], "", "", url, profile=Profile.PROD)
    sources = Sources().offer(Api, Api(url)).offer(MasterKeys, MasterKeys(_no_key)).offer(Installation, installation)
    report = await run("doctor", [replace(fails_closed, needs=())], sources, Options())
    assert not report.is_broken
    return report.checks[0]


@pytest.mark.parametrize(
    ("answered", "status"),
    [
        (200, Status.FAIL),
        (302, Status.FAIL),
        (401, Status.PASS),
        (403, Status.PASS),
        (429, Status.UNKNOWN),
        (503, Status.UNKNOWN),
    ],
)
async def test_only_who_is_let_in_is_a_fault(answered: int, status: Status) -> None:
    async with front({"/v1/user": (answered, "application/json", "{}")}) as url:
        assert (await looked(url)).status is status


async def test_a_connection_that_breaks_is_not_an_error_of_ours() -> None:
    def broken(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(broken, "127.0.0.1", 0) as server:
        found = await looked(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")

    assert found.status is Status.UNKNOWN
