"""Any order of moves, by anybody, with crashes between: the house keeps its rules, and everything ends."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tasks.contracts.errors import AlreadyRunning
from tasks.contracts.jobs import ENDED, HELD, WAITING, JobState
from tasks.contracts.messages import JobClass, Then
from tasks.contracts.wishes import Wish, request_for
from tasks.jobs import fleet_moves, granting, moves, placing
from tasks.jobs.values import Claim, Delivery, HostCard, Ways
from tests.tasks.jobs import rules_of_the_house as house
from tests.tasks.jobs.flock import LONG_AGO_MS, Flock

BOT = "heron"
STREAM = f"rookery:outbox:{BOT}"
BOUNDED = {"bot": BOT, "channel": "c", "max_in_flight_channel": 50}
WAYS: tuple[dict[str, Any], ...] = ({}, {"bot": BOT}, BOUNDED, {"then": Then(task="memory.store", queue="memory")})
HOSTS = ("anvil", "bellows")
PICK = st.integers(0, 99)
COMMON = settings(
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


class Ledger(RuleBasedStateMachine):
    """People, two hosts, a bot, a memory worker, a sweeper, and whatever may go wrong."""

    flock: ClassVar[Flock]

    @initialize()
    def start(self) -> None:
        self.flock.client.flushdb()
        self.jobs: list[str] = []
        self.claims: list[Claim] = []
        self.recalls: list[tuple[str, int]] = []
        self.wishes: list[tuple[str, int]] = []
        self.deliveries: list[tuple[str, Delivery]] = []
        self.hosts: dict[str, HostCard] = {}
        self.replies: dict[str, int] = {}
        self.generation = 0
        self.last: dict[str, dict[str, str]] = {}
        self.kept: house.Kept = {}
        self.bot_starts()
        for name in HOSTS:
            self.host_joins(name)

    def record(self, job: str) -> dict[str, str]:
        return house.records(self.kept)[job]

    def job(self, pick: int) -> str:
        return self.jobs[pick % len(self.jobs)]

    def holds(self, claim: Claim) -> bool:
        record = self.record(claim.job)
        return record["state"] in HELD and int(record["fence"]) == claim.fence

    # ------------------------------------------------------------ people
    @rule(
        session=st.sampled_from("xyz"),
        user=st.sampled_from("uvw"),
        job_class=st.sampled_from(JobClass),
        way=st.sampled_from(WAYS),
        recall=st.sampled_from([False, False, False, True]),
        pin=st.sampled_from(["", "", "", "", "anvil"]),
        private=st.sampled_from([False, False, True]),
        allow_cloud=st.booleans(),
    )
    def submit(self, way: dict[str, Any], **fields: Any) -> None:
        self.jobs.append(self.flock.submit(**fields, **way))

    @rule(person=st.sampled_from("uv"), way=st.sampled_from(WAYS))
    def wish(self, person: str, way: dict[str, Any]) -> None:
        wished = request_for(Wish(kind="list"), f"wish{len(self.jobs)}", person, **way)
        self.jobs.append(self.flock.accept(wished).job)

    @precondition(lambda self: self.jobs)
    @rule(pick=PICK)
    def withdraw(self, pick: int) -> None:
        before = self.record(self.job(pick))["state"]
        after = self.flock.withdraw(self.job(pick))
        assert after == (before if before in ENDED or before == "delivering" else JobState.WITHDRAWN)

    @precondition(lambda self: self.jobs)
    @rule(pick=PICK)
    def edit_and_submit_again(self, pick: int) -> None:
        request = self.flock.request("edited", job=self.job(pick))
        record = self.record(self.job(pick))
        waited = record["state"] in WAITING and record.get("work") != "memory"
        assert self.flock.store.run(moves.edit(request)) is waited
        assert not self.flock.accept(request).fresh

    @rule()
    def go_on_to_who_is_there(self) -> None:
        for job in self.flock.store.run(moves.reroute()):
            assert self.flock.state(job) == "queued"
            assert self.flock.field(job, "pin") == ""

    # ------------------------------------------------------------ hosts
    @rule(name=st.sampled_from(HOSTS))
    def host_joins(self, name: str) -> None:
        self.hosts[name] = self.flock.host(name, cloud=name == "bellows")

    @rule(name=st.sampled_from(HOSTS), what=st.sampled_from(["leaves", "crashes", "crashes by its job"]))
    def host_goes(self, name: str, what: str) -> None:
        if what == "leaves":
            self.flock.store.run(fleet_moves.host_leave(name, self.hosts[name].fence, ["demo"]))
        else:
            self.flock.store.run(fleet_moves.recover(name, blame=what != "crashes"))

    @rule(name=st.sampled_from(["anvil", "anvil", "bellows"]))
    def claim(self, name: str) -> None:
        claim = self.flock.claim(self.hosts[name])
        if isinstance(claim, Claim):
            assert claim.request.pin in ("", name)
            assert name != "bellows" or (claim.request.allow_cloud and not claim.request.private)
            self.claims.append(claim)

    @precondition(lambda self: self.claims)
    @rule(pick=PICK)
    def stream(self, pick: int) -> None:
        claim = self.claims[-1 - pick % len(self.claims)]
        assert self.flock.delta(claim, 0, "words") is self.holds(claim)

    @precondition(lambda self: self.claims)
    @rule(pick=PICK)
    def stall(self, pick: int) -> None:
        """A worker sleeps past its lease, and wakes up later."""
        claim = self.claims[-1 - pick % len(self.claims)]
        if self.holds(claim):
            self.flock.lapse(claim.job)

    @precondition(lambda self: self.claims)
    @rule(pick=PICK)
    def finish(self, pick: int) -> None:
        claim = self.claims[-1 - pick % len(self.claims)]
        assert self.flock.finish(claim) is self.holds(claim)

    @precondition(lambda self: self.claims)
    @rule(pick=PICK, kind=st.sampled_from(["retry", "yield", "rejected"]), rests=st.booleans())
    def give_back(self, pick: int, kind: str, rests: bool) -> None:
        claim = self.claims[-1 - pick % len(self.claims)]
        went = self.flock.give_back(claim, kind, not_on="anvil", wait_ms=100_000 if rests else 0)
        assert (went != "lost") is self.holds(claim)

    # ------------------------------------------------------------ memories
    @rule()
    def take_recall(self) -> None:
        taken = self.flock.store.run(moves.take_recall())
        if taken:
            self.recalls.append(taken[:2])

    @precondition(lambda self: self.recalls)
    @rule(pick=PICK)
    def hand_in_memories(self, pick: int) -> None:
        self.flock.store.run(moves.recalled(*self.recalls[pick % len(self.recalls)], "she likes tea"))

    @rule()
    def take_wish(self) -> None:
        taken = self.flock.store.run(granting.take())
        if taken:
            self.wishes.append(taken[:2])

    @precondition(lambda self: self.wishes)
    @rule(pick=PICK, away=st.booleans())
    def see_to_a_wish(self, pick: int, away: bool) -> None:
        job, fence = self.wishes[-1 - pick % len(self.wishes)]
        record = self.record(job)
        holds = record["state"] == "recalling" and int(record["fence"]) == fence
        move = granting.put_off(job, fence, "away", 5_000) if away else granting.granted(job, fence, "done")
        assert self.flock.store.run(move) is holds

    # ------------------------------------------------------------ deliveries
    @rule()
    def bot_starts(self) -> None:
        """A new process of the bot takes over; the old one may still be there."""
        self.generation = self.flock.client.incr(f"rookery:bot:{BOT}")
        if self.generation == 1:
            self.flock.client.xgroup_create(STREAM, "bot", id="0", mkstream=True)
        self.read_outbox("0")

    @rule()
    def bot_reads(self) -> None:
        self.read_outbox(">")

    def read_outbox(self, after: str) -> None:
        answer = self.flock.client.xreadgroup("bot", BOT, {STREAM: after})
        batches = answer.values() if isinstance(answer, dict) else [batch for _, batch in answer or []]
        for batch in batches:
            for entry, fields in batch[0] if isinstance(answer, dict) else batch:
                begin = moves.begin_delivery(fields["job"], BOT, self.generation, entry, lease_ms=600_000, grace_ms=0)
                if delivery := self.flock.store.run(begin):
                    self.deliveries.append((entry, delivery))

    @precondition(lambda self: self.deliveries)
    @rule(pick=PICK, state=st.sampled_from([JobState.DELIVERED, JobState.DELIVERED, JobState.UNDELIVERABLE]))
    def send(self, pick: int, state: JobState) -> None:
        entry, delivery = self.deliveries[-1 - pick % len(self.deliveries)]
        record = self.record(delivery.job)
        holds = record["state"] == "delivering" and int(record["fence"]) == delivery.fence
        assert self.flock.store.run(moves.sent(delivery.job, delivery.fence, "0", "m", 600_000)) is holds
        went = self.flock.store.run(moves.deliver(delivery.job, delivery.fence, state, "why", entry))
        assert went == (state if holds else "lost")
        self.replies[delivery.job] = self.replies.get(delivery.job, 0) + holds

    @precondition(lambda self: self.jobs)
    @rule(pick=PICK, ago=st.sampled_from([0, 0, 0, 1]))
    def bot_places(self, pick: int, ago: int) -> None:
        """It shows something of a job before that is over; an older process of it may try as well."""
        job, record = self.job(pick), self.record(self.job(pick))
        move = placing.placed(job, BOT, self.generation - ago, "0", "m")
        if ago:
            with pytest.raises(AlreadyRunning):
                self.flock.store.run(move)
            return
        is_kept = record.get("bot") == BOT and record["state"] not in ENDED
        assert self.flock.store.run(move) is is_kept
        assert not is_kept or self.placed_of(job) == {"0": "m"}

    @rule(tidies=st.booleans())
    def bot_looks_after_its_jobs(self, tidies: bool) -> None:
        for job in self.flock.store.run(placing.live_of(BOT)):
            record = self.record(job)
            assert record["state"] not in ENDED or (record["state"] == "withdrawn" and self.placed_of(job))
            if tidies:
                assert self.flock.store.run(placing.tidied(job, BOT)) is (record["state"] in ENDED)

    def placed_of(self, job: str) -> dict[str, str]:
        found = self.flock.store.run(placing.read_placed(job))
        assert found is not None
        return found.sent

    @precondition(lambda self: self.jobs)
    @rule(pick=PICK)
    def continuation_takes_over(self, pick: int) -> None:
        job = self.job(pick)
        record = self.record(job)
        went = self.flock.store.run(moves.deliver(job, None, JobState.DELIVERED))
        assert (went == "delivered") is (record["state"] == "done" and bool(record.get("then_queue")))

    # ------------------------------------------------------------ what goes wrong, and who looks after it
    @rule(queue=st.sampled_from(["model.demo", "recall", "memory"]))
    def lose_a_bell(self, queue: str) -> None:
        self.flock.hear(queue)

    @precondition(lambda self: self.jobs)
    @rule(pick=PICK, field=st.sampled_from(["lease_ms", "deadline_ms", "not_before_ms", "queued_ms", "nothing"]))
    def time_passes_for_a_job(self, pick: int, field: str) -> None:
        job = self.job(pick)
        state = self.record(job)["state"]
        if state in ENDED:
            return
        if field == "queued_ms" and state == "queued":
            self.flock.client.zadd("rookery:waiting:demo", {job: LONG_AGO_MS})
            self.flock.client.zadd("rookery:models", {"demo": LONG_AGO_MS})
        if field != "queued_ms" or self.record(job).get("queued_ms"):
            self.flock.past(job, *([] if field == "nothing" else [field]))

    @rule()
    def sweep(self) -> None:
        self.flock.sweep()

    # ------------------------------------------------------------ what always holds
    @invariant()
    def the_house_keeps_its_rules(self) -> None:
        self.kept = self.flock.dump()
        house.all_hold(self.kept)
        jobs = house.records(self.kept)
        for job, before in self.last.items():
            now = jobs[job]
            assert int(now["fence"]) >= int(before["fence"]), job
            assert before["state"] not in ENDED or now == before, f"{job} moved after its end"
        assert all(count <= 1 for count in self.replies.values()), self.replies
        self.last = jobs
        queue: list[str] = self.kept.get("memory", ("list", [], -1))[1]
        assert len(queue) == len(set(queue))

    def teardown(self) -> None:
        """However it was left, everything ends once time has passed and a bot is up."""
        if not hasattr(self, "kept"):
            return
        for _ in range(2):
            for job, record in self.last.items():
                if record["state"] not in ENDED:
                    self.flock.past(job, "deadline_ms", "lease_ms")
            self.flock.sweep()
            self.the_house_keeps_its_rules()
        self.bot_starts()
        self.bot_reads()
        for entry, delivery in self.deliveries:
            self.flock.store.run(moves.deliver(delivery.job, delivery.fence, JobState.DELIVERED, "", entry))
        for job, record in self.last.items():
            if record.get("then_queue"):
                self.flock.store.run(moves.deliver(job, None, JobState.DELIVERED))
        self.the_house_keeps_its_rules()
        house.nothing_lives(self.kept)


def run(flock: Flock, how: settings) -> None:
    flock.ways = Ways(tries=2, window_turns=2)
    flock.client.config_set("appendfsync", "no")  # what the disk promises is not what is tested here
    bound = type("BoundLedger", (Ledger,), {"flock": flock})
    try:
        run_state_machine_as_test(bound, settings=how)
    finally:
        flock.client.config_set("appendfsync", "always")


def test_any_order_of_moves_keeps_the_rules_and_ends(flock: Flock):
    run(flock, settings(COMMON, max_examples=50, stateful_step_count=40, derandomize=True))


@pytest.mark.slow
def test_any_order_of_moves_keeps_the_rules_and_ends_for_long(flock: Flock):
    run(flock, settings(COMMON, max_examples=1_000, stateful_step_count=80))
