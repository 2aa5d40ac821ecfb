"""Conversations and answers as files to take along."""

import asyncio
import base64
import json
import re
from dataclasses import asdict, replace
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations import repository, service
from codemie.conversations.attachment_store import AttachmentStore
from codemie.conversations.attachments import decode_token, mime_type_of
from codemie.conversations.branches import Branches, Place
from codemie.conversations.exporting import running
from codemie.conversations.exporting.documents import Document, Part
from codemie.conversations.pictures import SUFFIXES
from codemie.conversations.schemas import ConversationObject, HistoryItem
from codemie.conversations.service import HistoryPage
from codemie.identity.caller import Caller
from codemie.kernel.errors import InvalidInput, NotFound, Unavailable, Unprocessable
from codemie.kernel.telemetry import get_logger
from codemie.models.catalogue import Models

log = get_logger(__name__)

ConversationFormat = Literal["json", "md", "docx", "pdf"]
AnswerFormat = Literal["md", "docx", "pdf", "pptx"]
MEDIA_TYPES = {
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf",
}
MOST_CHARACTERS = 2_000_000
_MOST_PICTURES = 50
_MOST_PICTURE_BYTES = 20 * 2**20
_SECONDS = 90.0
_AT_ONCE = asyncio.Semaphore(2)


async def conversation_document(
    session: AsyncSession,
    caller: Caller,
    models: Models,
    conversation_id: str,
    page: HistoryPage | None = None,
    through: Place | None = None,
) -> Document:
    """One branch of the caller's conversation, whole or one page of its history.

    Args:
        session: the request's.
        caller: who asks.
        models: those there are, for the names people know them by.
        conversation_id: which one.
        page: which part of it.
        through: the branch goes through this version; else it is the one in which something was said last.

    Raises:
        NotFound: 404, also when there is no such version. EntityAccessDenied: 401, somebody else's.
        Unprocessable: 422, too long for a document.
    """
    whole = await service.read(session, caller, conversation_id, page)
    names = {data.assistant_id: data.assistant_name for data in whole.assistant_data}
    parts = tuple(_part(whole, item, names, models) for item in _branch(whole, through) if item.message)
    return _bounded(Document(whole.conversation_name or "Conversation", parts))


async def answer_document(
    session: AsyncSession, caller: Caller, models: Models, conversation_id: str, history_index: int, variant: int
) -> Document:
    """One answer of the caller's conversation.

    Args:
        session: the request's.
        caller: who asks.
        models: those there are, for the names people know them by.
        conversation_id: in which conversation.
        history_index: which turn.
        variant: which of its variants, from 0.

    Raises:
        NotFound: 404. EntityAccessDenied: 401, somebody else's. Unprocessable: 422, too long for a document.
    """
    conversation = await service.get_conversation(session, caller, conversation_id)
    stored = await repository.turn(session, conversation_id, history_index)
    variants = sorted({message.variant for message in stored})
    chosen = variants[variant] if variant < len(variants) else None
    answer = next((row for row in stored if row.variant == chosen and row.role == "Assistant"), None)
    if answer is None:
        raise NotFound(
            "Message not found",
            details=f"The conversation [{conversation_id}] has no answer {variant} in turn {history_index}.",
        )
    item = service.history_item(answer)
    part = Part("", item.message, _sources(item), _pictures(item), _written_by(item, models))
    return _bounded(Document(conversation.name or "Answer", (part,)))


async def illustrated(store: AttachmentStore, caller: Caller, document: Document) -> Document:
    """The document with its pictures in place of their tokens: the caller's own, as many as a document holds."""
    room, places = _MOST_PICTURE_BYTES, _MOST_PICTURES
    parts: list[Part] = []
    for part in document.parts:
        shown: list[str] = []
        for token in part.pictures[:places]:
            content = await _own_picture(store, caller, token, room)
            if content:
                room -= len(content)
                shown.append(f"data:{decode_token(token).mime_type};base64,{base64.b64encode(content).decode()}")
        places -= len(part.pictures[:places])
        parts.append(replace(part, pictures=tuple(shown)))
    return replace(document, parts=tuple(parts))


async def _own_picture(store: AttachmentStore, caller: Caller, token: str, room: int) -> bytes | None:
    """The bytes of a picture; None when it is gone, somebody else's, or more than there is room for."""
    file = decode_token(token)
    if file.owner != caller.id or not 0 < await store.size(file.owner, file.name) <= room:
        return None
    return await store.read(file.owner, file.name)


