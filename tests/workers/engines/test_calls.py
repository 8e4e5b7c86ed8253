"""Calls from the parts in which servers send them: whole, in order, each with an id."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.messages import MAX_ID_CHARS, ToolCall
from workers.engines.calls import Calls, new_id, parts_of

NORTH, SOUTH = '{"where": "north"}', '{"where": "south"}'


def part(index: int | None = None, id_: str = "", name: str = "", arguments: Any = "") -> dict[str, Any]:
    """Return a part as OpenAI's HTTP has it; what is not said is left out."""
    said = {"index": index, "id": id_ or None, "function": {"name": name or None, "arguments": arguments}}
    return {key: value for key, value in said.items() if value is not None}


def whole(*deltas: object) -> list[tuple[str, str, str]]:
    """Return the calls that these lists of parts make."""
    ids = itertools.count(1)
    calls = Calls(lambda: f"made{next(ids)}")
    for delta in deltas:
        for each in parts_of(delta):
            calls.take(each)
    return [(call.id, call.name, call.arguments) for call in calls.whole()]


#: The ways in which servers send the same two calls.
STREAMS: dict[str, list[list[dict[str, Any]]]] = {
    "as OpenAI": [
        [part(0, "a", "look")], [part(0, arguments='{"where": ')], [part(0, arguments='"north"}')],
        [part(1, "b", "look")], [part(1, arguments=SOUTH)],
    ],
    "all at once": [[part(0, "a", "look", NORTH), part(1, "b", "look", SOUTH)]],
    "without an index": [[part(None, "a", "look", NORTH)], [part(None, "b", "look", SOUTH)]],
    "all with one index": [[part(0, "a", "look", NORTH)], [part(0, "b", "look", SOUTH)]],
    "id and name in each part": [
        [part(0, "a", "look", '{"where": ')], [part(0, "a", "look", '"north"}')], [part(0, "a", "look", "")],
        [part(1, "b", "look", SOUTH)],
    ],
    "arguments as objects": [
        [part(0, "a", "look", {"where": "north"}), part(1, "b", "look", {"where": "south"})],
    ],
    "mixed up": [
        [part(0, "a", "look"), part(1, "b", "look")], [part(1, arguments=SOUTH), part(0, arguments=NORTH)],
    ],
}  # fmt: skip


@pytest.mark.parametrize("deltas", STREAMS.values(), ids=STREAMS)
def test_the_same_calls_come_of_it_however_they_are_sent(deltas: list[list[dict[str, Any]]]) -> None:
    assert whole(*deltas) == [("a", "look", NORTH), ("b", "look", SOUTH)]


def test_calls_without_ids_are_told_apart_and_given_some() -> None:
    assert whole([part(None, "", "look", NORTH)], [part(None, "", "look", SOUTH)], [part(0, "", "sing")]) == [
        ("made1", "look", NORTH),
        ("made2", "look", SOUTH),
        ("made3", "sing", "{}"),
    ]


def test_ids_are_made_up_once_and_differ() -> None:
    assert new_id() != new_id()


def test_what_names_nothing_is_no_call() -> None:
    assert whole([part(0, "a", "", NORTH)]) == []
    assert whole(None, "calls", [], [None], [{}]) == []


def test_a_name_that_is_too_long_is_shortened() -> None:
    ((id_, name, _),) = whole([part(0, "i" * 999, "n" * 999)])
    assert (len(id_), len(name)) == (MAX_ID_CHARS, MAX_ID_CHARS)


@given(st.lists(st.integers(1, 7), max_size=9), st.dictionaries(st.text(max_size=3), st.integers(), max_size=3))
def test_arguments_are_whole_wherever_they_are_cut(cuts: list[int], arguments: dict[str, int]) -> None:
    text, pieces = json.dumps(arguments), []
    for cut in cuts:
        pieces, text = [*pieces, text[:cut]], text[cut:]
    deltas = [[part(0, "a", "look")], *([part(0, arguments=piece)] for piece in (*pieces, text))]
    ((_, _, joined),) = whole(*deltas)
    assert json.loads(joined) == arguments


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab\ud83d", max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["index", "id", "function", "name", "arguments"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(ODD)
def test_parts_of_any_shape_are_read_without_an_accident(said: object) -> None:
    for id_, name, arguments in whole(said):
        assert ToolCall(id=id_, name=name, arguments=arguments).model_dump_json()
