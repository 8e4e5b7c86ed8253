"""What is wrong with a flock, as its ledger shows it."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.jobs.values import HostSeen, Status, Word
from tasks.notification.troubles import Trouble, in_short, of_the_disk, troubles_of

NOW_MS = 1_000_000_000


def host(name: str = "a", *, live: bool = True, word: Word = Word.RUN, **about: Any) -> HostSeen:
    return HostSeen(name, live, 1, about, word, NOW_MS)


def seen(*hosts: HostSeen, heartbeat_ms: int = NOW_MS) -> Status:
    return Status(NOW_MS, heartbeat_ms, 0, 0, (), hosts)


def told(*hosts: HostSeen, there: str = "ab", heartbeat_ms: int = NOW_MS) -> list[Trouble]:
    return list(troubles_of(seen(*hosts, heartbeat_ms=heartbeat_ms), set(there)))


def test_a_flock_that_is_well_has_no_troubles() -> None:
    assert not told(host("a", memory={"trouble": "", "failures": []}, models=[]), host("b"))


def test_a_host_that_is_gone_is_worse_where_it_was_the_last_one() -> None:
    [one] = told(host("a", live=False, machine="anvil"), host("b"))
    assert (one.about, one.title, one.level) == ("host:a", "Host a is gone", "warning")
    assert "on anvil" in one.words
    [alone] = told(host("a", live=False))
    assert alone.level == "error"
    assert "nobody is answered" in alone.words


@pytest.mark.parametrize("gone", [host("a", live=False, word=Word.DRAIN), host("a", live=False, word=Word.PAUSE)])
def test_one_that_was_told_to_rest_is_no_trouble(gone: HostSeen) -> None:
    assert not told(gone, host("b"))


def test_one_that_is_not_in_the_file_any_more_is_no_trouble() -> None:
    assert not told(host("c", live=False), host("b"))


def test_a_model_that_a_host_gave_up_on_is_told_with_the_reason() -> None:
    failure = {"slug": "qwen", "kind": "OutOfMemory", "reason": "api_key=sk-abcdefgh", "count": 3, "gave_up": True}
    [one] = told(host("a", memory={"failures": [failure, {**failure, "slug": "crow", "gave_up": False}]}))
    assert (one.about, one.title) == ("load:a:qwen", "a cannot load qwen")
    assert "After 3 tries" in one.words
    assert "abcdefgh" not in one.words


def test_a_breaker_that_is_open_names_the_failure() -> None:
    model = {
        "name": "Qwen",
        "slug": "qwen",
        "state": "ready",
        "health": {"standing": "open", "trouble": "EngineStalled"},
    }
    [one] = told(host("a", models=[model, {**model, "slug": "b", "health": {"standing": "trusted"}}]))
    assert (one.about, one.over) == ("breaker:a:qwen", "Qwen answers on a again")
    assert "EngineStalled" in one.words


def test_an_engine_that_does_not_answer_is_told() -> None:
    [one] = told(host("a", memory={"trouble": "no connection to 10.0.0.7"}))
    assert one.about == "engine:a"
    assert one.settles_s > 0


def test_a_clock_that_does_not_ring_is_told_and_one_that_never_rang_is_not() -> None:
    assert [each.about for each in told(host("a"), heartbeat_ms=NOW_MS - 600_000)] == ["beat"]
    assert not told(host("a"), heartbeat_ms=0)


def test_a_full_disk_is_told_before_it_is_full() -> None:
    assert not list(of_the_disk(1.5, 1.0, "/data"))
    assert not list(of_the_disk(0.0, 0.0, "/data"))
    [one] = of_the_disk(0.25, 1.0, "/data")
    assert (one.title, one.level) == ("0.2 GiB are left on the disk", "error")


def test_a_long_reason_is_cut() -> None:
    assert len(in_short("x" * 1000 + "\n")) < 310
