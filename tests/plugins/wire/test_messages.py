"""The bytes of a call: the golden ones of the official agent, and whatever else may arrive."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.plugins.wire.messages import (
    GET,
    RUN,
    CallAnswer,
    CallRequest,
    CallTerms,
    MalformedMessage,
    decode_answer,
    decode_request,
    encode_answer,
    encode_request,
)
from codemie.plugins.wire.results import read_answer

SUBJECT = "key-1.531b8ca1-0025-4f0d-92c8-5b0ee72ea125.default._add"
# Recorded between the official agent 0.2.0 and a NATS server.
REQUEST = bytes.fromhex(
    "0a3b0a376b65792d312e35333162386361312d303032352d346630642d393263382d3562306565373265613132352e64656661756c74"
    "2e5f616464100112140a1232107b2261223a20322c202262223a20337d"
)
ANSWER = bytes.fromhex(
    "0a3b0a376b65792d312e35333162386361312d303032352d346630642d393263382d3562306565373265613132352e64656661756c74"
    "2e5f616464100112630a61225f5b7b2274797065223a20226d65746164617461222c20226d65746164617461223a207b226d63705f74"
    "68726f7567685f706c7567696e223a20747275657d7d2c207b2274797065223a202274657874222c202274657874223a202235227d5d"
)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)


def test_a_request_is_the_one_the_official_agent_reads() -> None:
    assert encode_request(SUBJECT, '{"a": 2, "b": 3}') == REQUEST


def test_an_answer_is_the_one_the_official_agent_writes() -> None:
    answer = decode_answer(ANSWER)

    assert answer.subject == SUBJECT
    assert read_answer(answer, "_add").text == "5"
    assert encode_answer(answer) == ANSWER


def test_a_get_of_the_legacy_protocol_is_told_from_a_run() -> None:
    legacy = decode_request(bytes.fromhex("0a050a03") + b"a.b")

    assert (legacy.handler, legacy.subject, legacy.query) == (GET, "a.b", None)
    assert decode_request(REQUEST).handler == RUN


def test_an_error_is_read_from_either_place() -> None:
    of_the_service = b"\x0a\x02\x10\x01" + b"\x1a\x04boom"

    assert decode_answer(of_the_service).error == "boom"
    assert decode_answer(encode_answer(CallAnswer(SUBJECT, error="kaput"))).error == "kaput"


def test_unknown_fields_are_skipped() -> None:
    unknown = b"\xba\x3e\x03new"  # field 999, three bytes

    assert decode_request(unknown + REQUEST + unknown) == decode_request(REQUEST)
    assert decode_answer(unknown + ANSWER + unknown) == decode_answer(ANSWER)


@pytest.mark.parametrize("payload", [b"", b"\x0a", b"\xff\xff", b"not protobuf", ANSWER[:-1], b"\x0a\x02\x0a\x00"])
def test_an_answer_that_is_none_is_refused(payload: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode_answer(payload)


@given(subject=TEXTS, query=TEXTS)
def test_a_request_comes_back_as_it_went(subject: str, query: str) -> None:
    request = decode_request(encode_request(subject, query))

    assert (request.subject, request.query, request.handler) == (subject, query, RUN)


@given(terms=st.builds(CallTerms, TEXTS, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)), query=TEXTS)
def test_what_ours_adds_to_a_request_is_only_added(terms: CallTerms, query: str) -> None:
    plain, ours = encode_request(SUBJECT, query), encode_request(SUBJECT, query.encode(), terms)

    assert decode_request(ours) == CallRequest(SUBJECT, RUN, query, terms)
    assert decode_request(plain).terms == CallTerms()
    assert encode_request(SUBJECT, query, CallTerms()) == plain


@given(st.builds(CallAnswer, TEXTS, result=TEXTS) | st.builds(CallAnswer, TEXTS, error=TEXTS))
def test_an_answer_comes_back_as_it_went(answer: CallAnswer) -> None:
    assert decode_answer(encode_answer(answer)) == answer


@given(st.binary(max_size=400), st.integers(0, len(ANSWER)))
def test_no_bytes_do_more_than_be_refused(noise: bytes, cut: int) -> None:
    for payload in (noise, ANSWER[:cut] + noise, noise + ANSWER[cut:]):
        for decode in (decode_answer, decode_request):
            with suppress(MalformedMessage):
                decode(payload)
