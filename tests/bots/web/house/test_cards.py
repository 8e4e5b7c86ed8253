"""Hosts as cards."""

from __future__ import annotations

from typing import Any

import pytest

from bots.web.house.cards import card
from tasks.jobs.values import HostSeen, Word

NOW_MS, BEAT_MS = 100_000, 99_000
CROW = {
    "name": "Crow 8B",
    "slug": "crow-8b",
    "demo": False,
    "slots": 4,
    "state": "ready",
    "health": {"standing": "probation", "trouble": "EngineStalled", "first_token_s": 0.4, "decode_tokens_per_s": 31.5},
}
HELD = {
    "slug": "crow-8b",
    "size_gib": 5.5,
    "size_is": "measured",
    "busy": 2,
    "slots": 4,
    "pinned": True,
    "unused_for_s": 3,
}
MEMORY = {"total_gib": 16.0, "used_gib": 5.5, "free_gib": 8.5, "foreign_gib": 2.0, "foreign": {"llava": 2.0}}
LOAD = {"slug": "owl", "stage": "loading", "since_s": 2.5, "eta_s": 4.0, "awaits": [], "why": "people wait"}


def host(*models: dict[str, Any], live: bool = True, word: Word = Word.RUN, **memory: Any) -> HostSeen:
    about = {
        "machine": "attic",
        "address": "http://10.0.0.7:1234",
        "engine": "ollama",
        "labels": ["fast"],
        "cloud": False,
        "models": list(models),
        **({"memory": memory} if memory else {}),
    }
    return HostSeen("studio", live, 1, about, word, BEAT_MS)


def test_a_card_says_what_a_host_holds_and_what_of_its_memory_that_takes() -> None:
    made = card(host(CROW, **MEMORY, residents=[HELD]), NOW_MS)
    assert (made.name, made.state, made.doing, made.engine, made.labels) == (
        "studio",
        "up",
        "busy",
        "ollama",
        ("fast",),
    )
    assert made.memory is not None
    assert (made.memory.total_gib, made.memory.used_gib, made.memory.foreign[0].name) == (16.0, 5.5, "llava")
    (resident,) = made.residents
    assert (resident.name, resident.model, resident.gib, resident.gib_is) == ("Crow 8B", "crow-8b", 5.5, "measured")
    assert (resident.busy, resident.slots, resident.pinned, resident.demo) == (2, 4, True, False)
    assert (resident.standing, resident.trouble) == ("probation", "EngineStalled")
    assert (resident.first_token_s, resident.tokens_per_s) == (0.4, 31.5)
    assert resident.used_ms == BEAT_MS - 3_000


def test_a_load_says_when_it_began_and_when_it_is_likely_to_be_there() -> None:
    (load,) = card(host(**MEMORY, loads=[LOAD]), NOW_MS).loads
    assert (load.model, load.stage, load.since_ms, load.ready_ms) == (
        "owl",
        "loading",
        BEAT_MS - 2_500,
        BEAT_MS + 4_000,
    )


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (host(), "holds nothing yet"),
        (host(CROW, **MEMORY), "ready"),
        (host(CROW, **MEMORY, residents=[HELD]), "at 2 answers"),
        (host(CROW, **MEMORY, residents=[{**HELD, "busy": 1}], loads=[LOAD]), "at 1 answer, loads owl"),
        (host(CROW, word=Word.PAUSE, **MEMORY), "paused"),
        (host(CROW, word=Word.DRAIN, **MEMORY, residents=[HELD]), "leaves when its work is done, at 2 answers"),
        (host(CROW, **MEMORY, trouble="no connection"), "its engine does not answer"),
        (host(CROW, live=False, **MEMORY, residents=[HELD]), "not heard of for 1.0 s"),
        (HostSeen("studio", False, 0, {}), "never came up"),
    ],
)
def test_what_a_host_does_is_told_in_a_few_words(seen: HostSeen, words: str) -> None:
    assert card(seen, NOW_MS).words == words


def test_of_a_host_that_is_gone_nothing_is_told_that_it_held() -> None:
    gone = card(host(CROW, live=False, **MEMORY, residents=[HELD], loads=[LOAD]), NOW_MS)
    assert (gone.state, gone.doing, gone.memory, gone.residents, gone.loads) == ("gone", "offline", None, (), ())


def test_no_address_and_no_secret_leaves_the_house() -> None:
    failure = {
        "slug": "owl",
        "kind": "ModelLoadFailed",
        "reason": "http://ada:hunter2@10.0.0.7:1234/v1 says no",
        "count": 1,
        "ago_s": 1,
        "again_in_s": 5,
        "gave_up": False,
    }
    made = card(host(CROW, **MEMORY, failures=[failure], trouble="https://10.0.0.7 is silent"), NOW_MS)
    told = made.model_dump_json()
    for secret in ("10.0.0.7", "hunter2", "attic"):
        assert secret not in told
    assert "owl would not load, again in 5.0 s (ModelLoadFailed: its server says no)" in made.troubles
