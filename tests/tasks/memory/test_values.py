from __future__ import annotations

import pytest

from tasks.memory.values import ALWAYS, Between, Memory, Scope, id_of


def memory(text: str = "I like tea.", source: str = "job1:0", tenant: str = "discord:1", **fields) -> Memory:
    return Memory(**{"source": source, "tenant": tenant, "author": "7", "text": text, "at_ms": 0, **fields})


def test_the_same_source_is_the_same_memory_whatever_it_says_now() -> None:
    assert memory("I like tea.").id == memory("I like coffee.").id == id_of("discord:1", "job1:0")


def test_the_same_source_of_two_tenants_is_two_memories() -> None:
    assert memory(tenant="discord:1").id != memory(tenant="discord:2").id


def test_tenant_and_source_cannot_be_mistaken_for_one_another() -> None:
    assert id_of("a", "b:c") != id_of("a:b", "c")


@pytest.mark.parametrize("text", ["i like TEA.", "  I  like\ttea. "])
def test_the_same_words_have_the_same_digest(text: str) -> None:
    assert memory(text).digest == memory().digest


@pytest.mark.parametrize("other", [{"author": "8"}, {"tenant": "discord:2"}, {"text": "I like tea!"}])
def test_other_words_or_other_people_have_another_digest(other: dict[str, str]) -> None:
    assert memory(**other).digest != memory().digest


def test_nobody_searches_everybodys_memories() -> None:
    with pytest.raises(ValueError, match="tenant"):
        Scope("")


def test_a_stretch_of_time_holds_its_beginning_and_not_its_end() -> None:
    between = Between(10, 20)
    assert [between.holds(at) for at in (9, 10, 19, 20)] == [False, True, True, False]
    assert ALWAYS.holds(-1)
