from __future__ import annotations

import pytest

from tasks.memory.values import Found, Memory, Parts
from tasks.memory.weighing import DAY_MS, Weights, blended, each_once, raised, recency, varied

NOW_MS = 1_000 * DAY_MS


def memory(text: str, at_ms: int = NOW_MS, **fields) -> Memory:
    return Memory(**{"source": text, "tenant": "t", "author": "7", "text": text, "at_ms": at_ms, **fields})


def ranked(parts: dict[str, Parts], memories: dict[str, Memory] | None = None, **weights: float) -> list[str]:
    known = memories or {name: memory(name) for name in parts}
    return [found.memory.text for found in blended(known, parts, NOW_MS, Weights(**weights))]


def test_what_is_near_in_every_way_comes_first() -> None:
    parts = {"far": Parts(0.1, 0.1, 0, 0), "near": Parts(0.6, 0.5, 3.0, 4.0), "half": Parts(0.6, 0.1, 0, 0)}
    assert ranked(parts) == ["near", "half", "far"]


def test_words_alone_can_find_what_meaning_misses() -> None:
    parts = {"named": Parts(0.1, 0.1, 8.0, 9.0), "alike": Parts(0.4, 0.4, 0, 0)}
    assert ranked(parts) == ["named", "alike"]


def test_scores_of_words_count_by_how_they_compare_and_not_by_their_size() -> None:
    def gap(scale: float) -> float:
        parts = {"a": Parts(0.5, 0.5, 2 * scale, scale), "b": Parts(0.5, 0.5, scale, scale)}
        first, second = blended({name: memory(name) for name in parts}, parts, NOW_MS)
        return first.score - second.score

    assert gap(10.0) == pytest.approx(gap(50.0))


def test_words_that_hardly_matter_decide_little() -> None:
    chance = Parts(0.3, 0.3, 0.5, 0.5)
    assert ranked({"meant": Parts(0.4, 0.4), "by chance": chance}) == ["meant", "by chance"]


def test_an_old_memory_loses_only_to_one_that_is_as_near() -> None:
    known = {"old": memory("old", at_ms=NOW_MS - 900 * DAY_MS), "new": memory("new")}
    assert ranked({"old": Parts(0.5, 0.5), "new": Parts(0.5, 0.5)}, known) == ["new", "old"]
    assert ranked({"old": Parts(0.55, 0.5), "new": Parts(0.5, 0.5)}, known) == ["old", "new"]


def test_the_order_is_the_same_each_time() -> None:
    parts = dict.fromkeys("cab", Parts(0.5, 0.5, 1.0, 1.0))
    assert ranked(parts) == ranked(dict(reversed(parts.items())))


def test_nothing_has_an_order_too() -> None:
    assert blended({}, {}, NOW_MS) == []


def test_how_recent_something_is_halves_each_month_and_never_exceeds_one() -> None:
    assert [recency(NOW_MS - days * DAY_MS, NOW_MS) for days in (0, 30, 60)] == [1.0, 0.5, 0.25]
    assert recency(NOW_MS + DAY_MS, NOW_MS) == 1.0


def test_what_says_the_same_is_told_once() -> None:
    said = [Found(memory(text, source=str(number)), 1.0) for number, text in enumerate(["Tea.", "tea. ", "Milk."])]
    assert [found.memory.text for found in each_once(said)] == ["Tea.", "Milk."]


def test_what_is_nearly_the_same_makes_room_for_something_else() -> None:
    near = [
        Found(memory("a"), 1.0, vector=(1.0, 0.0)),
        Found(memory("almost a"), 0.99, vector=(0.999, 0.0447)),
        Found(memory("b"), 0.8, vector=(0.0, 1.0)),
    ]
    assert [found.memory.text for found in varied(near, 3)] == ["a", "b"]


def test_without_vectors_the_best_are_taken_as_they_are() -> None:
    found = [Found(memory(text), score) for text, score in (("a", 0.9), ("b", 0.8), ("c", 0.7))]
    assert [one.memory.text for one in varied(found, 2)] == ["a", "b"]
    assert varied([], 3) == []


def test_what_was_of_use_counts_for_more_and_never_for_all() -> None:
    used = memory("a", importance=0.5)
    for _ in range(100):
        before, used = used.importance, raised(used, NOW_MS)
        assert before < used.importance <= 1.0
    assert (used.recalls, used.recalled_ms) == (100, NOW_MS)
