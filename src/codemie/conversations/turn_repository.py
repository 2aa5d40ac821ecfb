"""All SQL of a chat turn: one statement to load, one to start, one to finish.

This is the hottest path of the platform, so it speaks to asyncpg directly on a pool of its own: the same statement
costs 35 µs of processor time here and 300–500 µs through an ORM session. Nothing holds a connection while a reply is
written.
"""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from codemie.identity.policy import Resource
from codemie.kernel.database import CONNECT_TIMEOUT_SECONDS, POOL_TIMEOUT_SECONDS, STATEMENT_TIMEOUT_SECONDS, outage

_LOAD = """
SELECT a.id AS assistant_id, a.name, a.project_id, a.created_by_id, a.shared, a.is_global, a.system_prompt,
       a.llm_model_type, a.temperature, a.top_p, a.tools_tokens_size_limit, a.context, a.prompt_variables, a.toolkits,
       c.user_id AS owner_id, c.project AS conversation_project, c.finished_at, c.llm_model AS conversation_model,
       CASE WHEN c.user_id = $3 THEN (
           SELECT json_agg(json_build_array(m.history_index, m.variant, m.role, m.message, m.file_names, m.status)
                           ORDER BY m.id)
           FROM conversation_messages m
           WHERE m.conversation_id = c.id AND m.history_index >= c.next_index - $4
             AND m.history_index < coalesce($5, c.next_index)
       ) END AS history
FROM (VALUES (1)) AS one
LEFT JOIN assistants a ON {wanted}
LEFT JOIN conversations c ON c.id = $2
"""

_LOAD_BY_ID = _LOAD.format(wanted="a.id = $1")
_LOAD_CONVERSATION = _LOAD.format(wanted="false AND a.id = $1")

_STORE_TURN = """
WITH place AS (
    INSERT INTO conversations AS known (id, user_id, user_name, name, project, assistant_ids, initial_assistant_id,
                                        first_message_at, last_message_at, next_index, date, update_date)
    VALUES ($1, $2, $3, $4, $5, ARRAY[$6], $6, now(), now(), coalesce($7::int, 0) + 1, now(), now())
    ON CONFLICT (id) DO UPDATE SET
        name = CASE WHEN known.name = '' THEN excluded.name ELSE known.name END,
        project = coalesce(known.project, excluded.project),
        assistant_ids = excluded.assistant_ids || array_remove(known.assistant_ids, $6),
        initial_assistant_id = coalesce(known.initial_assistant_id, excluded.initial_assistant_id),
        first_message_at = coalesce(known.first_message_at, now()),
        last_message_at = now(),
        update_date = now(),
        next_index = greatest(known.next_index, coalesce($7, known.next_index) + 1)
    WHERE known.user_id = $2 AND known.finished_at IS NULL AND {fits}
    RETURNING coalesce($7, next_index - 1) AS history_index
)
INSERT INTO conversation_messages
    (conversation_id, history_index, variant, role, message, message_raw, file_names, assistant_id, status,
     date, update_date)
SELECT $1, history_index, {variant}, role, message, message_raw, file_names, assistant_id, status, now(), now()
FROM place, (VALUES
    (1, 'User', $8, $9, $10::text[], NULL::text, 'complete'),
    (2, 'Assistant', '', NULL, '{{}}', $6, 'running')
) AS item (position, role, message, message_raw, file_names, assistant_id, status)
ORDER BY position
RETURNING id, history_index
"""

# A turn that was there before: the number of its next variant can only be told while nobody else adds one.
_START = _STORE_TURN.format(fits="($7 IS NULL OR $7 >= known.next_index)", variant="0")
_HOLD = "SELECT 1 FROM conversations WHERE id = $1 FOR UPDATE"
_START_AGAIN = _STORE_TURN.format(
    fits="true",
    variant="""coalesce((SELECT max(variant) + 1 FROM conversation_messages
                         WHERE conversation_id = $1 AND conversation_messages.history_index = $7), 0)""",
)

