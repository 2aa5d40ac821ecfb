"""SQL that settles what dead processes left: their replies end as interrupted and are charged."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations.tables import Conversation, ConversationMessage

# One statement, so that a reply ends and is charged together. Rows that somebody else settles, or still writes, are
# skipped: they are locked, or `running` no longer, or have beaten again.
_SETTLE = """
WITH stale AS MATERIALIZED (
    SELECT conversation_id, id, coalesce(unsettled, '[]') AS unsettled
    FROM conversation_messages
    WHERE status = 'running' AND update_date < now() - make_interval(secs => :seconds)
      AND (CAST(:ids AS text[]) IS NULL OR conversation_id = ANY (CAST(:ids AS text[])))
    ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
), charge AS MATERIALIZED (
    SELECT stale.conversation_id, stale.id, one.*
    FROM stale, jsonb_to_recordset(stale.unsettled) AS one (
        user_id text, project text, assistant_id text, model text, provider text, input_tokens bigint,
        output_tokens bigint, cache_read_tokens bigint, cache_creation_tokens bigint, cost float8, duration_ms int)
), total AS (
    SELECT stale.conversation_id, stale.id, coalesce(sum(input_tokens), 0) AS input_tokens,
           coalesce(sum(output_tokens), 0) AS output_tokens, coalesce(sum(cache_read_tokens), 0) AS cache_read_tokens,
           coalesce(sum(cache_creation_tokens), 0) AS cache_creation_tokens, coalesce(sum(cost), 0) AS cost
    FROM stale LEFT JOIN charge USING (conversation_id, id)
    GROUP BY stale.conversation_id, stale.id
), ended AS (
    UPDATE conversation_messages AS m SET
        status = 'interrupted',
        input_tokens = coalesce(m.input_tokens, 0) + total.input_tokens,
        output_tokens = coalesce(m.output_tokens, 0) + total.output_tokens,
        cache_read_input_tokens = coalesce(m.cache_read_input_tokens, 0) + total.cache_read_tokens,
        cache_creation_input_tokens = coalesce(m.cache_creation_input_tokens, 0) + total.cache_creation_tokens,
        money_spent = coalesce(m.money_spent, 0) + total.cost
    FROM total WHERE m.conversation_id = total.conversation_id AND m.id = total.id
), ledger AS (
    INSERT INTO model_usage (date, kind, conversation_id, user_id, project, assistant_id, model, provider, input_tokens,
                             output_tokens, cache_read_tokens, cache_creation_tokens, cost, duration_ms)
    SELECT now(), 'chat', conversation_id, user_id, project, assistant_id, model, provider, input_tokens,
           output_tokens, cache_read_tokens, cache_creation_tokens, cost, duration_ms
    FROM charge
)
SELECT count(*) FROM stale
"""


async def running(session: AsyncSession, *wanted: ColumnElement[bool]) -> Sequence[str]:
    """Conversations in which a reply is being written, or was left behind, among those that are wanted."""
    statement = (
        select(ConversationMessage.conversation_id)
        .join(Conversation, Conversation.id == ConversationMessage.conversation_id)
        .where(text("conversation_messages.status = 'running'"), *wanted)
    )
    return (await session.scalars(statement.distinct())).all()


async def settle(session: AsyncSession, stale_seconds: float, most: int, ids: Sequence[str] | None = None) -> int:
    """End and charge replies that nobody has worked on for so long; how many those were.

    Args:
        session: the transaction.
        stale_seconds: since when nobody has.
        most: how many at once.
        ids: in which conversations; `None` means all.
    """
    values = {"seconds": stale_seconds, "most": most, "ids": None if ids is None else list(ids)}
    return int(await session.scalar(text(_SETTLE), values) or 0)
