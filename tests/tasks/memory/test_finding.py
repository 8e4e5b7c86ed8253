from __future__ import annotations

from tasks.memory.finding import find
from tasks.memory.importance import JUNK
from tasks.memory.indexing import indexed
from tasks.memory.stores.store import VectorStore
from tasks.memory.values import Memory, Scope
from tasks.memory.weighing import DAY_MS
from tests.tasks.memory.conftest import Directions, OpenStore

NOW_MS = 20_000 * DAY_MS
HERE = Scope("t", "Ada", "7", "general")


def said(text: str, days: float = 0, **fields) -> Memory:
    at_ms = NOW_MS - int(days * DAY_MS)
    usual = {"author": "7", "name": "Ann", "persona": "Ada", "channel": "general", "importance": 0.3}
    return Memory(**{**usual, "source": text, "tenant": "t", "text": text, "at_ms": at_ms, **fields})


def found(store: VectorStore, question: str, *memories: Memory, limit: int = 3) -> list[str]:
    store.put(indexed(memories, Directions()))
    return [one.memory.text for one in find(question, HERE, store, Directions(), NOW_MS, limit=limit)]


def test_the_answer_comes_first(store: VectorStore) -> None:
    assert found(store, "what is the dog called?", said("my dog is called Rex"), said("I like tea"), said("it rains"))[
        0
    ] == ("my dog is called Rex")


def test_a_paraphrase_is_among_the_first_three_of_five_hundred(store: VectorStore) -> None:
    many = [said(f"note {number} about the garden wall {number % 7}") for number in range(500)]
    assert "Grace parks her bicycle behind the bakery" in found(
        store, "where does Grace leave the bicycle?", *many, said("Grace parks her bicycle behind the bakery", 300)
    )


def test_a_time_that_is_named_bounds_the_search(store: VectorStore) -> None:
    memories = said("tea with Bob", 1), said("tea with Carol", 9)
    assert found(store, "who did I have tea with yesterday?", *memories) == ["tea with Bob"]


def test_a_time_of_which_nothing_is_known_bounds_nothing(store: VectorStore) -> None:
    assert found(store, "who did I have tea with yesterday?", said("tea with Carol", 9)) == ["tea with Carol"]


def test_small_talk_is_not_told_unless_somebody_pinned_it(store: VectorStore) -> None:
    memories = said("tea, thanks", importance=JUNK), said("tea, lol", importance=JUNK, pinned=True)
    assert found(store, "tea?", *memories) == ["tea, lol"]


def test_the_same_is_told_once(store: VectorStore) -> None:
    assert found(
        store, "tea?", said("Tea!"), said("tea! ", source="2"), said("tea with lemon cake and a view of the sea")
    ) == ["Tea!", "tea with lemon cake and a view of the sea"]


def test_nothing_is_found_where_nothing_is(opens: OpenStore) -> None:
    assert found(opens(), "tea?") == []