def markdown_file(document: Document) -> bytes:
    """The document as Markdown: what was said, as it was said."""
    lines = [f"# {_one_line(document.title)}"]
    for part in document.parts:
        if part.heading:
            lines += ["", f"## {_one_line(part.heading)}"]
        lines += ["", part.markdown]
        if part.attached:
            lines += ["", f"*{_one_line(part.attached)}*"]
        for picture in part.pictures:
            lines += ["", f"![Picture]({picture})"]
        if part.written_by:
            lines += ["", f"*{_one_line(part.written_by)}*"]
        if part.sources:
            lines += ["", "Sources:", "", *(f"- {_one_line(source)}" for source in part.sources)]
    return ("\n".join(lines) + "\n").encode()


async def file_of(document: Document, wanted: str) -> bytes:
    """The document in a format, made in a process of its own that is given a minute and a half.

    Raises:
        Unprocessable: 422, it cannot be made, or not in time.
        Unavailable: 503, too many are being made.
    """
    if wanted == "md":
        return markdown_file(document)
    order = json.dumps({"format": wanted, "document": asdict(document)}).encode()
    try:
        async with asyncio.timeout(_SECONDS):
            await _AT_ONCE.acquire()
    except TimeoutError as error:
        raise Unavailable("Too many documents are being made", retry_after=30) from error
    try:
        return await _made(order, wanted)
    finally:
        _AT_ONCE.release()


async def _made(order: bytes, wanted: str) -> bytes:
    try:
        made = await running.run("codemie.conversations.exporting.process", order, _SECONDS)
    except TimeoutError as error:
        raise _failed(wanted, "It takes too long.") from error
    if made.status != 0:
        log.warning("export_failed", format=wanted, problem=made.problems[-2000:])
        raise _failed(wanted, "The text cannot be set in this format.")
    return made.output


def _failed(wanted: str, why: str) -> Unprocessable:
    return Unprocessable(
        f"The {wanted.upper()} file cannot be made", details=why, help="Export as Markdown or JSON, or export less."
    )


def _bounded(document: Document) -> Document:
    length = sum(len(part.markdown) for part in document.parts)
    if length > MOST_CHARACTERS:
        raise Unprocessable(
            "The conversation is too long for a document",
            details=f"It has {length} characters; documents hold at most {MOST_CHARACTERS}.",
            help="Export it as JSON, or single answers.",
        )
    return document


def _branch(whole: ConversationObject, through: Place | None) -> list[HistoryItem]:
    items = [(item.history_index or 0, item) for item in whole.history]
    branches = Branches((index, item.variant, item.parent_variant) for index, item in items)
    if through is not None and through not in branches:
        raise NotFound(
            "Message not found",
            details=f"The conversation [{whole.id}] has no version {through[1]} of turn {through[0]}.",
        )
    path = branches.through(through) if through else branches.newest()
    items.sort(key=lambda placed: placed[0])
    return [item for index, item in items if path.get(index) == item.variant]


def _part(whole: ConversationObject, item: HistoryItem, names: dict[str, str], models: Models) -> Part:
    who = whole.user_name if item.role == "User" else names.get(item.assistant_id or "", "Assistant")
    when = f" · {item.date:%Y-%m-%d %H:%M} UTC" if item.date else ""
    return Part(f"{who}{when}", item.message, _sources(item), _pictures(item), _written_by(item, models), _files(item))


def _written_by(item: HistoryItem, models: Models) -> str:
    """Which model wrote an answer, by the name people know; by the stored one where the model is gone."""
    if not item.llm_model or item.role != "Assistant":
        return ""
    known = models.find(item.llm_model, "chat")
    return f"Written by {known.label if known else item.llm_model}"


def _pictures(item: HistoryItem) -> tuple[str, ...]:
    """The tokens of pictures that tools gave back for an answer."""
    return tuple(filter(_is_picture, item.file_names)) if item.role == "Assistant" else ()


def _files(item: HistoryItem) -> tuple[str, ...]:
    """The names of what a person attached."""
    return tuple(filter(None, map(_file_name, item.file_names))) if item.role == "User" else ()


def _file_name(token: str) -> str:
    try:
        return decode_token(token).name
    except InvalidInput:
        return ""


def _is_picture(token: str) -> bool:
    try:
        file = decode_token(token)
    except InvalidInput:
        return False
    return file.is_plain and mime_type_of(file.name) == file.mime_type and file.mime_type in SUFFIXES


def _sources(item: HistoryItem) -> tuple[str, ...]:
    return tuple(_source(citation) for citation in item.citations)


def _source(citation: dict[str, Any]) -> str:
    place = [str(citation.get("title") or ""), f"{citation.get('index_name')}: {citation.get('source')}"]
    if page := citation.get("page"):
        place.append(f"page {page}")
    if line := citation.get("start_line"):
        place.append(f"lines {line}–{citation.get('end_line') or line}")
    return f"[{citation.get('number')}] {', '.join(part for part in place if part)}"


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
