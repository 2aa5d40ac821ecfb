"""The unmodified official agent over a plain WebSocket, and while a broker is started again.

The numbers are those of the acceptance tests of the protocol's description.
"""

import time
from pathlib import Path

from codemie.kernel.database import Database
from codemie.plugins.failures import PluginFailure
from codemie.plugins.sessions import Session
from codemie.plugins.wire.subjects import key_hash
from tests.plugins.agent.grounds import Grounds, grounds_in
from tests.plugins.official.agents import development, official_agent
from tests.plugins.official.plugged import plugged_in
from tests.plugins.official.test_official_agent import DEVELOPMENT
from tests.support import ADMIN_EMAIL, Platform, until

NOTES = "The blue crane nests in May.\nIt's shy.\n"
READ = "_read_file_from_file_system"


async def test_2_the_development_agent_appears_over_a_web_socket_with_a_path(
    platform: Platform, admin_token: str, program: Path, tmp_path: Path
) -> None:
    uri = f"{platform.url.replace('http://', 'ws://')}/v1/plugin-engine/ws"
    async with platform.client(admin_token) as client:
        plugged = await plugged_in(platform, client, ADMIN_EMAIL)
        command = development(tmp_path, "plain")
        async with official_agent(program, tmp_path, command, uri=uri, key=plugged.key):
            session = await plugged.session("plain")

            assert sorted(session.tools) == DEVELOPMENT
            assert (await plugged.call("plain", READ, file_path="notes.txt")).text == NOTES


async def known(grounds: Grounds, key: str, *, seconds: float) -> Session:
    async def probe() -> Session | None:
        return next((one for one in grounds.room.registry.known(key_hash(key)) if one.tools), None)

    return await until(probe, seconds=seconds, every=0.05, what="the agent in the registry")


async def test_13_after_a_restart_of_the_broker_the_same_session_is_back(
    program: Path, tmp_path: Path, database: Database
) -> None:
    home = tmp_path / "home"
    async with grounds_in(tmp_path, database) as grounds:
        key, command = grounds.new_key(), development(home, "stays")
        async with official_agent(program, home, command, uri=grounds.url, key=key):
            before = await known(grounds, key, seconds=90)

            grounds.server.stop()
            grounds.server.start()
            since = time.monotonic()

            async def answers() -> bool:
                session = await known(grounds, key, seconds=20)
                try:
                    result = await grounds.room.calls.call(session, READ, {"file_path": "notes.txt"}, seconds=5)
                except PluginFailure:
                    # Until it is back it is silent or offline: each call says so in its time.
                    return False
                return result.text == NOTES

            await until(answers, seconds=20, every=0.1, what="an answer of the agent")
            assert (await known(grounds, key, seconds=1)).id == before.id
            assert time.monotonic() - since < 15, "it tries every two seconds"