_FLUSH = """
UPDATE conversation_messages SET message = $3, update_date = now()
WHERE conversation_id = $1 AND id = $2 AND status = 'running'
"""

# Reply and ledger row go together, so that a reply is charged exactly once.
_FINISH = """
WITH reply AS (
    UPDATE conversation_messages
    SET message = $3, status = $4, error_code = $5, thoughts = $6::jsonb, citations = $7::jsonb, input_tokens = $8,
        output_tokens = $9, cache_read_input_tokens = $10, cache_creation_input_tokens = $11, money_spent = $12,
        response_time = $13::float8, update_date = now()
    WHERE conversation_id = $1 AND id = $2
)
INSERT INTO model_usage (date, kind, user_id, project, model, provider, conversation_id, assistant_id, input_tokens,
                         output_tokens, cache_read_tokens, cache_creation_tokens, cost, duration_ms, error_code)
VALUES (now(), 'chat', $14, $15, $16, $17, $1, $18, $8, $9, $10, $11, $12, ($13::float8 * 1000)::int, $5)
"""

_VERSION = "SELECT content FROM assistant_versions WHERE assistant_id = $1 AND version_number = $2"


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One stored history item, as far as a model needs it."""

    history_index: int
    variant: int
    role: str
    message: str
    file_names: list[str]
    status: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one statement says about an assistant and a conversation; `assistant` holds columns by name."""

    assistant: Mapping[str, Any] | None
    owner_id: str | None
    """`None` when there is no such conversation yet."""
    project: str | None
    finished_at: datetime | None
    conversation_model: str | None
    history: list[StoredItem]

    def resource(self) -> Resource:
        """The conversation as the policy sees it."""
        return Resource(kind="conversation", owner_id=self.owner_id, project=self.project)


