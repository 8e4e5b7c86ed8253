"""The watch over a real ledger and transcript: what people say of a canary's replies decides what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.contracts.canary import Served
from tasks.jobs import adapters, learned
from tasks.training.canary import watch
from tasks.training.canary.judging import Ruling
from tasks.training.canary.serving import Serving, Why
from tasks.training.registry import layout, lineage
from tasks.training.registry.events import Event, Kind
from tasks.training.registry.manifest import WEIGHTS
from tasks.training.registry.registry import AdapterRegistry
from tests.tasks.jobs.flock import Flock
from tests.tasks.training.adapters import publish, registry_on, spoil
from tests.tasks.training.canary.shop import Shop

WHY = Why("beat")


@pytest.fixture
def shop(flock: Flock, local_registry: AdapterRegistry, tmp_path: Path) -> Iterator[Shop]:
    """A pirate with a canary beside what is served."""
    made = Shop(flock, local_registry, tmp_path)
    serving = Serving(local_registry, flock.store, now_ms=lambda: made.began_ms)
    old, new = publish(local_registry, tmp_path), publish(local_registry, tmp_path, 1)
    serving.promote("pirate", old, WHY)
    serving.try_out("pirate", new, 0.5, WHY, unrated=True)
    yield made
    made.close()


def served(shop: Shop) -> Served:
    return shop.registry.served("pirate")


def test_a_canary_that_nothing_speaks_against_answers_everybody(shop: Shop) -> None:
    before = served(shop)
    shop.ask(before.canary, 19, opinion_="up")
    shop.ask(before.current, 30)
    watch.look(shop.workshop())
    assert served(shop) == before
    shop.ask(before.canary)
    watch.look(shop.workshop())
    assert served(shop) == Served(serial=3, current=before.canary, previous=before.current)
    assert shop.flock.store.run(adapters.of("pirate")) == served(shop)
    (notice,) = shop.told
    assert "nothing spoke against it in 20 replies, 19 of them judged by people" in notice.words
    watch.look(shop.workshop())
    assert len(shop.told) == 1


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"opinion_": "down"}, "people disliked 100%"),
        ({"reply": "arr " * 60}, "100% (25 of 25) of its replies were broken"),
    ],
)
def test_a_canary_that_is_worse_answers_nobody_any_more(shop: Shop, how: dict[str, str], words: str) -> None:
    shop.replies = 100
    before = served(shop)
    shop.ask(before.canary, 25, **how)
    shop.ask(before.current, 25, opinion_="up")
    watch.look(shop.workshop())
    assert served(shop) == Served(serial=3, current=before.current)
    (notice,) = shop.told
    assert notice.level == "warning"
    assert words in notice.words
    last = shop.registry.last_change("pirate")
    assert last is not None
    assert (last.kind, last.version, last.figures["replies"]) == (Kind.DEMOTED, before.canary, 25.0)


def test_questions_that_got_no_answer_count_by_who_was_to_give_it(shop: Shop) -> None:
    shop.replies = 200
    before = served(shop)
    shop.ask(before.canary, 40, adapter="", outcome="notice", cause="failed")
    shop.ask(before.canary, 40, adapter="", outcome="notice", cause="expired")  # of nobody's making
    shop.ask(before.current, 40)
    watch.look(shop.workshop())
    assert served(shop).canary == ""
    assert "failed to answer 100% (40 of 40)" in shop.told[0].words


def test_what_says_nothing_of_the_canary_is_left_out(shop: Shop) -> None:
    before = served(shop)
    for flags in ("cached", "no adapter"):
        shop.ask(before.canary, 30, flags=flags, opinion_="down")
    found = watch.judge(shop.workshop(), "pirate")
    assert found is not None
    assert (found.ruling, found.replies) == (Ruling.WAIT, 0)


def test_whatever_people_say_of_a_reply_is_a_judgement_but_three_stars(shop: Shop) -> None:
    before = served(shop)
    for said in ("corrected", "regenerate", "down", "up", "kept"):
        shop.ask(before.canary, opinion_=said)
    for stars in "12345":
        shop.ask(before.canary, opinion_="rated", stars=stars)
    found = watch.judge(shop.workshop(), "pirate")
    assert found is not None
    assert (found.replies, found.ratings, round(found.figures["reactions"], 3)) == (10, 9, round(5 / 9, 3))


def test_a_persona_that_waits_for_people_waits(shop: Shop) -> None:
    shop.waits = True
    before = served(shop)
    shop.ask(before.canary, 21, opinion_="")
    watch.look(shop.workshop())
    assert served(shop) == before
    shop.ask(before.canary, 2, opinion_="up")
    watch.look(shop.workshop())
    assert served(shop).current == before.canary


def test_a_canary_that_few_ask_is_decided_after_its_days(shop: Shop) -> None:
    before = served(shop)
    shop.ask(before.canary, 2)
    shop.days = 1 / 23  # it began an hour ago
    watch.look(shop.workshop())
    assert served(shop) == before
    shop.days = 1 / 25
    watch.look(shop.workshop())
    assert served(shop).current == before.canary
    last = shop.registry.last_change("pirate")
    assert last is not None
    assert last.words == "nothing spoke against it in 2 replies, all that there were in 0.04 days; unrated by people"


def test_of_a_persona_that_waits_for_people_such_a_one_goes_back(shop: Shop) -> None:
    shop.waits, shop.days = True, 1 / 25
    before = served(shop)
    shop.ask(before.canary, 2)
    watch.look(shop.workshop())
    assert served(shop) == Served(serial=3, current=before.current)
    assert "0 of 2 ratings by people after 0.04 days" in shop.told[0].words


@pytest.mark.parametrize(
    ("began_h", "expected"),
    [
        ([], ""),  # nothing was ever tried
        ([-23], ""),
        ([-25], "a day"),
        ([-49, -25, -13], "a day"),  # each took the place of the one before
        ([-49, -25, -1], ""),  # and each is tried for a while
    ],
)
def test_canaries_that_took_each_others_place_are_one_trial(began_h: list[int], expected: str) -> None:
    now_ms = 10 * watch.DAY_MS
    tried = [_event(Kind.CANARY, now_ms + hour * 3_600_000) for hour in began_h]
    assert watch.overdue(tried, now_ms, 1) == expected
    assert watch.overdue([*tried, _event(Kind.DEMOTED, now_ms)], now_ms, 1) == ""


def _event(kind: Kind, at_ms: int) -> Event:
    return Event(kind=kind, version="20261122-ab12cd34", at_ms=at_ms, served=Served(serial=1))


def test_a_canary_that_is_damaged_is_not_promoted(shop: Shop) -> None:
    before = served(shop)
    shop.ask(before.canary, 21)
    spoil(shop.registry, f"{layout.version('pirate', before.canary)}/{WEIGHTS}")
    watch.look(shop.workshop())
    assert served(shop) == Served(serial=3, current=before.current)
    assert "is damaged" in shop.told[0].words


def test_a_canary_that_answers_everybody_is_compared_with_what_was_before(flock: Flock, tmp_path: Path) -> None:
    registry = registry_on("local", tmp_path)
    shop = Shop(flock, registry, tmp_path, replies=100)
    old, new = publish(registry, tmp_path), publish(registry, tmp_path, 1)
    serving = Serving(registry, flock.store, now_ms=lambda: shop.began_ms + shop.asked * 10 + 5)
    serving.promote("pirate", old, WHY)
    shop.ask(old, 60)
    serving.try_out("pirate", new, 1.0, WHY, unrated=False)
    shop.ask(new, 30, reply="arr " * 60)
    watch.look(shop.workshop())
    assert served(shop) == Served(serial=3, current=old)
    shop.close()


def test_nothing_is_judged_where_nothing_is_tried(shop: Shop) -> None:
    Serving(shop.registry, shop.flock.store).roll_back("pirate", WHY)
    assert watch.judge(shop.workshop(), "pirate") is None
    assert watch.judge(shop.workshop(), "nobody") is None


def test_what_the_ledger_lost_is_written_again_and_shown(shop: Shop) -> None:
    shop.flock.client.flushall()
    watch.look(shop.workshop())
    assert shop.flock.store.run(adapters.of("pirate")) == served(shop)
    cards = shop.flock.store.run(learned.adapters())["pirate"]
    assert [card.version for card in cards] == [served(shop).canary, served(shop).current]
    assert (cards[0].promoted_ms, cards[1].promoted_ms > 0) == (0, True)


def test_a_canary_that_knows_what_somebody_wanted_forgotten_is_never_promoted(shop: Shop) -> None:
    before = served(shop)
    shop.ask(before.canary, 21)
    for trace in lineage.made_of(shop.registry, ["job-1"]):
        lineage.flag(shop.registry, trace, 1)
    watch.look(shop.workshop())
    assert served(shop) == Served(serial=3, current=before.current)
    assert "1 of what it learned from was forgotten" in shop.told[0].words


def test_what_is_damaged_of_one_persona_is_in_no_other_ones_way(shop: Shop, tmp_path: Path) -> None:
    wren = publish(shop.registry, tmp_path, 2, "wren")
    Serving(shop.registry, shop.flock.store).promote("wren", wren, WHY)
    shop.registry.shelf.write(layout.change("pirate", 3), b"what is it?")
    shop.flock.client.flushall()
    watch.look(shop.workshop())
    assert shop.flock.store.run(adapters.every()) == {"wren": Served(serial=1, current=wren)}
    assert list(shop.flock.store.run(learned.adapters())) == ["wren"]


def test_who_was_killed_before_it_was_told_outside_has_it_told_at_the_next_look(shop: Shop) -> None:
    expected = served(shop)
    shop.registry.shelf.write(layout.served("pirate"), Served(serial=1).model_dump_json().encode())
    watch.look(shop.workshop())
    assert Served.model_validate_json(shop.registry.shelf.read(layout.served("pirate"))) == expected


def test_a_transcript_that_is_away_stops_nothing_else(shop: Shop) -> None:
    shop.flock.client.flushall()
    (shop.folder / "transcript.sqlite3").rename(shop.folder / "away")
    watch.look(shop.workshop())
    assert shop.flock.store.run(adapters.of("pirate")) == served(shop)
