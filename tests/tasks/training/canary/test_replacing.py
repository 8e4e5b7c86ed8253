"""What answers by what it may not know is trained anew without that, soon and once, or answers nobody any more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.contracts.canary import Served
from tasks.contracts.learning import Course
from tasks.jobs import consents, learned, unlearning
from tasks.training.canary import watch
from tasks.training.canary.replacing import Attempt, Wish, decide, replace
from tasks.training.canary.serving import Serving, Why
from tasks.training.registry import lineage
from tasks.training.registry.registry import AdapterRegistry
from tasks.training.registry.rivals import rival
from tasks.training.runs import folder
from tasks.training.runs.record import Ended
from tasks.training.runs.spec import UNLEARNING, RunSpec
from tests.tasks.jobs.flock import Flock
from tests.tasks.training.adapters import publish, registry_on
from tests.tasks.training.canary.shop import Shop
from tests.tasks.training.dataset.learned_from import sample

WHY = Why("operator")
MINUTE_MS = 60_000


@pytest.fixture
def registry(tmp_path: Path) -> AdapterRegistry:
    """One store is enough here."""
    return registry_on("local", tmp_path)


@pytest.fixture
def shop(flock: Flock, registry: AdapterRegistry, tmp_path: Path) -> Iterator[Shop]:
    """A pirate that has learned of job-0, by a consent; it was answered an hour ago."""
    made = Shop(flock, registry, tmp_path, learns="liked")
    ann = flock.store.run(consents.agree("web:ann"))
    Serving(registry, flock.store).promote("pirate", publish(registry, tmp_path, consents=(ann.id,)), WHY)
    made.ask(registry.current("pirate"))
    yield made
    made.close()


def forget(shop: Shop, *jobs: str) -> None:
    for move in unlearning.forgot(jobs):
        shop.flock.store.run(move)


def runs(shop: Shop) -> list[RunSpec]:
    training_dir = shop.workshop().settings().training_dir
    return [folder.read(folder.find(training_dir, name)) for name in folder.names(training_dir)]


def end(shop: Shop, course: Course, words: str = "it is over") -> None:
    """Have the last run come to this."""
    training_dir = shop.workshop().settings().training_dir
    place = folder.find(training_dir, folder.names(training_dir)[-1])
    folder.end(place, Ended(course=course, words=words, at_ms=shop.flock.store.now_ms()))


def ended(course: Course, until_ms: int, at_ms: int = 1) -> Attempt:
    return Attempt(until_ms, Ended(course=course, words=course.value, at_ms=at_ms))


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        ([], Wish.TRAIN),
        ([ended(Course.PROMOTED, 6)], Wish.TRAIN),  # it knows what was forgotten since
        ([Attempt(6, None)], Wish.NOTHING),
        ([Attempt(8, None)], Wish.NOTHING),
        ([ended(Course.SKIPPED, 7)], Wish.TAKE_OUT),
        ([ended(Course.REFUSED, 8)], Wish.TAKE_OUT),
        ([ended(Course.FAILED, 8)], Wish.NOTHING),
        ([ended(Course.FAILED, 8, 1), ended(Course.SKIPPED, 9, 2)], Wish.TAKE_OUT),
        ([ended(Course.REFUSED, 8, 1), ended(Course.PROMOTED, 9, 2)], Wish.NOTHING),  # somebody wanted it otherwise
    ],
)
def test_what_is_to_be_done_goes_by_the_runs_since(attempts: list[Attempt], expected: Wish) -> None:
    assert decide(attempts, 7)[0] is expected


def test_what_was_forgotten_has_one_run_made_soon_without_it(shop: Shop) -> None:
    forget(shop, "job-0")
    for _ in range(3):
        watch.look(shop.workshop())
    [made] = runs(shop)
    assert (made.by, made.persona.name, made.without) == (UNLEARNING, "pirate", ("sample-0",))
    flag = lineage.flag_of_served(shop.registry, "pirate")
    assert flag is not None
    assert made.until_ms == flag.at_ms
    assert shop.registry.current("pirate")  # until then it answers


def test_a_consent_that_was_taken_back_has_one_made_too_and_is_shown(shop: Shop) -> None:
    watch.look(shop.workshop())
    assert runs(shop) == []
    shop.flock.store.run(consents.withdraw("web:ann"))
    watch.look(shop.workshop())
    [made] = runs(shop)
    assert (made.by, made.without) == (UNLEARNING, ())
    (notice,) = shop.told
    assert "1 consent that it learned by was taken back; it is trained anew without" in notice.words
    (card,) = shop.flock.store.run(learned.adapters())["pirate"]
    assert card.flagged == "1 consent that it learned by was taken back"


def test_a_channel_that_was_closed_since_counts_as_a_consent_that_was_taken_back(shop: Shop) -> None:
    data = folder.runs_of(shop.workshop().settings().training_dir) / "run-0" / "dataset"
    data.mkdir(parents=True)
    (data / "train.jsonl").write_text(sample(0, channel="discord:7").model_dump_json() + "\n")
    shop.flock.store.run(consents.close("discord:8", "ann"))
    watch.look(shop.workshop())
    assert runs(shop) == []
    shop.flock.store.run(consents.close("discord:7", "ann"))
    watch.look(shop.workshop())
    assert len(runs(shop)) == 1


def test_a_training_waits_for_quiet_unless_it_is_to_be_at_once(shop: Shop) -> None:
    shop.began_ms = shop.flock.store.now_ms() - MINUTE_MS
    shop.ask(shop.registry.current("pirate"))
    forget(shop, "job-0")
    watch.look(shop.workshop())
    assert runs(shop) == []
    shop.unlearns = "at once"
    watch.look(shop.workshop())
    assert len(runs(shop)) == 1


def test_what_is_taken_back_meanwhile_has_another_one_made_when_the_first_is_over(shop: Shop) -> None:
    shop.flock.store.run(consents.withdraw("web:ann"))
    watch.look(shop.workshop())
    forget(shop, "job-0")
    lineage.flag(shop.registry, lineage.made_of(shop.registry, ["job-0"])[0], shop.flock.store.now_ms() + 2_000)
    watch.look(shop.workshop())
    assert len(runs(shop)) == 1
    end(shop, Course.PROMOTED)
    assert replace(shop.workshop())
    assert len(runs(shop)) == 2


@pytest.mark.parametrize("course", [Course.SKIPPED, Course.REFUSED])
def test_where_nothing_is_left_to_learn_the_base_answers_and_that_is_told(shop: Shop, course: Course) -> None:
    forget(shop, "job-0")
    watch.look(shop.workshop())
    end(shop, course, "pirate has 0 new samples to learn from, and 20 are wanted")
    watch.look(shop.workshop())
    assert shop.registry.served("pirate") == Served(serial=2)
    notice = shop.told[-1]
    assert notice.title == "pirate is back to what it was"
    assert "1 of what it learned from was forgotten, and without that nothing came of it" in notice.words
    assert "pirate has 0 new samples" in notice.words
    watch.look(shop.workshop())
    assert len(runs(shop)) == 1


def test_what_takes_its_place_is_measured_by_the_base_and_no_rollback_leads_back_to_it(
    shop: Shop, tmp_path: Path
) -> None:
    version = shop.registry.current("pirate")
    assert rival(shop.registry, "pirate", "demo", "") == version
    forget(shop, "job-0")
    watch.look(shop.workshop())
    assert rival(shop.registry, "pirate", "demo", "") == ""
    new = publish(shop.registry, tmp_path, 1)
    Serving(shop.registry, shop.flock.store).promote("pirate", new, WHY)
    assert shop.registry.served("pirate") == Served(serial=2, current=new)


def test_of_two_machines_one_makes_it(shop: Shop, tmp_path: Path) -> None:
    forget(shop, "job-0")
    watch.look(shop.workshop())
    (tmp_path / "elsewhere").mkdir()
    other = Shop(shop.flock, shop.registry, tmp_path / "elsewhere", learns="liked", unlearns="at once")
    assert replace(other.workshop()) == ()
    assert runs(other) == []
    other.close()


def test_who_learns_no_more_has_nothing_made(shop: Shop) -> None:
    shop.learns = "nothing"
    forget(shop, "job-0")
    watch.look(shop.workshop())
    assert runs(shop) == []