@dataclass(frozen=True, slots=True)
class NewTurn:
    """The row values of a turn that starts."""

    conversation_id: str
    user_id: str
    user_name: str
    name: str
    project: str | None
    assistant_id: str
    history_index: int | None
    message: str
    message_raw: str
    file_names: list[str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a started turn's reply is kept."""

    conversation_id: str
    message_id: int
    history_index: int


@dataclass(frozen=True, slots=True)
class Charge:
    """Who pays for a reply, and which model wrote it."""

    user_id: str
    project: str
    model: str
    provider: str
    assistant_id: str | None


@dataclass(frozen=True, slots=True)
class FinishedReply:
    """The reply as it is kept."""

    message: str
    status: str
    error_code: str | None
    thoughts: list[dict[str, Any]]
    citations: list[dict[str, Any]]
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_creation_tokens: int
    money: float
    seconds: float


class _Connection(asyncpg.Connection):
    def get_reset_query(self) -> str:
        """Nothing on this path changes session state, so returning a connection costs no round trip."""
        return ""


class TurnRepository:
    """The hot path's own connections."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool

    @classmethod
    async def connect(cls, url: str, size: int) -> "TurnRepository":
        """Open the pool with all its connections: opening one in the middle of a rush would be the slowest request."""
        pool = await asyncpg.create_pool(
            make_url(url).set(drivername="postgresql").render_as_string(hide_password=False),
            min_size=size,
            max_size=size,
            max_inactive_connection_lifetime=0,
            timeout=CONNECT_TIMEOUT_SECONDS,
            command_timeout=STATEMENT_TIMEOUT_SECONDS,
            connection_class=_Connection,
            server_settings={"application_name": "codemie-chat", "jit": "off"},
        )
        return cls(pool)

    async def close(self) -> None:
        """Return the connections."""
        await self._pool.close()

    async def _acquire(self) -> Any:
        """A connection. Asking for one with a deadline costs a task, so that is done only when one must wait."""
        if self._pool.get_idle_size():
            return await self._pool.acquire()
        return await self._pool.acquire(timeout=POOL_TIMEOUT_SECONDS)

    @asynccontextmanager
    async def _connection(self) -> "AsyncGenerator[Any]":
        """A connection for a moment.

        Raises:
            Unavailable: the database cannot be reached or went away.
            OutOfSpace: it has no room left.
        """
        try:
            connection = await self._acquire()
            try:
                yield connection
            finally:
                await self._pool.release(connection)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if refusal := outage(error):
                raise refusal from error
            raise

    async def _rows(self, statement: str, *values: Any) -> "list[Mapping[str, Any]]":
        """Run one statement on a connection of its own."""
        async with self._connection() as connection:
            return await connection.fetch(statement, *values)

    async def load_by_id(
        self, assistant_id: str, conversation_id: str, user_id: str, turns: int, before: int | None
    ) -> Loaded:
        """An assistant, the conversation and the caller's own history in it, in one statement."""
        return await self._load(_LOAD_BY_ID, assistant_id, conversation_id, user_id, turns, before)

    async def load_conversation(self, conversation_id: str, user_id: str, turns: int, before: int | None) -> Loaded:
        """The same without an assistant."""
        return await self._load(_LOAD_CONVERSATION, "", conversation_id, user_id, turns, before)

    async def _load(self, statement: str, *values: Any) -> Loaded:
        (row,) = await self._rows(statement, *values)
        return Loaded(
            assistant=row if row["assistant_id"] is not None else None,
            owner_id=row["owner_id"],
            project=row["conversation_project"],
            finished_at=row["finished_at"],
            conversation_model=row["conversation_model"],
            history=[StoredItem(*item) for item in json.loads(row["history"] or "[]")],
        )

    async def start(self, turn: NewTurn) -> Place | None:
        """Store the question and an empty reply; `None` when the conversation is somebody else's or finished."""
        values = (
            turn.conversation_id,
            turn.user_id,
            turn.user_name,
            turn.name,
            turn.project,
            turn.assistant_id,
            turn.history_index,
            turn.message,
            turn.message_raw,
            turn.file_names,
        )
        rows = await self._rows(_START, *values)
        if not rows and turn.history_index is not None:
            async with self._connection() as connection, connection.transaction():
                await connection.fetch(_HOLD, turn.conversation_id)
                rows = await connection.fetch(_START_AGAIN, *values)
        return Place(turn.conversation_id, rows[1]["id"], rows[1]["history_index"]) if rows else None

    async def flush(self, place: Place, text: str) -> None:
        """Keep what there is of a growing reply, and show that somebody still works on it."""
        await self._rows(_FLUSH, place.conversation_id, place.message_id, _storable(text))

    async def finish(self, place: Place, reply: FinishedReply, charge: Charge) -> None:
        """Store the reply as it ended, and its ledger row."""
        await self._rows(
            _FINISH,
            place.conversation_id,
            place.message_id,
            _storable(reply.message),
            reply.status,
            reply.error_code,
            _json(reply.thoughts),
            _json(reply.citations),
            reply.input_tokens,
            reply.output_tokens,
            reply.cache_read_tokens,
            reply.cache_creation_tokens,
            reply.money,
            reply.seconds,
            charge.user_id,
            charge.project,
            charge.model,
            charge.provider,
            charge.assistant_id,
        )

    async def version(self, assistant_id: str, number: int) -> dict[str, Any] | None:
        """The versioned fields of an assistant as they were in one of its versions."""
        rows = await self._rows(_VERSION, assistant_id, number)
        return json.loads(rows[0]["content"]) if rows else None


def _storable(text: str) -> str:
    """PostgreSQL text cannot hold NUL, which a model or a tool may well write."""
    return text.replace("\x00", "")


def _json(value: list[dict[str, Any]]) -> str:
    return json.dumps(value).replace("\\u0000", "") if value else "[]"
