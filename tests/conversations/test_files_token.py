"""The file address: its exact form, and that nothing else is taken for one."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.conversations.attachments import FileToken, decode_token, serving_of
from codemie.kernel.errors import InvalidInput

parts = st.text(min_size=1).filter(lambda text: text.isprintable() or "~" in text)


def test_a_token_has_the_form_clients_build_themselves() -> None:
    expected = base64.b64encode(b"10~text/plain2~u15~a.txt").decode()
    assert FileToken("text/plain", "u1", "a.txt").encode() == expected
    assert decode_token(expected) == FileToken("text/plain", "u1", "a.txt")


def test_tokens_of_the_older_form_are_read() -> None:
    older = base64.b64encode(b"text/plain_u1_my_notes.txt").decode()
    assert decode_token(older) == FileToken("text/plain", "u1", "my_notes.txt")


@given(parts, parts, parts)
def test_any_three_parts_survive_the_round_trip(mime_type: str, owner: str, name: str) -> None:
    token = FileToken(mime_type, owner, name)
    assert decode_token(token.encode()) == token


@given(st.text())
def test_any_text_is_a_token_or_refused(text: str) -> None:
    try:
        token = decode_token(text)
    except InvalidInput:
        return
    assert token.owner
    assert token.name


@pytest.mark.parametrize(
    "text",
    ["", "not base64", "YQ=", "/w==", base64.b64encode(b"99~x").decode(), base64.b64encode(b"1~a1~b1~cX").decode()],
)
def test_malformed_tokens_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        decode_token(text)


@pytest.mark.parametrize(
    ("name", "start", "media_type", "inline"),
    [
        ("picture.png", b"", "image/png", True),
        ("paper.pdf", b"", "application/pdf", True),
        ("page.html", b"", "text/html", False),
        ("drawing.svg", b"", "image/svg+xml", False),
        ("data.xml", b"", "application/octet-stream", False),
        ("code.js", b"", "text/plain", False),
        ("unknown", b"<html><script>", "text/plain", False),
        ("unknown", b"\x00\x01", "application/octet-stream", False),
        ("table.xlsx", b"", "application/octet-stream", False),
        ("notes.txt", b"<script>", "application/octet-stream", False),
    ],
)
def test_what_a_browser_could_run_is_never_shown_inline(
    name: str, start: bytes, media_type: str, *, inline: bool
) -> None:
    serving = serving_of(name, start)
    assert (serving.media_type, serving.inline) == (media_type, inline)
