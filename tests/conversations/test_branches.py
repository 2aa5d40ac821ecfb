"""Which version of each turn belongs together: the rules, against a plain reading of them."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from codemie.conversations import history
from codemie.conversations.branches import Branches, Place
from codemie.conversations.turn_records import StoredItem


@dataclass
class Conversation:
    """Questions as people ask them: on some branch, as its next turn or as another version of one of its turns."""

    messages: list[tuple[int, int, int | None]]
    paths: dict[Place, tuple[Place, ...]]

    def ask(self, path: tuple[Place, ...]) -> None:
        index = len(path)
        variant = sum(turn == index for turn, _ in self.paths)
        self.messages.append((index, variant, path[-1][1] if path else None))
        self.paths[index, variant] = (*path, (index, variant))


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    made = Conversation([], {})
    for _ in range(draw(st.integers(1, 40))):
        path = draw(st.sampled_from([(), *made.paths.values()]))
        made.ask(path[: draw(st.integers(0, len(path)))])
    return made


@given(conversations())
def test_a_branch_is_what_was_asked_one_after_the_other(conversation: Conversation) -> None:
    branches = Branches(conversation.messages)
    for place, path in conversation.paths.items():
        assert tuple(sorted(branches.path_to(place).items())) == path
        assert branches.versions(place[0]) == sorted(
            variant for turn, variant in conversation.paths if turn == place[0]
        )


@given(conversations())
def test_the_newest_branch_ends_with_what_was_said_last(conversation: Conversation) -> None:
    index, variant, _ = conversation.messages[-1]
    newest = Branches(conversation.messages).newest()
    assert tuple(sorted(newest.items())) == conversation.paths[index, variant]


@given(conversations(), st.data())
def test_a_branch_through_a_version_goes_down_to_what_was_said_last_in_it(
    conversation: Conversation, data: st.DataObject
) -> None:
    place = data.draw(st.sampled_from(list(conversation.paths)))
    said = [message[:2] for message in conversation.messages if place in conversation.paths[message[:2]]]
    branches = Branches(conversation.messages)
    assert tuple(sorted(branches.through(place).items())) == conversation.paths[said[-1]]
    assert sorted(branches.below(place)) == sorted(said)


@given(conversations(), st.data())
def test_a_model_is_shown_the_branch_a_question_follows(conversation: Conversation, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(list(conversation.paths)))
    stored = [
        StoredItem(index, variant, role, f"{index}.{variant}", [], "complete", parent_variant=follows)
        for index, variant, follows in conversation.messages
        if index <= place[0]
        for role in ("User", "Assistant")
    ]
    shown = history.current_items(stored, place[1])
    assert [(item.history_index, item.variant) for item in shown[::2]] == list(conversation.paths[place])
    assert [item.role for item in shown] == ["User", "Assistant"] * len(conversation.paths[place])
    assert history.current_items(shown, place[1]) == shown


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=1))
def test_versions_that_say_nothing_follow_the_newest(places: list[Place]) -> None:
    branches = Branches((index, variant, None) for index, variant in places)
    assert branches.to_last() == {index: max(branches.versions(index)) for index, _ in places}


def test_a_version_that_is_gone_is_followed_by_nobody() -> None:
    branches = Branches([(0, 1, None), (1, 0, 0), (3, 0, 1)])
    assert branches.path_to((3, 0)) == {3: 0, 1: 0, 0: 1}
    assert Branches([]).newest() == {}
