from __future__ import annotations

from tasks.memory import terms
from tasks.memory.indexing import MOST_CHARS, asked, headed, indexed, surrounded
from tasks.memory.values import Memory
from tests.tasks.memory.conftest import Directions, direction

MAY_MS = 1_684_000_000_000


def turn(text: str, name: str = "Ann") -> Memory:
    return Memory(source=text, tenant="t", author="7", name=name, text=text, at_ms=MAY_MS)


def test_who_said_it_when_stands_before_it() -> None:
    assert headed(turn("Tea?")) == "[13 May 2023] Ann: Tea?"
    assert headed(turn("Tea?", name="")) == "[13 May 2023] 7: Tea?"


def test_a_turn_is_surrounded_by_its_neighbours_and_no_further() -> None:
    turns = surrounded([turn("one"), turn("two", "Bob"), turn("three"), turn("four")])
    assert [line.rpartition(" ")[2] for line in turns[0].around.splitlines()] == ["one", "two"]
    assert [line.rpartition(" ")[2] for line in turns[2].around.splitlines()] == ["two", "three", "four"]
    assert "Bob:" in turns[2].around
    assert surrounded([]) == []


def test_a_long_neighbour_is_cut() -> None:
    assert len(surrounded([turn("x" * 9_000), turn("two")])[1].around) < MOST_CHARS + 100


def test_what_it_is_found_by_is_made_in_one_go_and_says_what_made_it() -> None:
    embedder = Directions()
    (first, vectors), _ = indexed(surrounded([turn("green tea"), turn("red wine")]), embedder)
    assert embedder.calls == 1
    assert first.model == "directions"
    assert vectors.meaning == direction("[13 May 2023] Ann: green tea")
    assert terms.number_of("wine") not in vectors.words
    assert terms.number_of("wine") in vectors.words_around


def test_without_neighbours_it_is_surrounded_by_itself() -> None:
    [(_, vectors)] = indexed([turn("green tea")], Directions())
    assert vectors.meaning == vectors.meaning_around


def test_a_question_stands_as_it_is() -> None:
    question = asked("Green tea?", Directions())
    assert question.meaning == direction("Green tea?")
    assert question.words.keys() == {terms.number_of("green"), terms.number_of("tea")}
