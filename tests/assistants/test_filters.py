"""Filters come from strangers: whatever they send is understood or refused, never a crash."""

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from codemie.assistants.filters import AssistantFilters, Ordering
from codemie.assistants.repository import listing
from codemie.identity.caller import Caller
from codemie.kernel.errors import InvalidInput
from codemie.kernel.http import read_filters

KEYS = st.sampled_from(sorted(AssistantFilters.model_fields))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
CALLER = Caller("u", "u", "u", "u@x", projects=frozenset(["p"]))


@given(st.dictionaries(KEYS | st.text(), VALUES, max_size=4))
def test_any_object_becomes_filters_or_is_refused(sent: dict[str, object]) -> None:
    try:
        filters = read_filters(json.dumps(sent), AssistantFilters)
    except InvalidInput:
        return
    listing(CALLER, "all", filters, Ordering()).page(0, 10, minimal=True).compile(dialect=postgresql.dialect())


@given(st.text())
def test_any_text_becomes_filters_or_is_refused(sent: str) -> None:
    with contextlib.suppress(InvalidInput):
        read_filters(sent, AssistantFilters)


def test_a_date_without_a_zone_is_utc() -> None:
    filters = read_filters('{"created_date": {">=": "2026-01-31T10:00:00"}}', AssistantFilters)
    assert filters.created_date == {">=": datetime(2026, 1, 31, 10, tzinfo=UTC)}


@pytest.mark.parametrize("raw", [None, "", "{}", '{"project": [], "search": "", "shared": null, "unknown": 1}'])
def test_empty_values_filter_nothing(raw: str | None) -> None:
    assert read_filters(raw, AssistantFilters) == AssistantFilters()


def test_twice_encoded_filters_are_understood() -> None:
    assert read_filters("%7B%22search%22%3A%22docs%22%7D", AssistantFilters).search == "docs"
