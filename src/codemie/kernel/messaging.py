"""NATS: live events between processes. Core NATS only; what must survive is PostgreSQL's."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import ConnectionClosedError, DrainTimeoutError, Error, NoServersError

from codemie.kernel.errors import Unavailable
from codemie.kernel.telemetry import get_logger

CONNECT_TIMEOUT_SECONDS = 2
FLUSH_TIMEOUT_SECONDS = 1
PENDING_MESSAGES = 1024
OPEN_QUESTIONS = 1024

log = get_logger(__name__)


class Messaging:
    """One connection of this process; it reconnects by itself, for ever."""

    def __init__(self, client: Client) -> None:
        self.client = client

    @classmethod
    async def connect(cls, url: str, *, name: str = "codemie") -> "Messaging":
        """Connect to `nats://[user:password@|token@]host:port`.

        Raises:
            Unavailable: no server answered in time.
        """

        async def on_error(error: Exception) -> None:
            log.warning("nats_error", error=f"{type(error).__name__}: {error}")

        try:
            client = Client()
            await client.connect(
                url,
                name=name,
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                max_reconnect_attempts=-1,
                reconnect_time_wait=1,
                error_cb=on_error,
            )
        except (NoServersError, OSError, TimeoutError, Error) as error:
            raise Unavailable("NATS is not reachable", details=f"{type(error).__name__}", retry_after=2) from error
        return cls(client)

    async def publish(self, subject: str, payload: dict[str, Any]) -> None:
        """Tell everyone who listens. Lost when NATS is away: events inform, they never carry state."""
        try:
            await self.client.publish(subject, json.dumps(payload, default=str).encode())
        except (ConnectionClosedError, Error) as error:
            log.warning("nats_publish_failed", subject=subject, error=type(error).__name__)

    @asynccontextmanager
    async def subscribe(self, subject: str) -> AsyncGenerator[AsyncIterator[dict[str, Any]]]:
        """Listen while the block runs. A listener too slow for `PENDING_MESSAGES` loses the oldest.

        While NATS is away the block runs all the same and hears nothing until the connection is back.
        """
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(PENDING_MESSAGES)

        async def receive(message: Msg) -> None:
            if not message.data:
                return  # the server's word that nobody listens to a question
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(json.loads(message.data))

        subscribe = cast("Any", self.client.subscribe)  # pyright: ignore[reportUnknownMemberType] - as above
        subscription = await subscribe(subject, cb=receive)

        async def messages() -> AsyncIterator[dict[str, Any]]:
            while True:
                yield await queue.get()

        try:
            await self._settle(subject)
            yield messages()
        finally:
            if not self.client.is_closed:
                await subscription.unsubscribe()

    async def ask(self, subject: str, question: dict[str, Any], seconds: float) -> dict[str, Any] | None:
        """What somebody who listens answers; `None` when nobody does in time, or NATS is away."""
        try:
            answer = await self.client.request(subject, json.dumps(question).encode(), timeout=seconds)
        except (TimeoutError, ConnectionClosedError, Error):
            return None
        return cast("dict[str, Any]", json.loads(answer.data))

    async def ask_everybody(
        self,
        subject: str,
        question: dict[str, Any],
        seconds: float,
        enough: Callable[[list[dict[str, Any]]], bool] = lambda _answers: False,
    ) -> list[dict[str, Any]]:
        """What all who listen answer within `seconds`, or until it is `enough`."""
        inbox = self.client.new_inbox()
        answers: list[dict[str, Any]] = []
        async with self.subscribe(inbox) as messages:
            try:
                await self.client.publish(subject, json.dumps(question).encode(), reply=inbox)
                async with asyncio.timeout(seconds):
                    async for answer in messages:
                        answers.append(answer)
                        if enough(answers):
                            break
            except (TimeoutError, ConnectionClosedError, Error):
                pass  # whoever asks judges what is there
        return answers

    @asynccontextmanager
    async def answering(
        self, subject: str, answer: Callable[[dict[str, Any]], Awaitable[dict[str, Any] | None]]
    ) -> AsyncGenerator[None]:
        """Answer questions while the block runs, many at a time; `None` leaves one to somebody else.

        Whoever asks more than `OPEN_QUESTIONS` at once is not answered.
        """
        open_ = set[asyncio.Task[None]]()

        async def respond(message: Msg) -> None:
            if (said := await answer(json.loads(message.data))) is not None:
                await message.respond(json.dumps(said).encode())

        async def receive(message: Msg) -> None:
            if len(open_) < OPEN_QUESTIONS:
                task = asyncio.create_task(respond(message))
                open_.add(task)
                task.add_done_callback(settled)

        def settled(task: asyncio.Task[None]) -> None:
            open_.discard(task)
            if not task.cancelled() and (error := task.exception()):
                log.warning("nats_question_failed", subject=subject, error=f"{type(error).__name__}: {error}")

        subscribe = cast("Any", self.client.subscribe)  # pyright: ignore[reportUnknownMemberType] - as above
        subscription = await subscribe(subject, cb=receive)
        try:
            yield
        finally:
            for task in tuple(open_):
                task.cancel()
            if not self.client.is_closed:
                await subscription.unsubscribe()

    async def _settle(self, subject: str) -> None:
        """Let the server know the interest before the caller reads its starting state, or an event falls between."""
        try:
            await self.client.flush(FLUSH_TIMEOUT_SECONDS)
        except Error as error:
            log.warning("nats_subscription_waits", subject=subject, error=type(error).__name__)

    def ping(self) -> None:
        """Raise `Unavailable` unless connected."""
        if not self.client.is_connected:
            raise Unavailable("NATS is not reachable", details="The connection is being re-established.", retry_after=2)

    async def close(self) -> None:
        """Deliver what is pending, then disconnect."""
        if self.client.is_closed:
            return
        try:
            await asyncio.wait_for(self.client.drain(), timeout=2)
        except (TimeoutError, DrainTimeoutError, Error):
            await self.client.close()


async def get_messaging(request: Request) -> Messaging:
    """The process's connection."""
    messaging: Messaging = request.app.state.resources.messaging
    return messaging


MessagingDep = Annotated[Messaging, Depends(get_messaging)]
