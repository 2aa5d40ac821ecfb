"""Arguments that models write as text although they are numbers or truth values."""

from typing import Any

import pytest

from codemie.kernel.json_schema import coerced

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}, "x": {"type": "number"}, "on": {"type": "boolean"},
          "name": {"type": "string"}, "any": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}}  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"n": "12"}, {"n": 12}),
        ({"x": "1.5"}, {"x": 1.5}),
        ({"x": "3"}, {"x": 3}),
        ({"on": "true"}, {"on": True}),
        ({"n": "twelve"}, {"n": "twelve"}),
        ({"n": "1.5"}, {"n": "1.5"}),
        ({"n": "true"}, {"n": "true"}),
        ({"on": "1"}, {"on": "1"}),
        ({"name": "12"}, {"name": "12"}),
        ({"name": 12}, {"name": 12}),
        ({"other": "12"}, {"other": "12"}),
    ],
)
def test_only_what_is_plainly_meant_is_read(sent: dict[str, Any], read: dict[str, Any]) -> None:
    assert coerced(SCHEMA, sent) == read
    assert {name: type(value) for name, value in coerced(SCHEMA, sent).items()} == {
        name: type(value) for name, value in read.items()
    }
