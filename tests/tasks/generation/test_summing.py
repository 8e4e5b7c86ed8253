"""A session that has grown too long: nothing is lost on the way, whoever dies where."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from typing import Any

import pytest

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.condensed import NOTHING, Condensed, digest_of, of
from tasks.contracts.jobs import JobView
from tasks.contracts.messages import JobClass, Usage
from tasks.generation import summing
from tasks.generation.prompt import SUMMARY_OPENING
from tasks.generation.summing import ASKED, CONDENSED, LEAST_KEPT, SUMMED, TOLD, refusal
from tasks.jobs import condensing, forgetting, moves, steps
from tasks.jobs.condensing import Summed
from tasks.services import Chat, Completion, Patience, Piece, Services
from tests.tasks.generation.bench import Attentive, Bench
from tests.tasks.jobs.flock import MODEL

TURNS = 8  # of a session: more than six of them are too many
FACTS = ("My dog is called Rex.", "I live at Elm Street 5.", "The flight leaves on 3 May.", "Ada wants 12 owls.")
SESSION = {"session": "s", "context": "summary", "system_prompt": "You are a rook."}


class Killed(BaseException):
    """The end of a process, as its tests see it."""


class Scribe(Attentive):
    """Answers as every fake engine does, and sums up as it is told to."""

    words: str | None = None
    meanwhile: Callable[[], object] | None = None

    def chat_stream(self, chat: Chat, patience: Patience) -> Generator[Piece | Completion, None, None]:
        """Say the words where notes are asked for; else, echo."""
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            happens()
        if self.words is None or not chat.turns[-1].text.startswith(ASKED):
            yield from super().chat_stream(chat, patience)
            return
        self.asked.append((chat, patience))
        yield Piece(self.words)
        yield Completion(Usage(), "stop", MODEL)


@pytest.fixture
def long(bench: Bench) -> Bench:
    """A bench whose sessions are soon too long, with a model that nothing rests on."""
    bench.furnish(engine=Scribe())
    bench.engine = bench.desk.engine
    bench.live_on(window_turns=TURNS)
    return bench


@pytest.fixture
def summing_up(long: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The same, with a model that may be asked."""
    long.furnish(ask_later=lambda request: long.store.run(moves.submit(request, long.ways)))
    monkeypatch.setattr(RookeryTask, "supplied", Services(store=long.store))
    app.loader.import_default_modules()
    return long


def kept(bench: Bench) -> Condensed:
    return of(bench.store.run(condensing.read("s")))


def talk(bench: Bench, *texts: str, **fields: Any) -> list[str]:
    return [bench.answer(text, **{**SESSION, **fields}) for text in texts]


def summing_jobs(bench: Bench) -> list[JobView]:
    views = [bench.view(job) for job in bench.store.run(moves.list_jobs())]
    return [view for view in views if view.session == "condense:s"]


def go_on(bench: Bench) -> None:
    """Have what was asked later answered, and the task rung that goes on then."""
    bench.ring()
    for view in summing_jobs(bench):
        app.tasks[names.CONDENSE](view.job, "s", digest_of(kept(bench)))


