"""What every store promises: the same suite over each of them."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

import tasks.memory
from tasks.memory.stores.edge import EdgeStore
from tasks.memory.stores.store import VectorStore
from tasks.memory.values import Between, Kind, Memory, Scope, Tier, Trust, Wanted, Whole
from tests.tasks.memory.directions import keep, question, vectors_of

HERE = Scope("discord:1", "Ada", "7", "general")
ALONE = Scope("discord:dm:7", "Ada", "7", direct=True)
EVERYBODY = Whole()


def said(text: str, source: str = "", **fields) -> Memory:
    usual = {"tenant": "discord:1", "author": "7", "user": "7", "persona": "Ada", "channel": "general", "at_ms": 1_000}
    return Memory(**{**usual, "source": source or text, "text": text, **fields})


def texts(store: VectorStore, asked: str, scope: Scope | Whole = HERE, wanted: Wanted | None = None) -> set[str]:
    near = store.search(question(asked), scope, wanted or Wanted())
    assert near.memories.keys() == near.parts.keys()
    return {memory.text for memory in near.memories.values()}


def best(store: VectorStore, asked: str) -> str:
    near = store.search(question(asked), HERE)
    nearest = max(near.parts, key=lambda id_: near.parts[id_].meaning + near.parts[id_].words)
    return near.memories[nearest].text


def test_what_was_kept_is_there_as_it_was(store: VectorStore) -> None:
    memory = said(
        "Tea!",
        name="Ann",
        tier=Tier.LONG,
        kind=Kind.FACT,
        trust=Trust.BROUGHT,
        importance=0.75,
        pinned=True,
        sources=("a", "b"),
        tags=("drink",),
        around="Milk? Tea! No.",
        category="taste",
        recalls=3,
        recalled_ms=5,
    )
    keep(store, memory)
    assert store.get([memory.id], EVERYBODY) == [memory]


def test_the_nearest_is_found_by_what_it_means_and_by_its_words(store: VectorStore) -> None:
    keep(store, *(said(text) for text in ("my dog is called Rex", "I like green tea", "the train leaves at nine")))
    assert best(store, "what is the dog called?") == "my dog is called Rex"
    assert best(store, "when does the train leave?") == "the train leaves at nine"


def test_every_part_of_what_is_found_says_how_near_it_is(store: VectorStore) -> None:
    near = said("green tea", around="hiking boots green tea")
    keep(store, near, said("a red car"), said("some blue boots"))
    found = store.search(question("green tea"), HERE)
    parts = found.parts[near.id]
    assert parts.meaning == pytest.approx(1.0, abs=1e-3)
    assert 0 < parts.meaning_around < parts.meaning
    assert parts.words > 0 < parts.words_around
    other = found.parts[said("a red car").id]
    assert (other.words, other.words_around) == (0, 0)


def test_what_is_found_around_it_counts_too(store: VectorStore) -> None:
    keep(
        store,
        said("yes, that one", around="shall we take the ferry? yes, that one"),
        said("no, thanks", around="no, thanks"),
    )
    near = store.search(question("ferry"), HERE)
    assert max(near.parts, key=lambda id_: near.parts[id_].words_around) == said("yes, that one").id


def test_a_question_without_any_word_is_answered_by_meaning_alone(store: VectorStore) -> None:
    keep(store, said("green tea"))
    assert texts(store, "?!") == {"green tea"}


def test_an_empty_store_answers_with_nothing(store: VectorStore) -> None:
    assert texts(store, "tea") == set()
    assert store.count(EVERYBODY) == 0
    assert store.page(EVERYBODY).memories == ()
    assert store.get([], EVERYBODY) == []
    assert store.delete(EVERYBODY) == 0


def test_the_same_source_is_kept_once_with_its_latest_words(store: VectorStore) -> None:
    keep(store, said("tea", source="job1:0"))
    keep(store, said("coffee", source="job1:0"))
    assert store.count(EVERYBODY) == 1
    assert texts(store, "coffee") == {"coffee"}


def test_what_was_said_elsewhere_is_not_found(store: VectorStore) -> None:
    keep(
        store,
        said("tea here"),
        said("tea in another guild", tenant="discord:2"),
        said("tea in another channel", channel="mods"),
        said("tea with another persona", persona="Bob"),
        said("tea in private", direct=True),
    )
    assert texts(store, "tea") == {"tea here"}


def test_what_somebody_wanted_remembered_is_found_in_all_channels_by_them_alone(store: VectorStore) -> None:
    keep(
        store,
        said("I take tea", kind=Kind.FACT, channel="mods"),
        said("tea for two", kind=Kind.FACT, channel="mods", user="8"),
        said("tea for others", kind=Kind.FACT, user="8"),
    )
    assert texts(store, "tea") == {"I take tea"}


def test_what_was_said_alone_is_found_alone_and_only_by_the_same_person(store: VectorStore) -> None:
    private = {"tenant": ALONE.tenant, "direct": True, "channel": "dm"}
    keep(store, said("tea, but do not tell", **private), said("tea of somebody else", **private | {"user": "8"}))
    assert texts(store, "tea", ALONE) == {"tea, but do not tell"}
    assert texts(store, "tea") == set()


def test_a_memory_of_no_persona_is_everybodys(store: VectorStore) -> None:
    keep(store, said("tea is served", persona=""))
    assert texts(store, "tea") == {"tea is served"}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(tiers=frozenset({Tier.LONG})), {"long tea"}),
        (Wanted(kinds=frozenset({Kind.DIGEST})), {"long tea"}),
        (Wanted(when=Between(2_000)), {"late tea"}),
        (Wanted(when=Between(None, 2_000)), {"early tea", "long tea"}),
        (Wanted(when=Between(1_000, 1_001)), {"early tea", "long tea"}),
        (Wanted(least_importance=0.5), {"long tea"}),
        (Wanted(tags=frozenset({"a", "b"})), {"long tea"}),
        (Wanted(tags=frozenset({"a", "c"})), set()),
        (Wanted(authors=frozenset({"9", "8"})), {"late tea"}),
        (Wanted(categories=frozenset({"x"}), least_importance=0.5), set()),
        (Wanted(superseded=True), {"early tea", "late tea", "long tea", "old tea"}),
    ],
)
def test_only_what_is_wanted_is_found_and_all_of_it_must_hold(
    store: VectorStore, wanted: Wanted, found: set[str]
) -> None:
    keep(
        store,
        said("early tea"),
        said("late tea", at_ms=3_000, author="8"),
        said("long tea", tier=Tier.LONG, kind=Kind.DIGEST, importance=0.8, tags=("a", "b")),
        said("old tea", superseded_by="another"),
    )
    assert texts(store, "tea", HERE, wanted) == found
    assert store.count(HERE, wanted) == len(found)
    assert {memory.text for memory in store.page(HERE, wanted).memories} == found


def test_what_is_known_of_a_memory_changes_without_its_vectors(store: VectorStore) -> None:
    memory = said("green tea")
    keep(store, memory)
    store.amend([replace(memory, importance=0.9, recalls=4)])
    assert store.get([memory.id], HERE) == [replace(memory, importance=0.9, recalls=4)]
    assert best(store, "green tea") == "green tea"


def test_what_was_forgotten_meanwhile_is_not_brought_back_by_what_becomes_known_of_it(store: VectorStore) -> None:
    memory, gone = said("green tea"), said("black tea")
    keep(store, memory)
    store.amend([replace(gone, recalls=4), replace(memory, recalls=4)])
    assert store.page(EVERYBODY).memories == (replace(memory, recalls=4),)
    store.amend([gone])
    store.amend([])
    assert store.count(EVERYBODY) == 1


def test_vectors_are_given_back(store: VectorStore) -> None:
    memory = said("green tea")
    keep(store, memory)
    assert store.vectors([memory.id])[memory.id] == pytest.approx(tuple(question("green tea").meaning), abs=1e-6)


def test_pages_hold_everything_once(store: VectorStore) -> None:
    keep(store, *(said(f"tea {number}") for number in range(25)))
    seen, after = [], ""
    while True:
        page = store.page(EVERYBODY, limit=10, after=after)
        seen += [memory.text for memory in page.memories]
        after = page.after
        if not after:
            break
    assert sorted(seen) == sorted(f"tea {number}" for number in range(25))


def test_what_is_deleted_is_gone_and_nothing_else(store: VectorStore) -> None:
    keep(store, said("my tea"), said("your tea", user="8"), said("other tea", tenant="discord:2"))
    assert store.delete(Whole("discord:1"), Wanted(users=frozenset({"7"}))) == 1
    assert {memory.text for memory in store.page(EVERYBODY).memories} == {"your tea", "other tea"}
    assert store.delete(HERE, ids=[said("other tea", tenant="discord:2").id]) == 0
    assert store.delete(EVERYBODY, ids=[said("other tea", tenant="discord:2").id]) == 1


def test_what_is_scoured_holds_what_it_held(store: VectorStore) -> None:
    keep(store, said("my tea"), said("old tea", superseded_by="x", recalls=2))
    store.delete(HERE, ids=[said("my tea").id])
    store.scour()
    assert store.get([said("old tea").id], EVERYBODY) == [said("old tea", superseded_by="x", recalls=2)]
    assert store.count(EVERYBODY, Wanted(superseded=True)) == 1


def test_everything_is_read_with_all_that_it_is_found_by(store: VectorStore) -> None:
    memories = [said(f"tea {number}", around=f"cup of tea {number}") for number in range(5)]
    memories.append(said("?", superseded_by="x"))
    keep(store, *memories)
    first = store.read(EVERYBODY, limit=4)
    second = store.read(EVERYBODY, limit=4, after=first.after)
    read = {memory.id: (memory, vectors) for memory, vectors in (*first.records, *second.records)}
    assert len(read) == 6
    assert not second.after
    for memory in memories:
        kept, vectors = read[memory.id]
        expected = vectors_of(memory)
        assert kept == memory
        assert vectors.meaning == pytest.approx(expected.meaning, abs=1e-6)
        assert vectors.meaning_around == pytest.approx(expected.meaning_around, abs=1e-6)
        assert dict(vectors.words) == pytest.approx(dict(expected.words), abs=1e-5)
        assert dict(vectors.words_around) == pytest.approx(dict(expected.words_around), abs=1e-5)
    assert store.read(Whole("another")).records == ()


def test_half_a_character_is_kept_as_one_that_can_be(store: VectorStore) -> None:
    broken = said("tea \ud83d", source="job:0")
    keep(store, broken)
    assert [memory.text for memory in store.get([broken.id], HERE)] == ["tea ?"]


def test_nobody_but_the_stores_knows_what_keeps_memories() -> None:
    """A scope cannot be forgotten where nobody else can ask: no call past the stores is possible without an import."""
    mine = {
        "edge.py",
        "edge_parts.py",
        "edge_indexing.py",
        "edge_language.py",
        "qdrant.py",
        "qdrant_language.py",
        "qdrant_errors.py",
    }
    root = Path(tasks.memory.__file__).parents[2]
    rooms = ("bots", "tasks", "workers", "schedules")
    files = [*root.glob("*.py"), *(file for room in rooms for file in (root / room).rglob("*.py"))]
    imports = re.compile(r"^\s*(?:import|from)\s+qdrant", re.M)
    found = {file for file in files if imports.search(file.read_text(encoding="utf-8"))}
    assert found <= {root / "tasks" / "memory" / "stores" / name for name in mine}
    assert len(found) == len(mine), "they are where this looks"


def test_three_tenants_never_see_each_other(store: VectorStore) -> None:
    """A thousand random writes, reads and deletes; fewer where each takes long."""
    chance = random.Random(7)
    tenants = {name: Scope(name, "Ada", "7", "general") for name in ("a", "b", "c")}
    kept: dict[str, set[str]] = {name: set() for name in tenants}
    for number in range(1_000 if isinstance(store, EdgeStore) else 150):
        name, scope = chance.choice(list(tenants.items()))
        deed = chance.random()
        if deed < 0.6:
            memory = said(f"tea {chance.randrange(60)}", tenant=name)
            keep(store, memory)
            kept[name].add(memory.id)
        elif deed < 0.9:
            found = store.search(question(f"tea {number % 60}"), scope, limit=10).memories.keys()
            assert found <= kept[name]
            assert bool(found) == bool(kept[name])
        elif kept[name]:
            gone = chance.choice(sorted(kept[name]))
            other = next(foreign for foreign in tenants.values() if foreign is not scope)
            assert store.delete(other, ids=[gone]) == 0
            assert store.delete(scope, ids=[gone]) == 1
            kept[name].discard(gone)
    assert {name: store.count(scope) for name, scope in tenants.items()} == {
        name: len(ids) for name, ids in kept.items()
    }
