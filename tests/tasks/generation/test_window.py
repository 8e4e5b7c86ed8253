"""Whatever was said before: what is sent fits the model's window, and who answers and what was asked are in it.

What the caller brought is another matter: it goes along whole.
"""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from tasks.contracts.condensed import Condensed
from tasks.contracts.messages import JobRequest, Sampling, Turn
from tasks.generation.budget import estimate_tokens
from tasks.generation.prompt import MEMORY_OPENING, compose, room_tokens
from tests.tasks.generation.bench import Bench

LETTERS = st.text(st.characters(codec="utf-8"), max_size=200)
TURNS = st.lists(st.builds(Turn, role=st.sampled_from(["user", "assistant"]), text=LETTERS), max_size=30)
REQUESTS = st.builds(
    JobRequest,
    job=st.just("j"),
    model=st.just("demo"),
    session=st.just("s"),
    user=st.just("ada"),
    text=LETTERS,
    system_prompt=LETTERS,
    sampling=st.builds(Sampling, max_tokens=st.integers(1, 4096)),
)
BROUGHT = st.builds(lambda request, history: request.model_copy(update={"history": tuple(history)}), REQUESTS, TURNS)
WINDOWS = st.integers(64, 2048)


def cost(turns: tuple[Turn, ...]) -> int:
    return sum(estimate_tokens(turn.text) for turn in turns)


def must_haves(request: JobRequest) -> tuple[Turn, ...]:
    return compose(request.model_copy(update={"history": ()}), (), "", 64)


@given(REQUESTS, TURNS, LETTERS, WINDOWS)
def test_the_window_is_never_exceeded_where_persona_and_question_fit_it(request_, window, recalled, context_tokens):
    room = room_tokens(request_, context_tokens)
    assume(cost(must_haves(request_)) <= room)
    sent = compose(request_, tuple(window), recalled, context_tokens)
    assert cost(sent) <= room <= context_tokens


@given(REQUESTS, st.sampled_from(["recent", "summary", "none"]), TURNS, LETTERS, LETTERS, WINDOWS)
def test_so_it_is_with_every_strategy(request_, context, window, recalled, words, context_tokens):
    request_ = request_.model_copy(update={"context": context})
    window = tuple(turn.model_copy(update={"job": f"j{at // 2}"}) for at, turn in enumerate(window))
    room = room_tokens(request_, context_tokens)
    assume(cost(must_haves(request_)) <= room)
    older = Condensed(words=words, covered=("j0", "j1"), messages=2)
    sent = compose(request_, window, recalled, context_tokens, older)
    assert cost(sent) <= room <= context_tokens
    said = [turn for turn in sent[:-1] if turn.role != "system"]
    assert all(turn.job not in older.covered for turn in said) or context == "recent"
    assert not said or context != "none"


@given(REQUESTS, TURNS, LETTERS, st.integers(64, 400), st.integers(1300, 1500))
def test_where_they_do_not_nothing_else_is_sent(request_, window, recalled, context_tokens, letters):
    request_ = request_.model_copy(update={"system_prompt": "x" * letters})
    assert cost(must_haves(request_)) > room_tokens(request_, context_tokens)
    assert compose(request_, tuple(window), recalled, context_tokens) == must_haves(request_)


@given(REQUESTS, TURNS, LETTERS, WINDOWS)
def test_the_system_prompt_is_always_kept_and_the_question_is_the_last_word(request_, window, recalled, context_tokens):
    sent = compose(request_, tuple(window), recalled, context_tokens)
    assert (sent[-1].role, sent[-1].text) == ("user", request_.text)
    assert [turn.role for turn in sent].count("system") <= 1
    if request_.system_prompt:
        assert sent[0].role == "system"
        assert sent[0].text.startswith(request_.system_prompt)


@given(REQUESTS, TURNS, LETTERS, WINDOWS)
def test_memories_go_along_whole_or_not_at_all(request_, window, recalled, context_tokens):
    sent = compose(request_, tuple(window), recalled, context_tokens)
    opening = sent[0].text if sent[0].role == "system" else ""
    told = opening.removeprefix(request_.system_prompt).removeprefix("\n\n")
    assert told in ("", f"{MEMORY_OPENING}\n{recalled}")


@given(REQUESTS, TURNS, WINDOWS)
def test_what_is_kept_of_the_session_is_its_end(request_, window, context_tokens):
    sent = [turn for turn in compose(request_, tuple(window), "", context_tokens)[:-1] if turn.role != "system"]
    assert sent == window[len(window) - len(sent) :]


@given(BROUGHT, TURNS, LETTERS, WINDOWS)
def test_a_history_that_the_caller_brought_goes_along_whole(request_, window, recalled, context_tokens):
    sent = compose(request_, tuple(window), recalled, context_tokens)
    asked = () if request_.history and not request_.text else (Turn(role="user", text=request_.text, author="ada"),)
    assert tuple(turn for turn in sent if turn.role != "system") == (*request_.history, *asked)


def test_of_a_long_session_the_last_turns_go_along_and_the_system_prompt_always(bench: Bench):
    bench.live_on(window_turns=4)
    for number in range(5):
        bench.answer(f"question {number}", session="s", system_prompt="You are a rook.")
    bench.answer("and now?", session="s", system_prompt="You are a rook.")
    assert bench.engine.heard == [
        ("system", "You are a rook."),
        ("user", "question 3"),
        ("assistant", "echo: question 3"),
        ("user", "question 4"),
        ("assistant", "echo: question 4"),
        ("user", "and now?"),
    ]
