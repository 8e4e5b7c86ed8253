"""What is likely needed next is in memory before it is asked for, and nobody who uses another model pays for it."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

import pytest

from tests.workers.residency.rig import Rig, fleet
from tests.workers.residency.views import RULES, resident, view, waiting, wanted
from workers.residency.anticipating import LEAD_S, Anticipation, Option, anticipated, option, used
from workers.residency.baselines import model_affinity
from workers.residency.diary import Diary
from workers.residency.policy import decide
from workers.residency.strategies import Strategy
from workers.residency.view import Mode, ResidentState

SOON = Option("next", 8.0, 4.0)
STEP_S, ANSWER_S, ROUND_S, GAP_S = 2.0, 6.0, 1_200.0, 300.0


def expecting(**in_s: float):
    return lambda slug: in_s.get(slug, math.inf)


# ---------------------------------------------------------------- one decision


def test_it_goes_into_free_memory():
    load = anticipated(view(resident("a")), SOON, expecting(next=100.0))
    assert load is not None
    assert (load.slug, load.evict, load.why) == ("next", (), "it is likely needed in 100 s")


def test_what_is_expected_later_than_it_takes_to_come_is_left_for_later():
    assert anticipated(view(), SOON, expecting(next=LEAD_S + 60)) is None
    assert anticipated(view(), SOON, expecting()) is None


def test_it_takes_the_place_of_an_idle_model_that_is_expected_later():
    here = view(resident("a"), resident("b"), memory_gib=16.0)
    load = anticipated(here, SOON, expecting(next=60.0, a=9_000.0, b=400.0))
    assert load is not None
    assert (load.evict, load.mode) == (("a",), Mode.IDLE)


@pytest.mark.parametrize(
    "told",
    [
        {"busy": 1},
        {"demand": waiting("a", 1.0)},
        {"pinned": True},
        {"state": ResidentState.LOADING},
        {"state": ResidentState.DRAINING},
        {"unused_for_s": 10.0},
        {"ready_for_s": 10.0},
    ],
    ids=lambda told: next(iter(told)),
)
def test_what_is_in_use_pinned_or_new_never_goes_for_it(told):
    assert anticipated(view(resident("a", **told), memory_gib=8.0), SOON, expecting(next=0.0)) is None


def test_what_is_expected_as_soon_does_not_go_for_it():
    assert anticipated(view(resident("a"), memory_gib=8.0), SOON, expecting(next=10.0, a=60.0)) is None


def test_what_is_used_or_waited_for_is_seen_and_what_has_only_come_is_not():
    here = view(
        resident("busy", busy=1),
        resident("asked", demand=waiting("asked", 1.0)),
        resident("answered", unused_for_s=0.3),
        resident("came", unused_for_s=0.3, ready_for_s=0.3),
        resident("idle"),
        candidates=(wanted("wanted", 2.0),),
    )
    assert sorted(used(here, 0.5)) == ["answered", "asked", "busy", "wanted"]


# ---------------------------------------------------------------- a host over hours


@dataclass
class Ahead:
    """A host that looks ahead, or does not, and the jobs that come to it."""

    rig: Rig
    ready: list[bool] = field(default_factory=list)
    """Of each job, whether its model was there when it came."""
    taken: set[str] = field(default_factory=set)
    """What went while it was in use."""

    def answer(self, slug: str) -> None:
        """Have somebody ask for a model, and wait for the answer."""
        self.ready.append(slug in self.rig.serving)
        self.rig.ledger.wait(slug, waited_s=0.0)
        while slug not in self.rig.serving:
            self.rest(STEP_S)
        del self.rig.ledger.demands[slug]
        self.rig.ledger.busy[slug] = 1
        self.rest(ANSWER_S)
        del self.rig.ledger.busy[slug]

    def rest(self, seconds: float) -> None:
        """Let time pass, and see that no claim is for the place of a model in use."""
        for _ in range(round(seconds / STEP_S)):
            self.rig.go(STEP_S, STEP_S)
            claims = [said for said in self.rig.ledger.said if said[0] == "claim"]
            self.taken |= {slug for claim in claims for slug in claim[2] if self.rig.ledger.busy.get(slug)}
            self.rig.ledger.said.clear()

    def until(self, at_s: float) -> None:
        self.rest(max(0.0, at_s - self.rig.clock.now_s))

    def run(self, trace: list[tuple[float, str]]) -> list[bool]:
        """Have these jobs come, and return which found their model in memory."""
        for at_s, slug in trace:
            self.until(at_s)
            self.answer(slug)
        return self.ready


def host(folder, *, predict: bool, strategy: Strategy = decide) -> Ahead:
    """Return a host that holds two models of three, one of which is never idle."""
    made: list[Anticipation] = []
    text = fleet({"draft": 4.0, "check": 4.0, "always": 4.0}, 8.0) + "[residency]\nunload_after_s = 120\n"
    rig = Rig(folder, text, decide=lambda seen: made[0](seen), soon=lambda: made[0].soon())
    made.append(
        Anticipation(
            lambda seen: strategy(seen, RULES),
            Diary(folder),
            slugs=rig.catalogue.slugs,
            option=lambda slug: option(rig.catalogue, rig.mover, slug, rig.clock.now_s),
            active=lambda: predict,
            now=lambda: (rig.clock.now_s, rig.clock.now_s),
        )
    )
    ahead = Ahead(rig)
    ahead.answer("always")
    rig.ledger.busy["always"] = 1
    ahead.ready.clear()
    return ahead


def pattern(rounds: int) -> list[tuple[float, str]]:
    """Return jobs for `draft` at odd times, each followed by one for `check` some minutes later."""
    chance = random.Random(7)
    starts = [2_000.0 + n * ROUND_S + chance.uniform(0, 400) for n in range(rounds)]
    return [job for at_s in starts for job in ((at_s, "draft"), (at_s + GAP_S + chance.uniform(-40, 40), "check"))]


def test_in_a_pattern_the_next_model_is_there_before_its_job_and_a_busy_one_never_goes(tmp_path):
    ahead = host(tmp_path, predict=True)
    found = ahead.run(pattern(10))[1::2]
    assert sum(found) / len(found) > 0.5
    assert ahead.taken == set()
    assert "always" in ahead.rig.serving


def test_on_one_trace_what_was_learned_beats_affinity(tmp_path):
    trace, found = pattern(7), {}
    for name, strategy, predict in (("learned", decide, True), ("affinity", model_affinity, False)):
        (tmp_path / name).mkdir()
        found[name] = sum(host(tmp_path / name, predict=predict, strategy=strategy).run(trace))
    assert found["learned"] >= found["affinity"] + 4


def test_without_looking_ahead_it_is_not(tmp_path):
    assert not any(host(tmp_path, predict=False).run(pattern(3)))


def test_what_comes_at_the_same_time_every_day_is_there_before_it(tmp_path):
    ahead = host(tmp_path, predict=True)
    clock = ahead.rig.clock
    found = []
    for day in range(1, 8):  # nothing happens for most of the day, so it is left out
        clock.now_s = day * 86_400 + 9 * 3_600.0 - 300
        ahead.until(day * 86_400 + 9 * 3_600.0 + 20 * day)
        ahead.answer("check")
        found.append(ahead.ready[-1])
    assert sum(found) > len(found) / 2
    assert not found[0]


def test_where_jobs_come_at_random_it_costs_nobody_and_loads_no_more(tmp_path):
    chance = random.Random(1)
    trace = [(2_000.0 + 150 * n + chance.uniform(0, 100), chance.choice(["draft", "check"])) for n in range(16)]
    hits, loads = [], []
    for predict in (False, True):
        (tmp_path / str(predict)).mkdir()
        ahead = host(tmp_path / str(predict), predict=predict)
        hits.append(sum(ahead.run(trace)))
        loads.append(sum("is taken into memory" in line for line in ahead.rig.told))
        assert ahead.taken == set()
    assert hits[1] >= hits[0]
    assert loads[1] <= loads[0]


def test_what_came_in_vain_does_not_come_again_and_again(tmp_path):
    ahead = host(tmp_path, predict=True)
    ahead.run(pattern(4))
    ahead.answer("draft")
    ahead.rig.told.clear()
    ahead.rest(2_400.0)
    assert len([line for line in ahead.rig.told if "is taken into memory" in line]) <= 2
