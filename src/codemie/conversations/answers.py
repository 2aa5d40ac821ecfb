"""What a person answers to a question of the assistant, and whether it is an answer to what was asked."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from pydantic import ValidationError

from codemie.conversations.chat_schemas import InteractiveResponse
from codemie.conversations.surfaces import (
    MOST_BYTES,
    ButtonElement,
    CheckboxElement,
    DatePickerElement,
    DropdownElement,
    FieldElement,
    MultipleChoiceElement,
    Surface,
    TextFieldElement,
    flat,
    matcher,
    stored_surface,
)
from codemie.conversations.turn_records import Waiting
from codemie.conversations.turn_repository import TurnRepository
from codemie.kernel.errors import Unprocessable

Payload = dict[str, Any]

_EMAIL = matcher(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
"""As much as can be told of an address without writing to it."""


async def asked(
    turns: TurnRepository, assistant_id: str, conversation_id: str, response: InteractiveResponse | None
) -> Waiting | None:
    """The question that is answered, if one is. The conversation must be the caller's own.

    Raises:
        Unprocessable: nothing like it was asked, or the answer does not fit.
    """
    if response is None:
        return None
    waiting = await turns.waiting(conversation_id)
    if waiting is None or waiting.question is None or not waiting.is_last:
        raise not_asked()
    if (waiting.checkpoint.request_id, waiting.checkpoint.assistant_id) != (response.request_id, assistant_id):
        raise not_asked()
    check_answer(stored_surface(waiting.question), response)
    return waiting


def not_asked() -> Unprocessable:
    """The refusal of an answer to a question that nobody asked, or that has been answered."""
    return Unprocessable(
        "Unknown interactive request",
        details="Nothing with this request_id waits for an answer to this assistant in this conversation.",
        help="Each question is answered once, and no more after the conversation has gone on.",
    )


def check_answer(surface: Surface, response: InteractiveResponse) -> None:
    """See that the answer fits the question.

    Raises:
        Unprocessable: it does not.
    """
    try:
        if len(json.dumps(response.payload).encode()) > MOST_BYTES:
            raise ValueError(f"An answer may have {MOST_BYTES} bytes.")
        _check(surface, response.kind, response.payload)
    except ValueError as error:
        raise Unprocessable("The answer does not fit the question", details=str(error)) from error


def told(response: InteractiveResponse, text: str) -> str:
    """The answer as the model reads it: what was chosen, and what the person wrote along with it."""
    said = {"text": text} if text else {}
    return json.dumps({"kind": response.kind, **response.payload} | said, ensure_ascii=False)


def _check(surface: Surface, kind: str, payload: Payload) -> None:
    elements = list(flat(surface))
    fields = [element for element in elements if isinstance(element, FieldElement)]
    buttons = {element.id for element in elements if isinstance(element, ButtonElement)}
    match kind:
        case "action":
            _pressed(buttons, payload)
        case "choice":
            chosen = [field for field in fields if isinstance(field, MultipleChoiceElement | DropdownElement)]
            _field(_the_one(chosen, payload), payload)
        case "form":
            _form(fields, payload)
        case "submit":
            _pressed(buttons, payload)
            _form(fields, payload)
        case _:
            if not _is_text(payload.get("text")):
                raise ValueError("payload.text must hold what the person wrote.")


def _pressed(buttons: set[str], payload: Payload) -> None:
    if payload.get("id") not in buttons:
        raise ValueError("payload.id must be the id of a button that was shown.")


def _the_one(choices: Sequence[FieldElement], payload: Payload) -> FieldElement:
    """The choice that is answered; its id may be left out where there is one only."""
    wanted = payload.get("id", choices[0].id if len(choices) == 1 else None)
    for choice in choices:
        if choice.id == wanted:
            return choice
    raise ValueError("payload.id must be the id of a choice that was shown.")


def _form(fields: Sequence[FieldElement], payload: Payload) -> None:
    values = payload.get("values", {})
    if not fields or not isinstance(values, dict):
        raise ValueError("payload.values must hold the answers by the ids of the fields that were shown.")
    answers = cast("Payload", values)
    if unknown := answers.keys() - {field.id for field in fields}:
        raise ValueError(f"'{min(unknown)}' is no field that was shown.")
    for field in fields:
        answer = answers.get(field.id)
        _field(field, cast("Payload", answer) if isinstance(answer, dict) else {"value": answer})


def _field(field: FieldElement, answer: Payload) -> None:
    value = answer.get("value")
    match field:
        case MultipleChoiceElement():
            _selected(field, answer.get("selected"))
        case CheckboxElement():
            _checked(field, value)
        case TextFieldElement() if not value:
            _left_out(field.id, value, required=field.validation is not None and field.validation.required)
        case DropdownElement() | DatePickerElement() if not value:
            _left_out(field.id, value, required=field.required)
        case TextFieldElement():
            _written(field, value)
        case DropdownElement():
            if value not in [option.value for option in field.options]:
                raise ValueError(f"'{field.id}' must be one of its options.")
        case DatePickerElement():
            _day(field, value)


def _left_out(name: str, value: object, *, required: bool) -> None:
    if value not in (None, ""):
        raise ValueError(f"'{name}' must be text.")
    if required:
        raise ValueError(f"'{name}' must be answered.")


def _selected(field: MultipleChoiceElement, selected: object) -> None:
    known = {option.value for option in field.options}
    chosen = cast("list[object]", selected) if isinstance(selected, list) else []
    if not chosen or not all(isinstance(value, str) and value in known for value in chosen):
        raise ValueError(f"'{field.id}' needs `selected`, a list of some of its options.")
    if len(chosen) > field.max_allowed_selections or len(set(chosen)) < len(chosen):
        raise ValueError(f"'{field.id}' takes {field.max_allowed_selections} of its options, each once.")


def _checked(field: CheckboxElement, value: object) -> None:
    if value not in (None, True, False):
        raise ValueError(f"'{field.id}' must be true or false.")
    if value is not True and field.validation is not None and field.validation.required:
        raise ValueError(f"'{field.id}' must be checked.")


def _written(field: TextFieldElement, value: object) -> None:
    if not _is_text(value):
        raise ValueError(f"'{field.id}' must be text.")
    rules = field.validation
    if rules is None:
        return
    try:
        if rules.email:
            _EMAIL.validate_python(value)
        if rules.regex is not None:
            matcher(rules.regex).validate_python(value)
    except ValidationError as error:
        wanted = "an e-mail address" if rules.email else f"text that matches {rules.regex}"
        raise ValueError(f"'{field.id}' must be {wanted}.") from error


def _day(field: DatePickerElement, value: object) -> None:
    try:
        day = date.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError(f"'{field.id}' must be a date, YYYY-MM-DD.") from error
    if (field.min and day < field.min) or (field.max and day > field.max):
        raise ValueError(f"'{field.id}' must be within its bounds.")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\x00" not in value
