"""Chats go on while the models are exchanged: mock → OpenAI-compatible endpoint → back. No request is lost.

Two API processes and a worker, each a process of its own, and the real commands.
"""

import asyncio
import json
import os
import subprocess
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from codemie.embedded.nats import EmbeddedNats
from codemie.kernel.database import Database
from codemie.kernel.row_security import SYSTEM
from codemie.models.versions import Versions
from codemie.operations.models.switching import Switching
from tests.cli.installation import ctl
from tests.conversations.chatting import chunks_of, make_assistant
from tests.databases import EMPTY_SCHEMA, create_database
from tests.fakes.openai_server import Answer, FakeEndpoint, fake_endpoint
from tests.faults.api_process import ApiProcess, api_process
from tests.knowledge.workers import worker_process
from tests.operations.models.world import indexed
from tests.support import (
    ADMIN_EMAIL,
    ADMIN_PASSWORD,
    BROKER_SECRET,
    NO_CERTIFICATES,
    environment_for,
    until,
)

pytestmark = [pytest.mark.process, pytest.mark.timeout(500)]

KEY = "planted-key-of-the-switch"
MOCK = " ".join(f"mock{number}" for number in range(12)) + " whole"
REAL = " ".join(f"real{number}" for number in range(12)) + " whole"
RULES = f"""
rules:
  - name: a reply that takes a moment
    when: {{contains: "Tell me"}}
    then: {{reply: "{MOCK}", token_delay_seconds: 0.02}}
"""
REAL_FILE = """
endpoints:
  llm: {{base_url: "{url}", {key}}}
llm_models:
  - {{base_name: real, deployment_name: vendor-real, provider: openai, endpoint: llm,
     default_for_categories: [global]}}
embeddings_models:
  - {{base_name: embedded-static, deployment_name: static, provider: embedded, dimensions: 256,
     default_for_categories: [global]}}
"""


@dataclass
class Answered:
    """One reply, whole, and when it was asked for."""

    asked: float
    text: str


