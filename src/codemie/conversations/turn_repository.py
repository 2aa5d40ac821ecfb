"""All SQL of a chat turn: one statement to load, one to start, one to finish.

This is the hottest path of the platform, so it speaks to the driver directly (`driver`). Nothing holds a connection
while a reply is written. Messages and what waits among them stand outside the wall
(`docs/decisions/0005-row-security.md`); the way to them is through their conversation.
"""

import json
from collections.abc import Sequence
from typing import Any

import asyncpg

from codemie.conversations.driver import OWN, Driver, numbered
from codemie.conversations.turn_records import (
    Charge,
    Checkpoint,
    FinishedReply,
    Loaded,
    NewTurn,
    Place,
    StoredItem,
    StoredReply,
    Waiting,
)
from codemie.kernel.row_security import ALL, SYSTEM, asking, telling

_LOAD = """
SELECT a.id AS assistant_id, a.name, a.project_id, a.created_by_id, a.shared, a.is_global, a.system_prompt,
       a.llm_model_type, a.temperature, a.top_p, a.tools_tokens_size_limit, a.context, a.prompt_variables,
       a.toolkits, a.description, a.assistant_ids, a.enabled_builtin_subagents, a.interactive_features,
       a.tool_permissions, a.mcp_servers, a.agent_mode, a.plan_prompt, a.smart_tool_selection_enabled,
       a.type, a.agent_card, a.enable_image_generation, a.image_generation_model,
       (SELECT array_agg(s.skill_id ORDER BY s.position, s.skill_id)
        FROM assistant_skills s WHERE s.assistant_id = a.id) AS skill_ids,
       (SELECT v.variables FROM assistant_variable_values v WHERE v.assistant_id = a.id AND v.user_id = $3)
           AS own_variables,
       {guards} AS guards,
       CASE WHEN c.id IS NULL THEN codemie_conversation_owner($2) ELSE c.user_id END AS owner_id,
       c.project AS conversation_project, c.finished_at, c.llm_model AS conversation_model, c.branch_end,
       c.mcp_server_single_usage AS single_usage,
       c.enable_image_generation AS conversation_draws, c.image_generation_model AS conversation_image_model,
       CASE WHEN c.user_id = $3 THEN (
           SELECT json_agg(json_build_array(m.history_index, m.variant, m.role, m.message, m.file_names, m.status,
                                            m.id, m.assistant_id, pg_column_size(m.thoughts) > 8, m.parent_variant)
                           ORDER BY m.id)
           FROM conversation_messages m
           WHERE m.conversation_id = c.id
             AND m.history_index >= least(coalesce($5, c.branch_end, c.next_index), c.next_index) - $4
             AND m.history_index < coalesce($5, c.branch_end, c.next_index)
       ) END AS history
FROM (SELECT {told}) AS bound
LEFT JOIN assistants a ON {wanted}
LEFT JOIN conversations c ON c.id = $2
"""

_LOAD_BY_ID = numbered(
    _LOAD,
    5,
    ALL,
    wanted="a.id = $1",
    guards="CASE WHEN a.id IS NOT NULL THEN codemie_guards(a.project_id, 'assistant', a.id) END",
)
_LOAD_CONVERSATION = numbered(_LOAD, 5, ALL, wanted="false AND a.id = $1", guards="codemie_guards($1, 'assistant', '')")

_STORE_TURN = """
WITH bound AS MATERIALIZED (SELECT {told}), place AS (
    INSERT INTO conversations AS known (id, user_id, user_name, name, project, assistant_ids, initial_assistant_id,
                                        first_message_at, last_message_at, next_index, date, update_date)
    SELECT $1, $2, $3, $4, $5, ARRAY[$6], $6, now(), now(), coalesce($7::int, 0) + 1, now(), now() FROM bound
    ON CONFLICT (id) DO UPDATE SET
        name = CASE WHEN known.name = '' THEN excluded.name ELSE known.name END,
        project = coalesce(known.project, excluded.project),
        assistant_ids = excluded.assistant_ids || array_remove(known.assistant_ids, $6),
        initial_assistant_id = coalesce(known.initial_assistant_id, excluded.initial_assistant_id),
        first_message_at = coalesce(known.first_message_at, now()),
        last_message_at = now(),
        update_date = now(),
        next_index = greatest(known.next_index, coalesce($7, known.next_index) + 1),
        branch_end = CASE WHEN $7 + 1 < known.next_index THEN $7 + 1 END
    WHERE known.user_id = $2 AND known.finished_at IS NULL AND {fits}
    RETURNING coalesce($7, next_index - 1) AS history_index
)
INSERT INTO conversation_messages
    (conversation_id, history_index, variant, parent_variant, role, message, message_raw, file_names, assistant_id,
     status, interactive_response, unsettled, date, update_date)
SELECT $1, history_index, {variant}, $12::int, role, message, message_raw, file_names, assistant_id, status,
       interactive_response, unsettled, now(), now()
FROM place, (VALUES
    (1, 'User', $8, $9, $10::text[], NULL::text, 'complete', $11::jsonb, NULL),
    (2, 'Assistant', '', NULL, '{{}}', $6, 'running', NULL, $13::jsonb)
) AS item (position, role, message, message_raw, file_names, assistant_id, status, interactive_response, unsettled)
ORDER BY position
RETURNING id, history_index
"""

