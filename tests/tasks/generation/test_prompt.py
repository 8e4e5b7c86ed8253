"""What the model reads, and in which order."""

from __future__ import annotations

from tasks.contracts.condensed import Condensed
from tasks.contracts.messages import JobRequest, Sampling, ToolCall, Turn
from tasks.generation.prompt import LEAST_PROMPT_SHARE, MEMORY_OPENING, SUMMARY_OPENING, compose

ROOMY = 4096
WINDOW = (Turn(role="user", text="my name is Ada"), Turn(role="assistant", text="hello Ada"))


def request(**fields) -> JobRequest:
    return JobRequest(job="j", model="demo", session="s", user="ada", **{"text": "and now?", **fields})


def spoken(turns: tuple[Turn, ...]) -> list[tuple[str, str]]:
    return [(turn.role, turn.text) for turn in turns]


def test_persona_session_and_question_stand_in_this_order():
    turns = compose(request(system_prompt="Be kind."), WINDOW, "", ROOMY)
    assert spoken(turns) == [("system", "Be kind."), *spoken(WINDOW), ("user", "and now?")]


def test_without_a_persona_there_is_no_system_turn():
    assert spoken(compose(request(), (), "", ROOMY)) == [("user", "and now?")]


def test_memories_are_quoted_below_the_persona_and_called_data():
    (system, _) = compose(request(system_prompt="Be kind."), (), "- likes owls", ROOMY)
    assert system.text == f"Be kind.\n\n{MEMORY_OPENING}\n- likes owls"
    (alone, _) = compose(request(), (), "- likes owls", ROOMY)
    assert (alone.role, alone.text) == ("system", f"{MEMORY_OPENING}\n- likes owls")


def test_what_was_made_short_stands_between_the_persona_and_what_changes_with_every_question():
    asked, older = request(system_prompt="Be kind.", context="summary"), Condensed(words="They are Ada.", messages=1)
    (system, _) = compose(asked, (), "- likes owls", ROOMY, older)
    assert system.text == f"Be kind.\n\n{SUMMARY_OPENING}\nThey are Ada.\n\n{MEMORY_OPENING}\n- likes owls"
    (without, _) = compose(request(system_prompt="Be kind."), (), "", ROOMY, older)
    assert without.text == "Be kind."


def test_where_there_is_no_room_for_both_memories_go_before_the_summary():
    older = Condensed(words="They are Ada. " * 20, messages=1)
    (system, _) = compose(request(context="summary"), (), "x" * 2000, 600, older)
    assert (SUMMARY_OPENING in system.text, MEMORY_OPENING in system.text) == (True, False)


def test_a_history_that_the_caller_brought_stands_in_for_the_window():
    brought = (Turn(role="user", text="from elsewhere"),)
    assert spoken(compose(request(history=brought), WINDOW, "", ROOMY))[0] == ("user", "from elsewhere")
    assert spoken(compose(request(history=()), WINDOW, "", ROOMY)) == [("user", "and now?")]


def test_without_a_text_the_last_of_the_history_is_what_is_to_be_answered():
    called = Turn(role="assistant", text="", calls=(ToolCall(id="1", name="look"),))
    brought = (Turn(role="user", text="what is in it?"), called, Turn(role="tool", text="two eggs", call="1"))
    assert compose(request(text="", history=brought), WINDOW, "", ROOMY) == brought
    assert spoken(compose(request(text="", history=()), (), "", ROOMY)) == [("user", "")]


def test_a_history_that_the_caller_brought_is_never_cut():
    brought = tuple(Turn(role="user", text="x" * 1500) for _ in range(9))
    assert compose(request(history=brought), (), "", 1000)[:-1] == brought


def test_the_question_says_whose_it_is():
    assert compose(request(), (), "", ROOMY)[-1].author == "ada"


def test_room_is_left_for_the_reply_that_was_asked_for():
    long_turn = Turn(role="user", text="x" * 1500)  # about 500 tokens
    short, long = (request(sampling=Sampling(max_tokens=tokens)) for tokens in (100, 500))
    assert long_turn in compose(short, (long_turn,), "", 1000)
    assert long_turn not in compose(long, (long_turn,), "", 1000)


def test_a_reply_as_long_as_the_window_still_leaves_the_prompt_its_share():
    greedy = request(sampling=Sampling(max_tokens=100_000))
    assert LEAST_PROMPT_SHARE > 0
    assert spoken(compose(greedy, WINDOW, "", ROOMY)) == [*spoken(WINDOW), ("user", "and now?")]
