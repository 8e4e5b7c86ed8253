"""Pages show how people took to each adapter, and which were taken out of service and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.contracts.learned import AdapterCard
from tasks.jobs import learned
from tasks.training.canary import watch
from tasks.training.canary.serving import Serving, Why
from tasks.training.registry.registry import AdapterRegistry
from tests.tasks.jobs.flock import Flock
from tests.tasks.training.adapters import publish
from tests.tasks.training.canary.shop import Shop


@pytest.fixture
def shop(flock: Flock, local_registry: AdapterRegistry, tmp_path: Path) -> Iterator[Shop]:
    made = Shop(flock, local_registry, tmp_path, replies=100)
    yield made
    made.close()


def shown(shop: Shop) -> dict[str, AdapterCard]:
    return {card.version: card for card in shop.flock.store.run(learned.adapters())["pirate"]}


def test_replies_are_counted_and_a_score_is_told_once_enough_have_rated(shop: Shop, tmp_path: Path) -> None:
    old, new = publish(shop.registry, tmp_path), publish(shop.registry, tmp_path, 1)
    Serving(shop.registry, shop.flock.store).promote("pirate", old, Why("beat"))
    shop.ask(old, 5, opinion_="up")
    shop.ask(old, 2)
    shop.ask(new, opinion_="rated", stars="2")
    watch.look(shop.workshop())
    told = shown(shop)
    assert {version: card.replies for version, card in told.items()} == {old: 7, new: 1}
    assert told[old].score is not None
    assert 4 < told[old].score < 5
    assert told[new].score is None


def test_a_change_of_what_is_served_keeps_what_was_known_and_tells_what_was_taken_out(
    shop: Shop, tmp_path: Path
) -> None:
    old, new = publish(shop.registry, tmp_path), publish(shop.registry, tmp_path, 1)
    serving = Serving(shop.registry, shop.flock.store)
    serving.promote("pirate", old, Why("beat"))
    shop.ask(old, 3)
    watch.look(shop.workshop())
    serving.try_out("pirate", new, 0.1, Why("beat"), unrated=True)
    assert shown(shop)[new].out == ""
    serving.demote("pirate", new, Why("beat", "its replies are disliked"))
    told = shown(shop)
    assert (told[new].out, told[new].out_words) == ("demoted", "its replies are disliked")
    assert told[new].out_ms > 0
    assert (told[old].replies, told[old].out) == (3, "")
    serving.roll_back("pirate", Why("operator", "too loud"))
    assert (shown(shop)[old].out, shown(shop)[old].out_words) == ("rolled back", "too loud")
    serving.promote("pirate", old, Why("operator"))
    assert shown(shop)[old].out == ""


def test_without_a_transcript_adapters_are_shown_all_the_same(shop: Shop, tmp_path: Path) -> None:
    version = publish(shop.registry, tmp_path)
    shop.url = f"sqlite:///{tmp_path / 'none.sqlite3'}"
    watch.look(shop.workshop())
    assert (shown(shop)[version].replies, shown(shop)[version].score) == (0, None)
