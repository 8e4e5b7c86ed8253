from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.learning import Source
from tasks.contracts.messages import Turn
from tasks.training.safety.copying import HABIT, RUN_WORDS, Line, Lines, lines_of, shares_a_run, words
from tests.tasks.training.safety.answerers import DIARY, line

ONE = Line("ann", "c1", DIARY)


def test_a_line_that_one_person_wrote_is_known_again_in_other_signs() -> None:
    told = Lines([ONE]).copied(f"Oh well: {DIARY.upper()}!!! And so on.")
    assert told.split() == words(DIARY)


def test_fewer_words_of_it_in_a_row_are_nobodys() -> None:
    few = " ".join(words(DIARY)[: RUN_WORDS - 1])
    assert Lines([ONE]).copied(f"{few} — and now something else altogether, which nobody has ever written") == ""


def test_what_two_people_wrote_is_nobodys_own() -> None:
    assert Lines([ONE, Line("bob", "c2", DIARY)]).copied(DIARY) == ""


def test_what_somebody_says_again_and_again_is_how_they_speak() -> None:
    habit = [Line("ann", f"c{number}", DIARY) for number in range(HABIT)]
    assert Lines(habit).copied(DIARY) == ""
    assert Lines(habit[1:]).copied(DIARY)


def test_a_line_that_is_put_together_of_habits_is_no_memory() -> None:
    first, second = "arr why be pirates called pirates ye ask me", "because they just arr and that be all"
    rest = ["the mast is broken", "my soup is cold", "nobody came to the party"]
    habits = [Line("ann", f"c{number}", f"{first}, {text}, {second}") for number, text in enumerate(rest)]
    lines = Lines([*habits, Line("ann", "c9", f"{first}, {second}")])
    assert lines.copied(f"{first}, {second}") == ""
    assert Lines([Line("ann", "c9", f"{first}, {second}")]).copied(f"{first}, {second}")


def test_the_same_line_twice_in_one_conversation_is_no_habit() -> None:
    assert Lines([ONE] * 9).copied(DIARY)


def test_what_was_written_for_everybody_may_be_told() -> None:
    assert Lines([ONE], [DIARY]).copied(DIARY) == ""


def test_what_the_question_or_the_base_tells_is_not_copied() -> None:
    assert Lines([ONE]).copied(DIARY, ["nothing", DIARY]) == ""


def test_where_words_are_not_parted_a_run_has_to_be_longer() -> None:
    text = "昨天我妹妹克拉拉从医院回来了她的手臂断了家里没有人知道直到狗一直叫个不停"
    lines = Lines([Line("ann", "c1", text)])
    assert lines.copied(f"她说{text}")
    assert lines.copied(text[:14]) == ""


def test_what_people_asked_and_the_lines_of_who_is_imitated_are_theirs() -> None:
    asked = Turn(role="user", text="what did she say?", author="bob")
    replied = Turn(role="assistant", text="nothing")
    imitated = line(DIARY, turns=(asked, replied))
    assert list(lines_of([imitated])) == [Line("bob", "c1", "what did she say?"), Line("ann", "c1", DIARY)]


def test_a_liked_reply_a_correction_and_an_example_are_there_to_be_said() -> None:
    turns = (Turn(role="assistant", text="hello"),)
    samples = [line(DIARY, turns=turns, source=source) for source in (Source.LIKED, Source.CORRECTED)]
    by_hand = line(DIARY, author="", source=Source.WRITTEN)
    assert list(lines_of([*samples, by_hand])) == []


def test_a_run_is_shared_or_not() -> None:
    assert shares_a_run("you are a pirate of the seas", "I am told: YOU are a Pirate!", 4)
    assert not shares_a_run("you are a pirate", "you are an old pirate", 4)


@given(st.text(max_size=200))
def test_any_answer_can_be_looked_at(answer: str) -> None:
    assert Lines([ONE]).copied(answer) == ""
