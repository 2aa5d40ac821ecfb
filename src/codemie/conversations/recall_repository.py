"""SQL of what a model is shown of long conversations: tool calls of earlier replies, and summaries."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ARRAY, Integer, delete, exists, func, insert, literal, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.agents.request import PastCall
from codemie.conversations.branches import Place
from codemie.conversations.history import SEARCH_CALL, SUMMARY_CALL, StoredCall
from codemie.conversations.tables import ConversationMessage, ConversationSummary
from codemie.kernel.database import utcnow

MOST_RESULT_CHARACTERS = 20_000
"""Of one tool's result, as it is replayed."""
_MOST_CALLS = 40
"""Of one reply, the last."""

# Calls of sub-assistants' own tools are theirs: the model never saw them.
_CALLS = text(
    """
    SELECT m.id, t.thought->>'id' AS call_id, t.thought->'metadata'->>'tool_name' AS name,
           t.thought->'metadata'->'tool_args' AS arguments, t.thought->'metadata'->>'result_summary' AS summary,
           CASE WHEN m.id = ANY(:whole) THEN left(t.thought->>'message', :most) END AS result,
           CASE WHEN m.id = ANY(:whole) THEN t.thought->'metadata'->'image_artifacts' END AS pictures
    FROM conversation_messages m, jsonb_array_elements(m.thoughts) WITH ORDINALITY AS t(thought, place)
    WHERE m.conversation_id = :conversation AND m.id = ANY(:replies)
      AND t.thought->'metadata'->>'replay_type' = 'tool' AND t.thought->>'parent_id' IS NULL
      AND t.thought->'metadata'->>'tool_name' <> ALL(:ours) AND NOT (t.thought->>'interrupted')::boolean
    ORDER BY m.id, t.place
    """
)


@dataclass(frozen=True, slots=True)
class Said:
    """A message that a summary is made of."""

    role: str
    message: str


async def calls(
    session: AsyncSession, conversation_id: str, replies: Sequence[int], whole: Sequence[int]
) -> dict[int, list[StoredCall]]:
    """The tool calls of some replies, in the order `replies` has; results in full of those in `whole`."""
    values = {
        "conversation": conversation_id,
        "replies": list(replies),
        "whole": list(whole),
        "most": MOST_RESULT_CHARACTERS,
        "ours": [SUMMARY_CALL, SEARCH_CALL],
    }
    found: dict[int, list[StoredCall]] = {reply: [] for reply in replies}
    for row in await session.execute(_CALLS, values):
        call = PastCall(row.call_id, row.name, dict(row.arguments or {}), "")
        result, pictures = row.result and row.result.rstrip(), tuple(_tokens(row.pictures))
        found[row.id].append(StoredCall(call, row.summary or "", result, pictures))
    return {reply: made[-_MOST_CALLS:] for reply, made in found.items() if made}


def _tokens(pictures: object) -> Iterator[str]:
    """The addresses among what a thought says of its pictures; clients may have brought it in: it may be anything."""
    for picture in cast("list[object]", pictures) if isinstance(pictures, list) else ():
        token = cast("dict[str, object]", picture).get("file_url") if isinstance(picture, dict) else None
        if isinstance(token, str):
            yield token


async def summary(
    session: AsyncSession, conversation_id: str, path: Mapping[int, int], through: int
) -> ConversationSummary | None:
    """The one that reaches furthest in a branch, up to a turn; `path` has the versions of turns that have several."""
    key = (ConversationSummary.through_index, ConversationSummary.variant)
    known = (
        select(*key)
        .where(ConversationSummary.conversation_id == conversation_id, ConversationSummary.through_index <= through)
        .order_by(ConversationSummary.through_index.desc())
    )
    for last, variant in (await session.execute(known)).all():
        if path.get(last, 0) == variant:
            return await session.get(ConversationSummary, (conversation_id, last, variant))
    return None


async def said(
    session: AsyncSession, conversation_id: str, after: int, through: int, path: Mapping[int, int], most: int
) -> tuple[list[Said], int]:
    """Some turns of a branch, each message cut at `most` characters; and the newest message of any up to their last."""
    message = ConversationMessage
    up_to_last = (message.conversation_id == conversation_id, message.history_index <= through)
    chosen = (
        func.unnest(literal(list(path), ARRAY(Integer)), literal(list(path.values()), ARRAY(Integer)))
        .table_valued("turn", "version")
        .render_derived()
    )
    statement = (
        select(message.role, func.left(message.message, most), message.status)
        .outerjoin(chosen, chosen.c.turn == message.history_index)
        .where(*up_to_last, message.history_index > after, message.variant == func.coalesce(chosen.c.version, 0))
        .order_by(message.history_index, message.id)
    )
    found = (await session.execute(statement)).all()
    newest = await session.scalar(select(func.max(message.id)).where(*up_to_last))
    return [Said(role, words) for role, words, status in found if words and status != "failed"], newest or 0


async def keep(session: AsyncSession, conversation_id: str, through: Place, newest: int, words: str) -> None:
    """Store the summary of a branch up to a turn, unless something up to there has been said anew since."""
    message = ConversationMessage
    said_anew = exists().where(
        message.conversation_id == conversation_id, message.history_index <= through[0], message.id > newest
    )
    values: dict[str, Any] = {
        "conversation_id": conversation_id,
        "through_index": through[0],
        "variant": through[1],
        "text": words.replace("\x00", ""),
        "date": utcnow(),
    }
    there = exists().where(
        ConversationSummary.conversation_id == conversation_id,
        ConversationSummary.through_index == through[0],
        ConversationSummary.variant == through[1],
    )
    chosen = select(*(literal(value) for value in values.values())).where(~said_anew, ~there)
    await session.execute(insert(ConversationSummary).from_select(list(values), chosen))


async def forget(session: AsyncSession, conversation_id: str, from_index: int = 0) -> None:
    """Drop the summaries that say something of a turn that changes, or of later ones."""
    await session.execute(
        delete(ConversationSummary).where(
            ConversationSummary.conversation_id == conversation_id, ConversationSummary.through_index >= from_index
        )
    )