@dataclass
class Grounds:
    """Two API processes and a worker that share a model file, and a model endpoint."""

    environment: dict[str, str]
    apis: list[ApiProcess]
    endpoint: FakeEndpoint
    home: Path
    token: str

    def client(self, api: ApiProcess) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx2.AsyncClient(base_url=api.url, headers=headers, timeout=60, verify=NO_CERTIFICATES)

    async def ctl(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return await asyncio.to_thread(ctl, "llm", *arguments, env={**self.environment, **variables})

    def candidate(self, key: str) -> Path:
        file = self.home / f"candidate-{uuid.uuid4().hex[:6]}.yaml"
        file.write_text(REAL_FILE.format(url=self.endpoint.url, key=key))
        return file


def answers_of_the_endpoint(body: dict[str, Any]) -> Answer | None:
    if body.get("tools"):
        return None
    words = [f"{word} " for word in REAL.split(" ")]
    return Answer(tokens=[*words[:-1], words[-1].strip()], token_seconds=0.02)


@pytest.fixture(scope="module")
async def grounds(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory, workplace: Path
) -> AsyncIterator[Grounds]:
    folder = tmp_path_factory.mktemp("switch")
    # A bus of its own: whoever else listens there is asked whether it can use the file.
    bus = EmbeddedNats(workplace / f"nats-{uuid.uuid4().hex[:6]}", BROKER_SECRET)
    url = create_database(postgres_url, f"switch_{uuid.uuid4().hex[:8]}", template=EMPTY_SCHEMA)
    home = folder / "home"
    home.mkdir()
    (home / "mock-rules.yaml").write_text(RULES)
    (home / "key").write_text(KEY)
    environment = environment_for(home, url, bus.start())
    migrated = await asyncio.to_thread(ctl, "migrate", env={**environment_of_machine(), **environment})
    assert migrated.returncode == 0, migrated.stderr
    async with AsyncExitStack() as stack:
        stack.callback(bus.stop)
        endpoint = await stack.enter_async_context(fake_endpoint())
        endpoint.key, endpoint.calls_tools, endpoint.otherwise = KEY, True, answers_of_the_endpoint
        worker = stack.enter_context(worker_process(environment, folder / "worker.log"))
        apis = [
            await stack.enter_async_context(api_process(environment, folder / f"api{number}.log"))
            for number in range(2)
        ]
        await worker.ready()
        async with httpx2.AsyncClient(base_url=apis[0].url, verify=NO_CERTIFICATES, timeout=30) as nobody:
            body = {"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}
            answer = await nobody.post("/v1/local-auth/login", json=body)
        token = answer.json()["access_token"]
        yield Grounds({**environment_of_machine(), **environment}, apis, endpoint, home, token)


def environment_of_machine() -> dict[str, str]:
    """The variables of commands, of which nothing of the developer's own installation is left."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CODEMIE_")}


@dataclass
class Chatting:
    """Somebody who asks again and again, until told to stop."""

    grounds: Grounds
    api: ApiProcess
    assistant: str
    is_streamed: bool
    heard: list[Answered] = field(default_factory=list[Answered])

    async def run(self, stopping: asyncio.Event) -> None:
        async with self.grounds.client(self.api) as client:
            while not stopping.is_set():
                asked = time.monotonic()
                self.heard.append(Answered(asked, await self._ask(client)))

    async def _ask(self, client: httpx2.AsyncClient) -> str:
        body = {"text": "Tell me", "stream": self.is_streamed, "conversation_id": f"c-{uuid.uuid4().hex}"}
        answer = await client.post(f"/v1/assistants/{self.assistant}/model", json=body)
        assert answer.status_code == 200, answer.text
        if not self.is_streamed:
            return str(answer.json()["generated"])
        last = chunks_of(answer.text)[-1]
        assert last["last"] is True
        return str(last["generated"])


def texts(chats: list[Chatting], since: float, before: float = float("inf")) -> set[str]:
    return {answer.text for chat in chats for answer in chat.heard if since <= answer.asked < before}


async def everybody_hears(chats: list[Chatting], text: str, since: float) -> None:
    async def heard() -> bool:
        return all(any(answer.asked >= since and answer.text == text for answer in chat.heard) for chat in chats)

    await until(heard, seconds=60, what=f"an answer of {text[:4]} for everybody")


async def test_chats_go_on_from_the_mock_to_a_real_endpoint_and_back(grounds: Grounds) -> None:
    async with grounds.client(grounds.apis[0]) as client:
        assistants = [
            await make_assistant(client, llm_model_type=model) for model in ("mock-chat", "mock-chat-premium")
        ]
    chats = [
        Chatting(grounds, api, assistant, is_streamed)
        for api, assistant in zip(grounds.apis, assistants, strict=True)
        for is_streamed in (False, True)
    ]
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for chat in chats:
            group.create_task(chat.run(stopping))
        begun = time.monotonic()
        await everybody_hears(chats, MOCK, begun)

        file = grounds.candidate(f'api_key_file: "{grounds.home / "key"}"')
        pair = ("--map", "mock-chat=real")
        switched = await grounds.ctl("switch", "--file", str(file), "--allow-write", *pair)
        on_real = time.monotonic()
        assert switched.returncode == 0, switched.stdout + switched.stderr
        await everybody_hears(chats, REAL, on_real)

        going_back = time.monotonic()
        returned = await grounds.ctl("rollback", "--allow-write", "--map", "real=mock-chat")
        on_mock = time.monotonic()
        assert returned.returncode == 0, returned.stdout + returned.stderr
        await everybody_hears(chats, MOCK, on_mock)
        stopping.set()

    assert texts(chats, begun) == {MOCK, REAL}, "an answer is whole, and of one of the two models"
    assert texts(chats, on_real, going_back) == {REAL}, (
        "whoever asks after the command has ended is answered by the new"
    )
    assert texts(chats, on_mock) == {MOCK}
    assert "All 3 processes use it." in switched.stdout
    assert "All 3 processes use it." in returned.stdout
    assert "mock-chat-premium" in switched.stdout, "assistants whose model is gone are named"
    async with grounds.client(grounds.apis[0]) as client:
        first, second = [(await client.get(f"/v1/assistants/id/{each}")).json() for each in assistants]
        events = (await client.get("/v1/audit/events", params={"domain": "model_management"})).json()["data"]
    assert (first["llm_model_type"], second["llm_model_type"]) == ("mock-chat", "mock-chat-premium")
    told = [(event["event_type"], event["attributes"].get("to_version")) for event in events]
    assert sorted(told, key=str) == [
        ("model.retired", None),
        ("model.retired", None),
        ("models.rolled_back", 1),
        ("models.switched", 2),
    ]
    said = switched.stdout + switched.stderr + returned.stdout + returned.stderr
    assert KEY not in said


async def test_a_key_that_only_the_command_has_is_refused(grounds: Grounds) -> None:
    before = await in_use(grounds)
    file = grounds.candidate("api_key_env: CODEMIE_TEST_SWITCH_KEY")

    refused = await grounds.ctl("switch", "--file", str(file), "--allow-write", CODEMIE_TEST_SWITCH_KEY=KEY)

    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert refused.stderr.count("the variable CODEMIE_TEST_SWITCH_KEY is not set") == 3, "each process is named"
    assert await in_use(grounds) == before
    assert KEY not in refused.stdout + refused.stderr


async def test_without_leave_to_write_nothing_is_written(grounds: Grounds) -> None:
    file = grounds.candidate(f'api_key_file: "{grounds.home / "key"}"')
    before = sorted(grounds.home.rglob("*"))

    told = await grounds.ctl("switch", "--file", str(file))

    assert (told.returncode, "--allow-write" in told.stderr) == (1, True), told.stdout
    assert sorted(grounds.home.rglob("*")) == before


async def test_a_model_that_does_not_answer_is_refused_unless_that_is_known(grounds: Grounds) -> None:
    before = await in_use(grounds)
    file = grounds.candidate(f'api_key_file: "{grounds.home / "key"}"')
    grounds.endpoint.models = frozenset()

    refused = await grounds.ctl("switch", "--file", str(file), "--allow-write")
    kept = await in_use(grounds)
    done = await grounds.ctl("switch", "--file", str(file), "--allow-write", "--unverified")
    switched = await in_use(grounds)
    grounds.endpoint.models = None
    back = await grounds.ctl("rollback", "--allow-write")

    assert (refused.returncode, "chat.real.known" in refused.stdout, kept) == (2, True, before), refused.stdout
    assert (done.returncode, switched) == (0, ["real"]), done.stdout + done.stderr
    assert (back.returncode, await in_use(grounds)) == (0, before), back.stdout + back.stderr


async def test_an_index_that_would_lose_its_model_is_refused_by_name(grounds: Grounds) -> None:
    file = grounds.candidate(f'api_key_file: "{grounds.home / "key"}"')
    database = Database(grounds.environment["CODEMIE_DATABASE_URL"], pool_size=1, unbound=SYSTEM)

    async with indexed(database, "mock-embedding:384", name="handbook"):
        refused = await grounds.ctl("switch", "--file", str(file), "--allow-write", "--unverified")
    await database.close()

    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert "demo/handbook" in refused.stdout
    assert "re-index" in refused.stdout


async def test_what_was_broken_off_is_shown_and_completed_by_a_command(grounds: Grounds) -> None:
    versions = Versions(grounds.home / "models.yaml")
    database = Database(grounds.environment["CODEMIE_DATABASE_URL"], pool_size=1, unbound=SYSTEM)
    switching = Switching(versions, database, "tests@here")
    former, wanted = switching.stage(REAL_FILE.format(url=grounds.endpoint.url, key="region: none").encode())
    exchange = switching.plan("switch", former, wanted, {})
    versions.begin(exchange, wanted)
    versions.swap(exchange)
    await database.close()

    shown = await grounds.ctl("history")
    unasked = await grounds.ctl("recover")
    done = await grounds.ctl("recover", "--allow-write")
    after = json.loads((await grounds.ctl("history", "--json")).stdout)

    assert "BROKEN OFF" in shown.stdout
    assert unasked.returncode == 1
    assert (done.returncode, "complete now" in done.stdout) == (0, True), done.stderr
    assert (after["pending"], after["in_place"]) == (None, wanted.number)
    assert {process["sha256"] for process in after["processes"]} == {wanted.sha256}
    assert len(after["processes"]) == 3


async def in_use(grounds: Grounds) -> list[str]:
    async with grounds.client(grounds.apis[0]) as client:
        return [row["base_name"] for row in (await client.get("/v1/llm_models")).json()]
