"""The list of one's conversations in one statement, as the JSON that clients read.

Every page of the web UI and every client begins with it. Through an ORM session it took five round trips and ten times
as long as its SQL; here PostgreSQL writes the answer. What a row looks like is `schemas.ConversationItem`, which the
contract test holds it to.
"""

from codemie.conversations.driver import Driver, numbered
from codemie.kernel.row_security import ALL


def _moment(column: str) -> str:
    """A time as Pydantic writes it."""
    return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


# The ids come from the index alone, so that a deep page does not read the rows before it. `bound.me` is read in the
# inner select, which therefore cannot run before PostgreSQL is told who is asking.
_PAGE = """
SELECT coalesce(json_agg(json_build_object(
    'id', shown.id, 'name', shown.name, 'folder', shown.folder, 'pinned', shown.pinned,
    'date', {update_date}, 'update_date', {update_date},
    'assistant_ids', shown.assistant_ids, 'initial_assistant_id', shown.initial_assistant_id,
    'very_first_msg_at', {first}, 'very_last_msg_at', {last},
    'is_workflow', shown.is_workflow,
    'workflow_id', CASE WHEN shown.is_workflow THEN shown.initial_assistant_id END,
    'conversation_id', CASE WHEN shown.is_workflow THEN shown.id END,
    'assistant_icon', taking.icon, 'assistant_names', coalesce(taking.names, '{{}}'),
    'finished_at', {finished}
) ORDER BY shown.update_date DESC, shown.id DESC), '[]')::text AS items
FROM (SELECT {told}) AS bound (me, token_projects, scope, projects, market)
JOIN LATERAL (
    SELECT id FROM conversations
    WHERE user_id = bound.me AND ($1::boolean IS NULL OR (finished_at IS NOT NULL) = $1)
    ORDER BY update_date DESC, id DESC OFFSET $2 LIMIT $3
) AS place ON true
JOIN conversations AS shown ON shown.id = place.id
LEFT JOIN LATERAL (
    SELECT array_agg(a.name ORDER BY position) AS names, (array_agg(a.icon_url ORDER BY position))[1] AS icon
    FROM unnest(shown.assistant_ids) WITH ORDINALITY AS part (id, position) JOIN assistants AS a ON a.id = part.id
) AS taking ON true
"""
_LIST = numbered(
    _PAGE,
    3,
    ALL,
    update_date=_moment("shown.update_date"),
    first=_moment("shown.first_message_at"),
    last=_moment("shown.last_message_at"),
    finished=_moment("shown.finished_at"),
)


async def page(driver: Driver, *, number: int, size: int, finished: bool | None) -> str:
    """A JSON array of what belongs to whoever is bound, newest activity first.

    Nobody is named: the statement finds the conversations of the person it tells PostgreSQL about, and the wall keeps
    from it those outside a token's projects. That is the policy's rule for conversations, `_PRIVATE`.
    """
    (row,) = await driver.rows(_LIST, finished, number * size, size, settings=ALL)
    return str(row["items"])
