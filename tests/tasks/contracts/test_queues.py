"""Queues and node names: what a name becomes on the wire, and which names cannot go together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.queues import model_queue, node_name, refuse_collisions, slug


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("demo", "demo"),
        ("Qwen3 8B/Q4_K_M", "qwen3-8b-q4-k-m"),
        ("--a--b--", "a-b"),
        ("Gräfin", "gr-fin"),
        ("雀", ""),
        ("", ""),
        ("\ud800x\x00", "x"),
    ],
)
def test_a_name_becomes_letters_digits_and_dashes(name: str, expected: str) -> None:
    assert slug(name) == expected


@given(st.text())
def test_a_slug_is_its_own_slug_and_safe_in_keys_and_file_names(name: str) -> None:
    made = slug(name)
    assert slug(made) == made
    assert not set(made) - set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not made.startswith("-")
    assert not made.endswith("-")
    assert "--" not in made


def test_queues_and_nodes_carry_slugs() -> None:
    assert model_queue("Llama 3.1") == "model.llama-3-1"
    assert node_name("Llama 3.1", "Studio One") == "llama-3-1@studio-one"


def test_names_that_differ_go_together() -> None:
    refuse_collisions(["a", "b", "a b"], "model")
    refuse_collisions([], "model")


@pytest.mark.parametrize("second", ["Llama-3.1", "llama 3 1", "Llama 3.1"])
def test_two_names_with_one_slug_are_refused_with_both(second: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        refuse_collisions(["Llama 3.1", "other", second], "model")
    assert caught.value.message == f"the models 'Llama 3.1' and {second!r} would share the name 'llama-3-1' on queues"
    assert "rename one" in caught.value.next_step


@pytest.mark.parametrize("name", ["", "雀", "---"])
def test_a_name_without_a_slug_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="has no letter or digit") as caught:
        refuse_collisions([name], "host")
    assert repr(name) in caught.value.message
    assert caught.value.next_step == "give the host a name such as 'my-host'"