# A turn that was there before: the number of its next variant can only be told while nobody else adds one.
_START = numbered(_STORE_TURN, 13, fits="($7 IS NULL OR $7 >= known.next_index)", variant="0")
_TELL = f"SELECT {telling(ALL)}"
_HOLD = "SELECT 1 FROM conversations WHERE id = $1 FOR UPDATE"
# What follows a turn without saying which version of it stays with the one that is the newest until now.
_KEEP_TAIL = """
UPDATE conversation_messages
SET parent_variant = (SELECT max(variant) FROM conversation_messages WHERE conversation_id = $1 AND history_index = $2)
WHERE conversation_id = $1 AND history_index = $2 + 1 AND parent_variant IS NULL
"""
_START_AGAIN = numbered(
    _STORE_TURN,
    13,
    fits="true",
    variant="""coalesce((SELECT max(variant) + 1 FROM conversation_messages
                         WHERE conversation_id = $1 AND conversation_messages.history_index = $7), 0)""",
)

_FLUSH = """
UPDATE conversation_messages SET message = $3, unsettled = $4::jsonb, update_date = now()
WHERE conversation_id = $1 AND id = $2 AND status = 'running' RETURNING 1
"""

# Reply and ledger row go together, so that a reply is charged exactly once; one that somebody settled meanwhile, as a
# dead process's, is no longer `running`. The counts add up: a reply that waited for a person is finished twice.
_ADD_COSTS = """
    input_tokens = coalesce(input_tokens, 0) + $3, output_tokens = coalesce(output_tokens, 0) + $4,
    cache_read_input_tokens = coalesce(cache_read_input_tokens, 0) + $5,
    cache_creation_input_tokens = coalesce(cache_creation_input_tokens, 0) + $6,
    money_spent = coalesce(money_spent, 0) + $7, response_time = coalesce(response_time, 0) + $8::float8,
    update_date = now()
"""
_CHARGE = """
WITH bound AS MATERIALIZED (SELECT {told}),
     reply AS (UPDATE conversation_messages SET {kept} WHERE conversation_id = $1 AND id = $2 {which})
INSERT INTO model_usage (date, kind, conversation_id, input_tokens, output_tokens, cache_read_tokens,
                         cache_creation_tokens, cost, duration_ms, user_id, project, model, provider, assistant_id,
                         error_code)
SELECT now(), 'chat', $1, $3, $4, $5, $6, $7, ($8::float8 * 1000)::int, $9, $10, $11, $12, $13, $14
FROM {charged}
RETURNING 1
"""
_FINISH = numbered(
    _CHARGE,
    21,
    kept=f"""message = $15, status = $16, error_code = $14, thoughts = $17::jsonb, citations = $18::jsonb,
             interactive_request = $19::jsonb, file_names = $20::text[], llm_model = $21, unsettled = NULL,
             {_ADD_COSTS}""",
    which="AND status = 'running' RETURNING 1",
    charged="bound, reply",
)
_CHARGE_MORE = numbered(_CHARGE, 14, kept=_ADD_COSTS, which="", charged="bound")
_REVIVE = """
WITH settled AS (SELECT unsettled FROM conversation_messages WHERE conversation_id = $1 AND id = $2 FOR UPDATE)
UPDATE conversation_messages SET status = 'running' FROM settled
WHERE conversation_id = $1 AND id = $2 RETURNING settled.unsettled
"""

