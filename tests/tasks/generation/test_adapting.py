"""Which adapter answers a job: by what is served for its persona when it is claimed, and by what the engine has."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import pytest

from tasks.contracts.canary import Served, version_for
from tasks.contracts.clock import ManualClock
from tasks.contracts.errors import StoreUnavailable
from tasks.contracts.jobs import Cause
from tasks.contracts.messages import Then
from tasks.generation.adapting import KNOWN_FOR_S, ServedAdapters
from tasks.jobs import adapters
from tasks.jobs.store import Store
from tasks.services import Engine
from tests.tasks.generation.bench import Attentive, Bench
from tests.tasks.jobs.flock import MODEL

OLD, NEW = "20261101-0a0a0a0a", "20261122-ab12cd34"
WITH_OLD, WITH_NEW = f"rook@{OLD}", f"rook@{NEW}"


def serve(bench: Bench, **said: object) -> Served:
    """Have the ledger say what is served for the persona, and the desk go by it."""
    now = bench.store.run(adapters.of("rook"))
    served = Served.model_validate({"serial": now.serial + 1, **said})
    assert bench.store.run(adapters.put("rook", served))
    bench.furnish(served=ServedAdapters(bench.store, lambda: {"rook"}))
    return served


def has(bench: Bench, *names: str) -> None:
    """Have the engine know these adapters."""
    for name in names:
        bench.engine.load_adapter(MODEL, name, "")


def ask(bench: Bench, text: str = "hello", **fields: object) -> str:
    return bench.answer(text, **{"persona": "rook", **fields})


def test_what_is_served_answers_and_the_record_names_it(bench: Bench) -> None:
    has(bench, WITH_OLD, WITH_NEW)
    serve(bench, current=NEW, previous=OLD)
    view = bench.view(ask(bench))
    assert (view.text, view.adapter, view.flags) == (f"echo[{WITH_NEW}]: hello", WITH_NEW, ())


def test_an_engine_that_does_not_have_it_answers_with_the_base_and_that_is_flagged(bench: Bench) -> None:
    has(bench, WITH_OLD)
    serve(bench, current=NEW)
    view = bench.view(ask(bench))
    assert (view.text, view.adapter, view.flags) == ("echo: hello", "", ("no adapter",))


def test_a_part_of_the_jobs_is_answered_by_what_is_tried(bench: Bench) -> None:
    has(bench, WITH_OLD, WITH_NEW)
    served = serve(bench, current=OLD, canary=NEW, share=0.5)
    jobs = [ask(bench) for _ in range(24)]
    assert [bench.view(job).adapter for job in jobs] == [f"rook@{version_for(served, job)}" for job in jobs]
    assert {bench.view(job).adapter for job in jobs} == {WITH_OLD, WITH_NEW}


def test_a_rollback_answers_with_what_was_before_within_a_second(bench: Bench) -> None:
    has(bench, WITH_OLD, WITH_NEW)
    clock = ManualClock()
    serve(bench, current=NEW, previous=OLD)
    bench.furnish(served=ServedAdapters(bench.store, lambda: {"rook"}, clock))
    assert bench.view(ask(bench)).adapter == WITH_NEW
    assert bench.store.run(adapters.put("rook", Served(serial=9, current=OLD)))
    assert bench.view(ask(bench)).adapter == WITH_NEW
    clock.sleep(KNOWN_FOR_S)
    assert bench.view(ask(bench)).adapter == WITH_OLD


def test_neither_another_persona_nor_what_a_task_asks_is_answered_with_it(bench: Bench) -> None:
    has(bench, WITH_NEW)
    serve(bench, current=NEW)
    then = Then(task="generation.condense", queue="upkeep")
    for fields in ({"persona": "raven"}, {"persona": ""}, {"then": then}):
        view = bench.view(ask(bench, **fields))
        assert (view.adapter, view.flags) == ("", ())


def test_what_an_operator_wrote_is_demanded_whatever_is_served(bench: Bench) -> None:
    has(bench, WITH_NEW, "by-hand")
    serve(bench, current=NEW)
    bench.furnish(card=bench.desk.card.model_copy(update={"adapters": ("by-hand", "lost")}))
    assert bench.view(ask(bench, adapter="by-hand")).adapter == "by-hand"
    refused = bench.view(ask(bench, adapter="lost"))
    assert (refused.cause, refused.flags) == (Cause.REJECTED, ())


def test_an_answer_that_is_given_again_names_the_adapter_that_gave_it(bench: Bench) -> None:
    has(bench, WITH_OLD, WITH_NEW)
    for version in (OLD, NEW, OLD):
        serve(bench, current=version)
        view = bench.view(ask(bench, cache_s=600.0, remember=False))
        assert (view.text, view.adapter) == (f"echo[rook@{version}]: hello", f"rook@{version}")
    assert view.flags == ("cached",)
    assert len(bench.engine.asked) == 2


def test_the_engine_that_was_lent_answers_to_the_end_though_another_takes_its_place(bench: Bench) -> None:
    lent: list[str] = []
    first, next_one = bench.engine, Attentive()

    @contextmanager
    def lend(adapter: str) -> Iterator[tuple[Engine, bool]]:
        lent.append(f"{adapter} taken")
        bench.furnish(engine=next_one)
        yield first, True
        lent.append(f"{adapter} given back")

    has(bench, WITH_NEW)
    serve(bench, current=NEW)
    bench.furnish(lender=lend)
    view = bench.view(ask(bench))
    assert (view.text, lent) == (f"echo[{WITH_NEW}]: hello", [f"{WITH_NEW} taken", f"{WITH_NEW} given back"])
    assert (len(first.asked), len(next_one.asked)) == (1, 0)


class Counting:
    """A ledger that counts how often it is asked, and may be away."""

    def __init__(self, *answers: dict[str, Served] | Exception) -> None:
        self.answers, self.asked = list(answers), 0

    def run(self, _move: object) -> dict[str, Served]:
        self.asked += 1
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(said, Exception):
            raise said
        return said


def known(store: Counting, learners: Collection[str] = ("rook",)) -> tuple[ServedAdapters, ManualClock]:
    clock = ManualClock()
    ledger: Store = store  # type: ignore[assignment]  # as far as it is asked here
    return ServedAdapters(ledger, lambda: learners, clock), clock


def test_the_ledger_is_asked_once_a_second_for_all_personas_and_never_where_nobody_learns() -> None:
    store = Counting({"rook": Served(serial=1, current=NEW)})
    nobody, _ = known(store, ())
    assert (nobody.name_for("rook", "j"), store.asked) == ("", 0)
    served, clock = known(store, ("rook", "raven"))
    said = {served.name_for(persona, f"job {number}") for persona in ("rook", "raven") for number in range(9)}
    assert (said, store.asked) == ({WITH_NEW, ""}, 1)
    clock.sleep(KNOWN_FOR_S)
    served.name_for("rook", "j")
    assert store.asked == 2


def test_while_redis_is_away_what_it_said_last_holds_and_before_that_nothing_is_made_up() -> None:
    away = StoreUnavailable("away")
    served, clock = known(Counting({"rook": Served(serial=1, current=NEW)}, away))
    for _ in range(3):
        assert served.name_for("rook", "j") == WITH_NEW
        clock.sleep(KNOWN_FOR_S)
    fresh, _ = known(Counting(away))
    with pytest.raises(StoreUnavailable):
        fresh.name_for("rook", "j")
