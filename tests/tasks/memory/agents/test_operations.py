"""What agents keep: what was said, tasks, and what is known for long; by a clock in the test's hands."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from tasks.contracts.errors import BadInput, MemoryUnavailable
from tasks.jobs.crashpoints import KILLED
from tasks.memory.agents import entries
from tasks.memory.agents.operations import HOUR_MS, MemoryOperations
from tasks.memory.opening import Opened
from tasks.memory.stores.edge import EdgeStore
from tasks.memory.tiers.writing import CONFIRMED, GONE, WRITTEN
from tasks.memory.values import Kind, Memory, Tier, Wanted, Whole
from tests.tasks.memory.directions import DIMENSION, Directions, keep

NOON_MS = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp() * 1000)
COMPRESSES = """
import sys
from tests.tasks.memory.agents.test_operations import over
with over(sys.argv[1]) as memory:
    memory.compress_to_long_term(memory.get_recent_short_term(24), "Ada has a dog, Rex, and a cat, Tom.")
"""


class Agents(MemoryOperations):
    """Agents with their memories, and a clock."""

    def __init__(self, opened: Opened, tenant: str = "agents") -> None:
        self.at_ms, self.opened = NOON_MS, opened
        super().__init__(opened, Directions(), tenant, lambda: self.at_ms)

    def pass_(self, hours: float) -> None:
        self.at_ms += int(hours * HOUR_MS)

    def pin(self, id_: str) -> None:
        [memory] = self.opened.get().get([id_], Whole())
        self.opened.get().amend([replace(memory, pinned=True)])


def over(folder: str) -> Agents:
    return Agents(Opened("agents", lambda: EdgeStore(Path(folder), DIMENSION)))


@pytest.fixture
def memory() -> Iterator[Agents]:
    from tasks.memory.stores.qdrant import IN_MEMORY, QdrantStore

    with Agents(Opened("agents", lambda: QdrantStore(IN_MEMORY, "agents", DIMENSION))) as made:
        yield made


def told(found: list[Any], field: str = "content") -> list[str]:
    return [entry[field] for entry in found]


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        (entries.ShortTerm, {"timestamp", "agent", "content", "context", "metadata"}),
        (
            entries.Working,
            {"task_id", "timestamp", "agent", "task_type", "status", "content", "dependencies", "metadata"},
        ),
        (entries.LongTerm, {"timestamp", "category", "summary", "importance", "tags", "metadata"}),
    ],
)
def test_every_tier_has_its_fields(entry: type, named: set[str]) -> None:
    assert named <= get_type_hints(entry).keys()


def test_what_was_said_is_there_field_by_field_with_its_vector(memory: Agents) -> None:
    id_ = memory.add_short_term("nexus", "It rains in Oslo.", "weather", {"source": "sensor", "degrees": [3, 4.5]})
    assert uuid.UUID(id_)
    [entry] = memory.get_recent_short_term(1)
    assert entry == {
        "id": id_,
        "timestamp": datetime(2026, 11, 22, 12, tzinfo=UTC),
        "agent": "nexus",
        "content": "It rains in Oslo.",
        "context": "weather",
        "metadata": {"source": "sensor", "degrees": [3, 4.5]},
        "importance": entry["importance"],
        "recalls": 0,
        "pinned": False,
    }
    assert 0 < entry["importance"] < 1
    assert len(memory.opened.get().vectors([id_])[id_]) == DIMENSION


def test_the_same_words_said_twice_are_two_entries(memory: Agents) -> None:
    assert memory.add_short_term("nexus", "tick") != memory.add_short_term("nexus", "tick")
    assert len(memory.get_recent_short_term(1)) == 2


def test_what_is_recent_is_told_by_hours_and_agent_the_latest_first(memory: Agents) -> None:
    memory.add_short_term("nexus", "early")
    memory.pass_(2)
    memory.add_short_term("cortex", "later")
    memory.add_long_term("facts", "not said at all")
    memory.pass_(1)
    memory.add_short_term("nexus", "last")
    assert told(memory.get_recent_short_term(24)) == ["last", "later", "early"]
    assert told(memory.get_recent_short_term(2.5)) == ["last", "later"]
    assert told(memory.get_recent_short_term(24, "nexus")) == ["last", "early"]


def test_what_is_older_than_two_days_goes_and_nothing_else(memory: Agents) -> None:
    memory.add_short_term("nexus", "49 hours old")
    memory.add_short_term("nexus", "49 hours old, too")
    memory.add_working_memory("t", "nexus", "kind", "a task of that age")
    memory.add_long_term("facts", "known of that age")
    memory.pin(memory.add_short_term("nexus", "pinned"))
    memory.pass_(2)
    memory.add_short_term("cortex", "47 hours old")
    memory.pass_(47)
    assert memory.delete_old_short_term(48) == 2
    assert told(memory.get_recent_short_term(1000)) == ["47 hours old", "pinned"]
    assert (len(memory.get_working_tasks()), len(memory.search_long_term())) == (1, 1)
    assert memory.delete_old_short_term(48) == 0


def test_a_task_goes_its_way_and_is_found_by_status_and_agent(memory: Agents) -> None:
    first = memory.add_working_memory("t1", "cortex", "write", "the report", metadata={"for": "Ada"})
    memory.pass_(1)
    memory.add_working_memory("t2", "frontier", "search", "the web")
    assert told(memory.get_working_tasks(), "task_id") == ["t1", "t2"]
    assert told(memory.get_working_tasks(agent="frontier"), "task_type") == ["search"]
    for status in ("in_progress", "completed"):
        assert memory.update_working_memory_status("t1", status)
        [task] = memory.get_working_tasks(status)
        assert (task["task_id"], task["status"], task["metadata"]) == ("t1", status, {"for": "Ada"})
    memory.pass_(1)
    assert memory.add_working_memory("t1", "cortex", "write", "the report, again") == first
    assert told(memory.get_working_tasks("pending")) == ["the web", "the report, again"]


def test_a_task_that_nobody_knows_has_no_status_to_change(memory: Agents) -> None:
    assert memory.update_working_memory_status("nothing", "completed") is False


def test_a_task_starts_only_when_all_that_it_waits_for_is_done(memory: Agents) -> None:
    memory.add_working_memory("c", "cortex", "k", "third", dependencies=("a", "b"))
    assert not memory.update_working_memory_status("c", "in_progress"), "they are not even there"
    memory.add_working_memory("a", "cortex", "k", "first")
    memory.add_working_memory("b", "cortex", "k", "second")
    assert memory.update_working_memory_status("a", "completed")
    assert not memory.update_working_memory_status("c", "in_progress")
    assert not memory.update_working_memory_status("c", "completed")
    assert memory.update_working_memory_status("c", "failed"), "giving up needs nobody"
    assert memory.update_working_memory_status("b", "completed")
    assert memory.update_working_memory_status("c", "in_progress")
    [task] = memory.get_working_tasks("in_progress")
    assert task["dependencies"] == ["a", "b"]


def test_done_tasks_are_cleared_unless_others_wait_for_them(memory: Agents) -> None:
    for name, first in (("a", ()), ("b", ()), ("c", ("b",)), ("open", ())):
        memory.add_working_memory(name, "cortex", "k", name, dependencies=first)
    for name in ("a", "b"):
        memory.update_working_memory_status(name, "completed")
    assert memory.clear_completed_tasks() == 1
    assert told(memory.get_working_tasks(), "task_id") == ["b", "c", "open"]
    assert memory.update_working_memory_status("c", "completed")
    assert memory.clear_completed_tasks() == 2
    assert told(memory.get_working_tasks(), "task_id") == ["open"]


def test_what_is_known_is_found_by_all_that_is_asked_the_most_important_first(memory: Agents) -> None:
    memory.add_long_term("taste", "Ada likes tea", 0.9, ["ada", "drink"], {"told": "twice"})
    memory.add_long_term("taste", "Bob likes beer", 0.6, ["bob", "drink"])
    memory.add_long_term("work", "Ada writes", 0.7, ["ada"])
    assert told(memory.search_long_term(), "summary") == ["Ada likes tea", "Ada writes", "Bob likes beer"]
    assert told(memory.search_long_term("taste", ["drink"], 0.7), "summary") == ["Ada likes tea"]
    assert told(memory.search_long_term(tags=["ada", "drink"]), "summary") == ["Ada likes tea"]
    assert told(memory.search_long_term(min_importance=0.7), "summary") == ["Ada likes tea", "Ada writes"]
    assert told(memory.search_long_term(limit=1), "summary") == ["Ada likes tea"]
    assert memory.search_long_term("taste", ["ada", "bob"]) == []
    assert memory.search_long_term("taste")[0]["metadata"] == {"told": "twice"}


def test_twenty_five_are_found_where_nobody_says_how_many(memory: Agents) -> None:
    for number in range(27):
        memory.add_long_term("n", f"tea {uuid.uuid5(uuid.NAMESPACE_OID, str(number)).hex[:4]} x{number}y")
    assert len(memory.search_long_term()) == 25
    assert len(memory.search_similar_memories("tea")) == 25


def test_a_summary_takes_the_place_of_entries_and_names_them(memory: Agents) -> None:
    ids = {memory.add_short_term("nexus", text) for text in ("I have a dog, Rex", "and a cat, Tom")}
    memory.add_short_term("cortex", "something else")
    of_nexus = memory.get_recent_short_term(24, "nexus")
    made = memory.compress_to_long_term(of_nexus, "Ada has a dog, Rex, and a cat, Tom.")
    [known] = memory.search_long_term()
    assert (known["id"], known["summary"]) == (made, "Ada has a dog, Rex, and a cat, Tom.")
    assert set(known["sources"]) == ids
    assert told(memory.get_recent_short_term(24)) == ["something else"]
    with pytest.raises(BadInput, match="not all of these"):
        memory.compress_to_long_term(of_nexus, "once more")
    with pytest.raises(BadInput, match="not all of these"):
        memory.compress_to_long_term([], "of nothing")


@pytest.mark.parametrize(("point", "left"), [(WRITTEN, 2), (CONFIRMED, 2), (GONE, 0)])
def test_killed_while_it_sums_up_nothing_is_lost_and_done_again_it_is_there_once(
    point: str, left: int, tmp_path: Path
) -> None:
    with over(str(tmp_path / "m")) as memory:
        ids = {memory.add_short_term("nexus", text) for text in ("I have a dog, Rex", "and a cat, Tom")}
    (tmp_path / point).touch()
    argv = [sys.executable, "-c", COMPRESSES, str(tmp_path / "m")]
    died = subprocess.run(argv, env={"ROOKERY_CRASH_AT": str(tmp_path)}, check=False)
    assert died.returncode == KILLED
    with over(str(tmp_path / "m")) as memory:
        entries_left = memory.get_recent_short_term(24)
        assert len(entries_left) == left
        if left:
            memory.compress_to_long_term(entries_left, "Ada has a dog, Rex, and a cat, Tom.")
        [known] = memory.search_long_term()
        assert set(known["sources"]) == ids
        assert memory.get_recent_short_term(24) == []


def test_what_means_the_same_is_among_the_first_three_of_five_hundred(memory: Agents) -> None:
    notes = (f"note {number} about the garden wall {number % 7}" for number in range(500))
    keep(memory.opened.get(), *(Memory(note, "agents", "nexus", note, NOON_MS, importance=0.3) for note in notes))
    memory.add_short_term("nexus", "Grace parks her bicycle behind the bakery")
    found = memory.search_similar_memories("where does Grace leave the bicycle?", limit=3)
    assert "Grace parks her bicycle behind the bakery" in told(found)
    assert len(found) <= 3
    assert [entry["score"] for entry in found] == sorted((entry["score"] for entry in found), reverse=True)


def test_what_is_alike_is_found_in_all_tiers_and_by_hours(memory: Agents) -> None:
    memory.add_long_term("taste", "Ada drinks green tea")
    memory.pass_(30)
    memory.add_working_memory("t", "cortex", "shop", "buy green tea")
    memory.add_short_term("nexus", "shall I buy tea that is green?")
    assert set(told(memory.search_similar_memories("green tea"), "tier")) == {"short", "working", "long"}
    assert set(told(memory.search_similar_memories("green tea", hours=24), "tier")) == {"short", "working"}


def test_importance_grows_with_recurrence_a_wish_and_recency_and_is_always_the_same(memory: Agents) -> None:
    memory.add_short_term("nexus", "We meet in the garden")
    [plain] = memory.get_recent_short_term(1)
    worth = [memory.calculate_importance(plain, times) for times in (1, 2, 4, 8)]
    assert worth == sorted(worth)
    assert worth[0] < worth[-1] <= 1
    assert memory.calculate_importance(plain) == memory.calculate_importance(plain) == worth[0]
    wished = {**plain, "content": "Remember: We meet in the garden"}
    assert memory.calculate_importance(wished) > worth[0]
    assert memory.calculate_importance({**plain, "recalls": 3}) > worth[0]
    memory.pass_(24 * 40)
    assert 0 <= memory.calculate_importance(plain) < worth[0]
    assert memory.calculate_importance({**plain, "pinned": True}) == 1


def test_only_what_is_old_and_worth_little_is_pruned_and_never_what_is_pinned(memory: Agents) -> None:
    memory.add_long_term("n", "old and worth little", 0.3)
    memory.add_long_term("n", "old and worth much", 0.9)
    memory.pin(memory.add_long_term("n", "old, worth little, and pinned", 0.3))
    memory.add_working_memory("t", "cortex", "k", "an old task")
    memory.pass_(2 * 24)
    memory.add_long_term("n", "worth little, and a day too young", 0.3)
    memory.pass_(89 * 24)
    assert memory.auto_prune_memories(0.5) == 1
    assert set(told(memory.search_long_term(), "summary")) == {
        "old and worth much",
        "old, worth little, and pinned",
        "worth little, and a day too young",
    }
    assert len(memory.get_working_tasks()) == 1
    assert memory.auto_prune_memories(0.5) == 0


@pytest.mark.parametrize(
    "keeps",
    [
        lambda memory, secret: memory.add_short_term("nexus", secret),
        lambda memory, secret: memory.add_short_term("nexus", "fine", secret),
        lambda memory, secret: memory.add_short_term("nexus", "fine", metadata={"deep": [{"er": secret}]}),
        lambda memory, secret: memory.add_working_memory("t", "nexus", "k", secret),
        lambda memory, secret: memory.add_long_term("c", secret),
    ],
)
def test_a_secret_is_kept_nowhere_and_numbers_of_people_are_masked(memory: Agents, keeps: Any) -> None:
    with pytest.raises(BadInput, match="secret"):
        keeps(memory, "token ghp_" + "a1B2" * 9)
    assert memory.opened.get().count(Whole()) == 0
    memory.add_short_term("nexus", "write to ann@example.org", metadata={"by": "ann@example.org", "n": 41555512345})
    [entry] = memory.get_recent_short_term(1)
    assert (entry["content"], entry["metadata"]) == ("write to [email]", {"by": "[email]", "n": 41555512345})


def test_what_cannot_be_is_refused(memory: Agents) -> None:
    memory.add_working_memory("t", "nexus", "k", "a task")
    with pytest.raises(BadInput, match="cannot be 'done'"):
        memory.update_working_memory_status("t", "done")
    with pytest.raises(BadInput, match="number from 0 to 1"):
        memory.add_long_term("c", "more than everything", 1.5)


def test_one_tenant_never_sees_or_prunes_what_is_anothers(memory: Agents) -> None:
    other = Agents(memory.opened, "others")
    memory.add_short_term("nexus", "my green tea")
    memory.add_long_term("n", "my green tea", 0.1)
    keep(memory.opened.get(), Memory("job:0", "discord:1", "7", "chat of green tea", 1, user="7", channel="general"))
    other.pass_(24 * 365)
    assert other.get_recent_short_term(1e6) == []
    assert other.search_similar_memories("green tea") == []
    assert other.search_long_term() == []
    assert (other.delete_old_short_term(0), other.auto_prune_memories(1.0)) == (0, 0)
    assert memory.opened.get().count(Whole(), Wanted(superseded=True)) == 3


def test_used_with_with_the_store_is_let_go_whatever_happens(tmp_path: Path) -> None:
    def fail() -> None:
        with over(str(tmp_path)) as memory:
            memory.add_short_term("nexus", "tea")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with over(str(tmp_path)) as memory:  # it is nobody's, so it can be opened
        assert told(memory.get_recent_short_term(1)) == ["tea"]


def test_a_store_that_is_away_is_told_of(free_port) -> None:
    from tasks.memory.stores.qdrant import QdrantStore

    away = Opened("away", lambda: QdrantStore(f"http://127.0.0.1:{free_port()}", "x", DIMENSION))
    with Agents(away) as memory, pytest.raises(MemoryUnavailable):
        memory.add_short_term("nexus", "tea")


def test_every_entry_is_of_its_tier_and_of_nobodys_chat(memory: Agents) -> None:
    memory.add_short_term("nexus", "said")
    memory.add_working_memory("t", "nexus", "k", "to do")
    memory.add_long_term("c", "known")
    kept = {one.text: one for one in memory.opened.get().page(Whole()).memories}
    assert [(kept[text].tier, kept[text].kind) for text in ("said", "to do", "known")] == [
        (Tier.SHORT, Kind.TURN),
        (Tier.WORKING, Kind.TASK),
        (Tier.LONG, Kind.FACT),
    ]
    assert {getattr(one, name) for one in kept.values() for name in ("user", "channel", "session")} == {""}
    assert {field.name for field in fields(Memory)} >= {"context", "metadata"}
