from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.condensed import NOTHING, Condensed
from tasks.contracts.messages import Turn
from tasks.generation.budget import turns_tokens
from tasks.generation.overlong import FULL, LEAST_TOKENS, condensed, due, summary_tokens, uncovered

ROOMY = 10_000


def exchanges(count: int, words: str = "My dog number {} is called Rex.") -> tuple[Turn, ...]:
    turns = []
    for at in range(count):
        turns.append(Turn(role="user", text=words.format(at), job=f"j{at}"))
        turns.append(Turn(role="assistant", text=f"noted {at}", job=f"j{at}"))
    return tuple(turns)


def test_nothing_is_made_short_while_there_is_room() -> None:
    assert due(exchanges(15), 40, ROOMY) == ()
    assert due((), 40, ROOMY) == ()


def test_too_many_turns_are_made_short_long_before_any_is_lost_and_by_whole_messages() -> None:
    said = exchanges(16)
    turns = due(said, 40, ROOMY)
    assert turns == said[:16]
    assert due(said[len(turns) :], 40, ROOMY) == ()


def test_too_long_ones_are_too() -> None:
    said = exchanges(6, "word " * 60 + "{}")
    room = int(turns_tokens(said))
    turns = due(said, 400, room)
    assert turns
    assert turns_tokens(said[len(turns) :]) <= FULL * room


def test_the_last_message_stays_however_long_it_is() -> None:
    said = exchanges(3, "word " * 500 + "{}")
    assert due(said, 40, LEAST_TOKENS) == said[:-2]


def test_where_the_persona_leaves_no_room_for_a_session_nothing_is_made_short() -> None:
    assert due(exchanges(30), 40, LEAST_TOKENS - 1) == ()


def test_what_is_covered_is_told_by_its_message_wherever_it_stands_in_the_window() -> None:
    said = exchanges(3)
    anew = (*said[2:], *said[:2])  # the first message was answered anew, and so stands last
    assert uncovered(anew, Condensed(covered=("j1",))) == (*said[4:], *said[:2])


def test_a_summary_grows_by_what_it_stands_for() -> None:
    said = exchanges(4)
    first = condensed(NOTHING, said[:4], 40, ROOMY)
    second = condensed(first, said[4:], 40, ROOMY)
    assert (second.covered, second.messages) == (("j0", "j1", "j2", "j3"), 4)
    assert [one.job for one in second.excerpts] == ["j0", "j1", "j2", "j3"]
    assert condensed(first, said[4:], 3, ROOMY).covered == ("j1", "j2", "j3")


@given(st.integers(0, 30), st.integers(2, 40), st.integers(0, 2000), st.integers(1, 60))
def test_what_is_due_is_the_beginning_and_what_stays_is_not_due_again(count, most, room, words) -> None:
    said = exchanges(count, "word " * words + "{}")
    turns = due(said, most, room)
    assert turns == said[: len(turns)]
    stays = said[len(turns) :]
    assert not turns or len({turn.job for turn in stays}) == 1 or due(stays, most, room) == ()


@given(st.integers(0, 100_000))
def test_a_summary_takes_a_bounded_share_of_a_prompt(room: int) -> None:
    assert 0 <= summary_tokens(room) <= room
