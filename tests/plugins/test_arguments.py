"""Arguments of plugin tools as they are sent."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from codemie.plugins.arguments import written

TEXTS = st.text(max_size=20)  # halves of characters among them: models write those, too
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_the_agent_reads_what_the_model_wrote(arguments: dict[str, Any]) -> None:
    assert json.loads(written(arguments)) == arguments