def dies_at(point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def reach(reached: str) -> None:
        if reached == point:
            monkeypatch.setattr(summing, "reach", lambda _reached: None)
            raise Killed

    monkeypatch.setattr(summing, "reach", reach)


def test_an_over_long_session_goes_on_with_a_summary_that_names_its_messages(long: Bench):
    jobs = talk(long, *FACTS)
    assert kept(long).covered == tuple(jobs[:3])
    assert {one.job for one in kept(long).excerpts} <= set(jobs[:3])
    [now] = talk(long, "and now?")
    (_, system), *said = long.engine.heard
    assert system.startswith(f"You are a rook.\n\n{SUMMARY_OPENING}\n- User: {FACTS[0]}")
    assert said == [("user", FACTS[3]), ("assistant", f"echo: {FACTS[3]}"), ("user", "and now?")]
    view = long.view(now)
    assert view.condensed_of == tuple(jobs[:3])
    assert steps.remembered(view)[0] == f"older messages made short in the prompt: {', '.join(jobs[:3])}"


def test_a_fact_told_long_ago_is_still_in_the_prompt(long: Bench):
    talk(long, FACTS[0], *(f"what about item number {at} then" for at in range(12)), "what is my dog called?")
    assert FACTS[0] in long.engine.heard[0][1]
    assert kept(long).messages >= 10


def test_a_session_that_is_too_long_for_the_models_window_is_made_short_too(long: Bench):
    long.live_on(window_turns=400)
    long.furnish(context_tokens=1200)
    talk(long, *(f"My number {at} is {at}. " + "word " * 60 for at in range(12)))
    assert kept(long).messages > 3
    assert summing.estimate_tokens("".join(text for _, text in long.engine.heard)) <= 1200


@pytest.mark.parametrize("context", ["recent", "none"])
def test_other_strategies_sum_up_nothing(long: Bench, context: str):
    talk(long, *FACTS, "and now?", context=context)
    assert kept(long) == NOTHING
    texts = [text for _, text in long.engine.heard]
    assert texts[0] == "You are a rook."
    assert (FACTS[3] in texts) is (context == "recent")


def test_the_built_in_model_is_never_asked_for_a_summary(long: Bench):
    talk(long, *FACTS)
    assert kept(long).by == ""
    assert summing_jobs(long) == []


def test_a_models_words_take_the_place_of_the_sentences_when_nobody_waits(summing_up: Bench):
    summing_up.engine.words = "Their dog is Rex. They live at Elm Street 5. The flight leaves on 3 May."
    talk(summing_up, *FACTS)
    [asked] = summing_jobs(summing_up)
    assert asked.job_class is JobClass.BATCH
    assert asked.user != "ada", "it takes no place of theirs"
    go_on(summing_up)
    assert (kept(summing_up).words, kept(summing_up).by) == (summing_up.engine.words, MODEL)
    assert len(kept(summing_up).covered) == 3
    assert summing_jobs(summing_up) == []
    talk(summing_up, "and now?")
    assert summing_up.engine.heard[0][1].endswith(summing_up.engine.words)


def test_what_the_model_reads_is_data_and_holds_the_messages(summing_up: Bench):
    talk(summing_up, *FACTS)
    summing_up.ring()
    system, asked = summing_up.engine.heard
    assert system == ("system", TOLD)
    assert asked[1] == ASKED + "\n".join(f"User: {fact}\nYou: echo: {fact}" for fact in FACTS[:3])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("They talked.", "too much is lost"),
        ("Rex. Elm Street 5. On 3 May. And Bob, Carl, Dora, Emil, Frida owe 77 and 88.", "too much is new"),
    ],
)
def test_words_that_lose_or_invent_more_than_a_quarter_are_refused(summing_up: Bench, words: str, why: str):
    summing_up.engine.words = words
    talk(summing_up, *FACTS)
    before = kept(summing_up)
    [asked] = summing_jobs(summing_up)
    summing_up.ring()
    done = summing_up.store.run(condensing.summed(asked.job))
    app.tasks[names.CONDENSE](asked.job, "s", digest_of(before))
    assert kept(summing_up) == before
    assert done is not None
    assert refusal(done, before) == why
    assert LEAST_KEPT == 0.75


def test_words_that_were_cut_off_or_never_came_are_refused(summing_up: Bench):
    talk(summing_up, *FACTS)
    [view] = summing_jobs(summing_up)
    request = summing_up.request("x")
    assert refusal(Summed(view, request), kept(summing_up)) == "no words"
    summing_up.ring()
    whole = summing_up.view(view.job)
    assert refusal(Summed(whole.model_copy(update={"finish_reason": "length"}), request), NOTHING) == "cut off"


def test_who_dies_before_the_summary_is_written_leaves_it_to_the_next_answer(
    long: Bench, monkeypatch: pytest.MonkeyPatch
):
    def dies(*_: object) -> None:
        raise Killed

    talk(long, *FACTS[:3])
    with monkeypatch.context() as patched:
        patched.setattr(summing, "make_short", dies)
        with pytest.raises(Killed):
            talk(long, FACTS[3])
    assert kept(long) == NOTHING
    talk(long, "and now?")
    assert FACTS[0] in [one.text for one in kept(long).excerpts]


def test_who_dies_before_the_model_is_asked_leaves_the_sentences(summing_up: Bench, monkeypatch: pytest.MonkeyPatch):
    dies_at(CONDENSED, monkeypatch)
    with pytest.raises(Killed):
        talk(summing_up, *FACTS)
    assert summing_jobs(summing_up) == []
    assert kept(summing_up).messages == 3


def test_who_dies_before_the_job_is_seen_to_does_it_again_to_the_same_end(
    summing_up: Bench, monkeypatch: pytest.MonkeyPatch
):
    talk(summing_up, *FACTS)
    dies_at(SUMMED, monkeypatch)
    with pytest.raises(Killed):
        go_on(summing_up)
    once = kept(summing_up)
    [view] = summing_jobs(summing_up)
    assert view.state.value == "done", "it is rung again"
    app.tasks[names.CONDENSE](view.job, "s", digest_of(once))
    assert kept(summing_up) == once
    assert once.words
    assert summing_jobs(summing_up) == []


