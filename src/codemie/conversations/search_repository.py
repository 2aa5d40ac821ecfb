"""SQL of searching what was said.

Two ways, because neither is fast for everybody. The newest conversations of a person are walked until enough match:
quick for words that are everywhere and for people with a few thousand conversations. What is older is found through the
full-text index, which is quick for rare words however much there is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, literal, or_, select
from sqlalchemy.dialects.postgresql import REGCONFIG, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations.repository import COLUMNS
from codemie.conversations.tables import Conversation, ConversationFolder, ConversationMessage
from codemie.identity.caller import Caller
from codemie.identity.policy import readable_filter

_WALKED = 2_000
_HITS = 20_000
_MOST_WORDS = 10
_HEADLINE = 'StartSel="", StopSel="", MaxWords=24, MinWords=12, MaxFragments=1'
_NEWEST = (Conversation.update_date.desc(), Conversation.id.desc())


def text_query(wanted: str) -> str | None:
    """The search text as a `tsquery`: every word, the last one maybe unfinished; None when there is no word in it."""
    words = re.findall(r"\w+", wanted)[:_MOST_WORDS]
    return " & ".join([*words[:-1], f"{words[-1]}:*"]) if words else None


async def conversations(session: AsyncSession, caller: Caller, wanted: str, limit: int) -> Sequence[Conversation]:
    """The caller's conversations whose name contains the text or in which a message has all its words; newest first."""
    walked = select(Conversation.id).where(readable_filter(caller, COLUMNS)).order_by(*_NEWEST).limit(_WALKED)
    near = walked.subquery()
    query = text_query(wanted)
    statement = (
        select(Conversation)
        .join(near, near.c.id == Conversation.id)
        .where(or_(_named(wanted), _said_in(query)) if query else _named(wanted))
        .order_by(*_NEWEST)
        .limit(limit)
    )
    found = list((await session.scalars(statement)).all())
    if len(found) < limit and await session.scalar(_edge(caller)) is not None:
        known = {row.id for row in found}
        # One that stands on the edge is found from both sides.
        far = await session.scalars(_far(caller, wanted, query, limit))
        found += [row for row in far if row.id not in known]
    return found[:limit]


def _edge(caller: Caller) -> Select[str]:
    """The first conversation that was not walked."""
    return select(Conversation.id).where(readable_filter(caller, COLUMNS)).order_by(*_NEWEST).offset(_WALKED).limit(1)


def _far(caller: Caller, wanted: str, query: str | None, limit: int) -> Select[Conversation]:
    edge = (
        select(Conversation.update_date)
        .where(readable_filter(caller, COLUMNS))
        .order_by(*_NEWEST)
        .offset(_WALKED)
        .limit(1)
        .scalar_subquery()
    )
    matches = _named(wanted)
    if query:
        # Theirs alone are counted: a word that everybody uses would fill the limit with what others said.
        theirs = (
            select(ConversationMessage.conversation_id)
            .join(Conversation, Conversation.id == ConversationMessage.conversation_id)
            .where(readable_filter(caller, COLUMNS), ConversationMessage.tsv.bool_op("@@")(_tsquery(query)))
            .limit(_HITS)
            .correlate(None)
        )
        matches = or_(matches, Conversation.id.in_(theirs))
    return (
        select(Conversation)
        .where(readable_filter(caller, COLUMNS), Conversation.update_date <= edge, matches)
        .order_by(*_NEWEST)
        .limit(limit)
    )


def _named(wanted: str) -> ColumnElement[bool]:
    return Conversation.name.icontains(wanted, autoescape=True)


def _said_in(query: str) -> ColumnElement[bool]:
    return (
        select(ConversationMessage.id)
        .where(
            ConversationMessage.conversation_id == Conversation.id,
            ConversationMessage.tsv.bool_op("@@")(_tsquery(query)),
        )
        .exists()
    )


def _tsquery(query: str) -> ColumnElement[str]:
    return func.to_tsquery(literal("simple").cast(REGCONFIG), query)


@dataclass(frozen=True, slots=True)
class Hit:
    """The newest message of a conversation in which something was found: its turn, and the words around."""

    history_index: int
    variant: int
    excerpt: str


async def hits(session: AsyncSession, caller: Caller, wanted: str, found: Sequence[str]) -> dict[str, Hit]:
    """Where it was said, by the id of the conversation; conversations found by their name alone are left out."""
    query = text_query(wanted)
    if query is None or not found:
        return {}
    message = ConversationMessage
    newest = (
        select(message.conversation_id, message.history_index, message.variant, message.message)
        .join(Conversation, Conversation.id == message.conversation_id)
        .where(readable_filter(caller, COLUMNS), message.conversation_id.in_(found))
        .where(message.tsv.bool_op("@@")(_tsquery(query)))
        .ext(distinct_on(message.conversation_id))
        .order_by(message.conversation_id, message.id.desc())
        .subquery()
    )
    simple = literal("simple").cast(REGCONFIG)
    # What is beyond the searched part of a message cannot have matched either.
    excerpt = func.ts_headline(simple, func.left(newest.c.message, 100_000), _tsquery(query), _HEADLINE)
    rows = await session.execute(select(newest.c.conversation_id, newest.c.history_index, newest.c.variant, excerpt))
    return {conversation: Hit(index, variant, " ".join(words.split())) for conversation, index, variant, words in rows}


async def folders(session: AsyncSession, caller: Caller, wanted: str, limit: int) -> Sequence[ConversationFolder]:
    """The caller's folders whose name contains the text, newest first."""
    statement = (
        select(ConversationFolder)
        .where(
            ConversationFolder.user_id == caller.id,
            ConversationFolder.folder_name.icontains(wanted, autoescape=True),
        )
        .order_by(ConversationFolder.update_date.desc())
        .limit(limit)
    )
    return (await session.scalars(statement)).all()
