"""Two people on a real platform: one makes something, the other must not reach it."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest

from codemie.checks.report import Checked, Report, Status
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.catalogue import SMOKE
from codemie.operations.smoke.isolation import Stranger
from codemie.operations.smoke.visitor import Visitor
from tests.cli.installation import ctl
from tests.operations.injection import assert_only
from tests.operations.smoke.stranger.faults import FAULTS, MixUp
from tests.support import Platform

MakeUser = Callable[..., Any]


def token_of(client: httpx2.AsyncClient) -> str:
    return str(client.headers["authorization"]).partition(" ")[2]


@dataclass(frozen=True)
class Mixed(Visitor):
    """The other person, through something in front that takes some requests for the owner's."""

    owner: str = ""
    fault: MixUp | None = None

    async def call(self, method: str, path: str, **request: Any) -> httpx2.Response:
        if self.fault and method == self.fault.method and path.startswith("/v1/assistants/"):
            return await Visitor(self.url, self.owner).call(method, path, **request)
        return await super().call(method, path, **request)


async def smoke(owner: Visitor, other: Visitor) -> Report:
    sources = Sources().offer(Visitor, owner).offer(Stranger, Stranger(other))
    options = Options(only=("smoke.isolation",), secrets=(owner.token, other.token))
    return await run("smoke", SMOKE, sources, options)


def isolation_of(report: Report) -> Checked:
    return next(each for each in report.checks if each.id == "smoke.isolation")


async def test_another_person_is_refused(platform: Platform, make_user: MakeUser) -> None:
    owner, other = [Visitor(platform.url, token_of(await make_user())) for _ in range(2)]

    found = isolation_of(await smoke(owner, other))

    assert found.status is Status.PASS, found.finding


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
async def test_a_mix_up_is_noticed(platform: Platform, make_user: MakeUser, fault: MixUp) -> None:
    one, two = [token_of(await make_user()) for _ in range(2)]
    owner = Visitor(platform.url, one)
    healthy = await smoke(owner, Visitor(platform.url, two))

    broken = await smoke(owner, Mixed(platform.url, two, owner=one, fault=fault))

    assert_only(fault, healthy, broken)
    assert fault.told in isolation_of(broken).finding.detail


async def test_two_who_may_meet_show_nothing(platform: Platform, make_user: MakeUser, admin_token: str) -> None:
    owner = Visitor(platform.url, token_of(await make_user()))

    for other, told in ((owner.token, "same person"), (admin_token, "administers the platform")):
        found = isolation_of(await smoke(owner, replace(owner, token=other)))
        assert (found.status, told in found.finding.detail) == (Status.UNKNOWN, True), found.finding


async def test_the_command_takes_a_second_token(platform: Platform, make_user: MakeUser) -> None:
    one, two = [token_of(await make_user()) for _ in range(2)]
    environment = {**platform.environment, "CODEMIE_TOKEN": one, "CODEMIE_OTHER_TOKEN": two}
    words = ("smoke", "--url", platform.url, "--json", "--only", "smoke.isolation")

    done = await asyncio.to_thread(ctl, *words, env=environment)

    assert done.returncode == 0, done.stdout + done.stderr
    assert {row["status"] for row in json.loads(done.stdout)["checks"]} == {"pass"}
    assert not [each for each in (one, two) if each in done.stdout + done.stderr]