_KEEP_CHECKPOINT = """
INSERT INTO conversation_checkpoints (conversation_id, message_id, assistant_id, request_id, request, state, date)
VALUES ($1, $2, $3, $4, $5::jsonb, $6, now())
ON CONFLICT (conversation_id) DO UPDATE SET
    message_id = excluded.message_id, assistant_id = excluded.assistant_id, request_id = excluded.request_id,
    request = excluded.request, state = excluded.state, date = excluded.date
"""
_CHECKPOINT = """
SELECT p.message_id, p.assistant_id, p.request_id, p.request, p.state, m.history_index, m.thoughts,
       m.interactive_request,
       m.id = (SELECT max(id) FROM conversation_messages WHERE conversation_id = $1) AS is_last
FROM conversation_checkpoints p JOIN conversation_messages m ON m.conversation_id = $1 AND m.id = p.message_id
WHERE p.conversation_id = $1
"""
# Whoever deletes the row goes on; a second request at the same time finds nothing.
_TAKE_CHECKPOINT = """
DELETE FROM conversation_checkpoints WHERE conversation_id = $1 AND message_id = $2 RETURNING 1
"""
_RUN_AGAIN = """
UPDATE conversation_messages SET status = 'running', unsettled = $3::jsonb, update_date = now()
WHERE conversation_id = $1 AND id = $2
"""

_VERSION = numbered(
    """
SELECT version.content
FROM (SELECT {told}) AS bound
JOIN LATERAL (SELECT content FROM assistant_versions WHERE assistant_id = $1 AND version_number = $2
              OFFSET 0) AS version ON true
""",
    2,
    ALL,
)
_REPLY = """
SELECT message, status, update_date, error_code, coalesce(response_time, 0) AS seconds, thoughts, citations
FROM conversation_messages WHERE conversation_id = $1 AND id = $2
"""
_GUARDS = "SELECT codemie_guards($1, 'model', '') AS guards"
_ASSISTANT_EXISTS = "SELECT EXISTS (SELECT FROM assistants WHERE id = $1)"