def test_what_was_forgotten_meanwhile_comes_back_by_no_summary(summing_up: Bench):
    talk(summing_up, *FACTS)
    [view] = summing_jobs(summing_up)
    of_what = digest_of(kept(summing_up))
    summing_up.ring()
    summing_up.store.run(moves.forget("s"))
    assert kept(summing_up) == NOTHING
    app.tasks[names.CONDENSE](view.job, "s", of_what)
    assert kept(summing_up) == NOTHING
    late = condensing.put("s", "", Condensed(covered=("a",), messages=1), "a")
    assert not summing_up.store.run(late), "nor by a worker that had begun before"


@pytest.mark.parametrize("forgets", [lambda jobs: moves.forget("s"), lambda jobs: forgetting.unsay("s", jobs[:1])])
def test_what_is_being_summed_up_is_taken_back_when_it_is_forgotten(summing_up: Bench, forgets: Any):
    jobs = talk(summing_up, *FACTS)
    [view] = summing_jobs(summing_up)
    summing_up.store.run(forgets(jobs))
    assert summing_jobs(summing_up) == []
    assert summing_up.state(view.job) == "withdrawn"
    assert kept(summing_up) == NOTHING
    assert not any(ASKED in str(part) for part in summing_up.dump().values())


def test_the_words_of_a_summary_that_was_seen_to_are_gone(summing_up: Bench):
    talk(summing_up, *FACTS)
    [view] = summing_jobs(summing_up)
    go_on(summing_up)
    assert summing_up.state(view.job) == "delivered"
    assert summing_up.view(view.job).marks, "its trail stays"
    assert not any(TOLD in str(part) for part in summing_up.dump().values())


def test_of_two_who_write_the_first_one_stays(long: Bench):
    talk(long, *FACTS)
    was = kept(long)
    assert not long.store.run(condensing.put("s", "", Condensed(covered=was.covered, messages=9), was.covered[-1]))
    assert kept(long) == was


def test_a_message_that_is_answered_anew_leaves_the_summary_and_stands_in_the_window(long: Bench):
    jobs = talk(long, *FACTS)
    assert jobs[1] in kept(long).covered
    [anew] = talk(long, FACTS[1], replaces=jobs[1])
    texts = [text for _, text in long.engine.heard]
    assert not any(FACTS[1] in text for text in texts[:-1])
    assert jobs[1] not in kept(long).covered
    assert FACTS[1] not in kept(long).text
    talk(long, "and now?")
    assert ("user", FACTS[1]) in long.engine.heard
    assert anew not in kept(long).covered


def test_what_is_forgotten_while_an_answer_is_written_is_in_no_summary(summing_up: Bench):
    jobs = talk(summing_up, *FACTS[:3])

    def forgets() -> None:
        summing_up.store.run(forgetting.unsay("s", jobs[:1]))
        summing_up.store.run(forgetting.hush(jobs[:1]))

    summing_up.engine.meanwhile = forgets
    talk(summing_up, FACTS[3])
    assert not any(FACTS[0] in str(part) for part in summing_up.dump().values())
    talk(summing_up, "and now?")
    assert kept(summing_up).covered[:1] == (jobs[1],), "the next answer makes the rest short"


def test_a_message_that_is_answered_anew_leaves_the_words_of_a_model_that_came_meanwhile(summing_up: Bench):
    summing_up.engine.words = "Their dog is Rex. They live at Elm Street 5. The flight leaves on 3 May."
    jobs = talk(summing_up, *FACTS)
    [asked] = summing_jobs(summing_up)
    summing_up.ring()
    of_what = digest_of(kept(summing_up))
    summing_up.engine.meanwhile = lambda: app.tasks[names.CONDENSE](asked.job, "s", of_what)
    talk(summing_up, FACTS[1], replaces=jobs[1])
    assert jobs[1] not in kept(summing_up).covered
    assert kept(summing_up).words == ""


def test_words_on_a_message_that_was_answered_anew_meanwhile_come_too_late(summing_up: Bench):
    summing_up.engine.words = "Their dog is Rex. They live at Elm Street 5. The flight leaves on 3 May."
    jobs = talk(summing_up, *FACTS)
    [asked] = summing_jobs(summing_up)
    summing_up.ring()
    of_what = digest_of(kept(summing_up))
    talk(summing_up, FACTS[1], replaces=jobs[1])
    app.tasks[names.CONDENSE](asked.job, "s", of_what)
    assert kept(summing_up).words == ""


def test_ids_of_summaries_are_those_of_jobs_that_can_be_looked_up(long: Bench):
    talk(long, *FACTS)
    assert all(re.fullmatch(r"job\d+", job) and long.view(job).text for job in kept(long).covered)
