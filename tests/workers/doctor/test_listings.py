"""Who wrote a listing. How whole servers are read stands in test_servers.py."""

from __future__ import annotations

from typing import Any

import pytest

from workers.doctor import listings


@pytest.mark.parametrize(
    ("said", "is_one"),
    [
        ({"object": "list", "data": []}, True),
        ({"data": [{"id": "m"}]}, True),
        ({"object": "list", "data": None}, True),
        ({"object": "list"}, False),
        ({"data": None}, False),
        ({"error": "Unexpected endpoint or method."}, False),
        ({}, False),
    ],
)
def test_a_listing_is_known_by_its_list(said: dict[str, Any], is_one: bool):
    assert listings.is_listing(said) is is_one


@pytest.mark.parametrize(
    ("said", "is_one"),
    [
        ({"models": []}, True),
        ({"models": [{"key": "m", "loaded_instances": []}]}, True),
        ({"models": [{"name": "m", "model": "m"}]}, False),  # Ollama, and llama-server beside its own
        ({"error": "Unexpected endpoint or method."}, False),
    ],
)
def test_lm_studios_own_listing_is_told_from_those_of_others(said: dict[str, Any], is_one: bool):
    assert listings.is_lm_studio(said) is is_one


@pytest.mark.parametrize(
    ("version", "tags", "is_one"),
    [
        ({"version": "0.33.0"}, {"models": []}, True),
        ({}, {"models": []}, False),  # llama-server has tags too
        ({"version": "1"}, {}, False),
    ],
)
def test_ollama_has_both_a_version_and_tags(version: dict[str, Any], tags: dict[str, Any], is_one: bool):
    assert listings.is_ollama(version, tags) is is_one


def test_what_was_made_of_an_adapter_is_no_model_that_ollama_offers():
    names = ("llama3.2:3b", "llama3.2-3b-rook-20261122-ab12cd34:latest", "dated-20261122:latest")
    found = listings.ollama("http://x", {"models": [{"name": name} for name in names]}, {})
    assert [offer.key for offer in found.offers] == [names[0], names[2]]