class TurnRepository:
    """What a turn reads and writes."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def load_by_id(
        self, assistant_id: str, conversation_id: str, user_id: str, turns: int, before: int | None
    ) -> Loaded:
        """An assistant, the conversation and the caller's own history in it, in one statement."""
        return await self._load(_LOAD_BY_ID, assistant_id, conversation_id, user_id, turns, before)

    async def load_conversation(
        self, conversation_id: str, user_id: str, turns: int, before: int | None, project: str = ""
    ) -> Loaded:
        """The same without an assistant, but with what stands guard over those of a project."""
        return await self._load(_LOAD_CONVERSATION, project, conversation_id, user_id, turns, before)

    async def _load(self, statement: str, *values: Any) -> Loaded:
        (row,) = await self._driver.rows(statement, *values, settings=ALL)
        return Loaded(
            assistant=row if row["assistant_id"] is not None else None,
            owner_id=row["owner_id"],
            project=row["conversation_project"],
            finished_at=row["finished_at"],
            conversation_model=row["conversation_model"],
            branch_end=row["branch_end"],
            single_usage=bool(row["single_usage"]),
            draws=row["conversation_draws"],
            image_model=row["conversation_image_model"],
            history=[StoredItem(*item) for item in json.loads(row["history"] or "[]")],
            guards=row["guards"],
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
            _json_or_null(turn.interactive_response),
            turn.parent_variant,
            _ledger(turn.charges, 0),
        )
        try:
            rows = await self._driver.rows(_START, *values)
            if not rows and turn.history_index is not None:
                async with self._driver.connection() as connection, connection.transaction():
                    await connection.fetch(_TELL, *asking(ALL))
                    await connection.fetch(_HOLD, turn.conversation_id)
                    await connection.fetch(_KEEP_TAIL, turn.conversation_id, turn.history_index)
                    rows = await connection.fetch(_START_AGAIN, *values, *asking(OWN))
        except asyncpg.InsufficientPrivilegeError:  # the conversation is there, behind the wall
            return None
        return Place(turn.conversation_id, rows[1]["id"], rows[1]["history_index"]) if rows else None

    async def flush(self, place: Place, text: str, charges: Sequence[Charge], seconds: float) -> bool:
        """Keep what there is of a growing reply and what that costs, and show that somebody still works on it.

        Returns:
            Whether it counts as growing.
        """
        values = (_storable(text), _ledger(charges, seconds))
        return bool(await self._driver.rows(_FLUSH, place.conversation_id, place.message_id, *values, settings=0))

    async def finish(
        self, place: Place, reply: FinishedReply, charges: Sequence[Charge], checkpoint: Checkpoint | None = None
    ) -> None:
        """Store the reply as it ended, a ledger row for each model that took part, and how it goes on if it waits.

        A reply that was settled meanwhile pays what was not charged then; one that was deleted is charged all the same.
        """
        is_simple = len(charges) == 1 and checkpoint is None
        if is_simple and await self._driver.rows(_FINISH, *_ended(place, reply, charges[0])):
            return
        async with self._driver.connection() as connection, connection.transaction():
            is_there = True
            if not await connection.fetch(_FINISH, *_ended(place, reply, charges[0]), *asking(OWN)):
                revived = await connection.fetch(_REVIVE, place.conversation_id, place.message_id)
                is_there = bool(revived)
                settled = json.loads(revived[0]["unsettled"] or "[]") if is_there else []
                charges = [charge.beyond(settled) for charge in charges]
                await connection.fetch(_FINISH, *_ended(place, reply, charges[0]), *asking(OWN))
            for charge in charges[1:] if is_there else charges:
                spent = _charged(place, charge, 0, reply.error_code)
                await connection.fetch(_CHARGE_MORE, *spent, *asking(OWN))
            if checkpoint is not None and is_there:
                await connection.fetch(
                    _KEEP_CHECKPOINT,
                    place.conversation_id,
                    place.message_id,
                    checkpoint.assistant_id,
                    checkpoint.request_id,
                    _json_or_null(checkpoint.request),
                    _storable(checkpoint.state),
                )

    async def waiting(self, conversation_id: str) -> Waiting | None:
        """What waits in the conversation, if anything does."""
        rows = await self._driver.rows(_CHECKPOINT, conversation_id, settings=0)
        if not rows:
            return None
        (row,) = rows
        checkpoint = Checkpoint(row["assistant_id"], row["request_id"], json.loads(row["request"]), row["state"])
        place = Place(conversation_id, row["message_id"], row["history_index"])
        question = json.loads(row["interactive_request"] or "null")
        return Waiting(checkpoint, place, json.loads(row["thoughts"]), row["is_last"], question)

    async def reply(self, place: Place) -> StoredReply | None:
        """What is stored there; `None` when it has been deleted."""
        for row in await self._driver.rows(_REPLY, place.conversation_id, place.message_id, settings=0):
            kept = dict(row) | {name: json.loads(row[name] or "[]") for name in ("thoughts", "citations")}
            return StoredReply(**kept)
        return None

    async def take(self, place: Place, again: Sequence[Charge] | None = None) -> bool:
        """Take what waits there, for good; false when somebody else has. `again`: its reply goes on, at this cost."""
        async with self._driver.connection() as connection, connection.transaction():
            taken = await connection.fetch(_TAKE_CHECKPOINT, place.conversation_id, place.message_id)
            if taken and again is not None:
                await connection.fetch(_RUN_AGAIN, place.conversation_id, place.message_id, _ledger(again, 0))
        return bool(taken)

    async def guards(self, project: str) -> str | None:
        """What stands guard over a whole project, for models that are asked without an assistant."""
        (row,) = await self._driver.rows(_GUARDS, project, settings=0)
        guards: str | None = row["guards"]
        return guards

    async def assistant_exists(self, assistant_id: str) -> bool:
        """Is there such an assistant, whoever may see it?"""
        async with self._driver.connection() as connection, connection.transaction():
            await connection.fetch(_TELL, *SYSTEM.values)
            return bool(await connection.fetchval(_ASSISTANT_EXISTS, assistant_id))

    async def version(self, assistant_id: str, number: int) -> dict[str, Any] | None:
        """The versioned fields of an assistant as they were in one of its versions."""
        rows = await self._driver.rows(_VERSION, assistant_id, number, settings=ALL)
        return json.loads(rows[0]["content"]) if rows else None


def _storable(text: str) -> str:
    """PostgreSQL text cannot hold NUL, which a model or a tool may well write."""
    return text.replace("\x00", "")


def _ended(place: Place, reply: FinishedReply, charge: Charge) -> tuple[Any, ...]:
    """The values of `_FINISH`."""
    return (
        *_charged(place, charge, reply.seconds, reply.error_code),
        _storable(reply.message),
        reply.status,
        _json(reply.thoughts),
        _json(reply.citations),
        _json_or_null(reply.interactive_request),
        reply.file_names,
        reply.model,
    )


def _ledger(charges: Sequence[Charge], seconds: float) -> str:
    return _json([charge.as_row(seconds) for charge in charges])


def _charged(place: Place, charge: Charge, seconds: float, error_code: str | None) -> tuple[Any, ...]:
    """The first fourteen values of `_CHARGE`."""
    usage = charge.usage
    return (
        place.conversation_id,
        place.message_id,
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_tokens,
        usage.cache_creation_tokens,
        charge.money,
        seconds,
        charge.user_id,
        charge.project,
        charge.model,
        charge.provider,
        charge.assistant_id,
        error_code,
    )


def _json_or_null(value: dict[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value).replace("\\u0000", "")


def _json(value: list[dict[str, Any]]) -> str:
    return json.dumps(value).replace("\\u0000", "") if value else "[]"
