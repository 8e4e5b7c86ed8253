"""How the flock looks in a terminal."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.console import Console

from tasks.jobs.statusview import BAR_CELLS, NO_HOST, NOTHING_WAITS, status_view
from tasks.jobs.values import Backlog, HostSeen, Status, Word


def model(name: str = "crow", state: str = "ready", *, demo: bool = False, **health: Any) -> dict[str, Any]:
    return {"name": name, "slug": name, "demo": demo, "slots": 4, "state": state, "health": health}


def host(*models: dict[str, Any], live: bool = True, word: Word = Word.RUN, **memory: Any) -> HostSeen:
    about = {"engine": "ollama", "models": list(models), **({"memory": memory} if memory else {})}
    return HostSeen("studio", live, 1, about, word)


def status(*hosts: HostSeen, backlogs: tuple[Backlog, ...] = (), heartbeat_ms: int = 0) -> Status:
    return Status(now_ms=100_000, heartbeat_ms=heartbeat_ms, live=2, dead=1, backlogs=backlogs, hosts=hosts)


def shown(seen: Status, width: int = 200) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(status_view(seen))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def line(seen: Status, word: str) -> str:
    return next(each for each in shown(seen) if word in each)


def test_an_empty_flock_says_what_to_do():
    head, *lines = shown(status())
    assert head == "2 live jobs · 1 dead · beat was never heard"
    assert NO_HOST in lines
    assert NOTHING_WAITS in lines


@pytest.mark.parametrize(
    ("seen", "word"),
    [
        (host(), "up"),
        (host(live=False), "gone"),
        (host(word=Word.PAUSE), "paused"),
        (host(word=Word.DRAIN), "draining"),
    ],
)
def test_a_host_says_how_it_is(seen: HostSeen, word: str):
    assert line(status(seen), "studio").split() == ["studio", word, "ollama"]


def test_a_bar_shows_what_is_ours_what_is_others_and_what_is_left():
    seen = status(host(used_gib=6.0, total_gib=24.0, foreign_gib=12.0))
    row = line(seen, "studio")
    assert f"{'━' * BAR_CELLS} 6.0 of 24.0 GiB, others take 12.0" in row
    console = Console(file=io.StringIO(), width=200, color_system="standard", force_terminal=True)
    console.print(status_view(seen))
    assert isinstance(console.file, io.StringIO)
    colours = re.findall(r"\x1b\[(\d+)m(━+)", console.file.getvalue())
    assert [(colour, len(cells)) for colour, cells in colours] == [("32", 4), ("33", 8), ("2", 4)]


def test_memory_that_is_overdrawn_still_has_a_bar_of_one_length():
    row = line(status(host(used_gib=20.0, total_gib=16.0, foreign_gib=9.0)), "studio")
    assert row.count("━") == BAR_CELLS


def test_a_model_says_what_it_takes_and_whether_it_always_stays():
    resident = {"slug": "crow", "size_gib": 4.25, "pinned": True, "busy": 1, "slots": 4}
    assert "4.2 GiB, pinned" in line(status(host(model(), residents=[resident])), "crow")


@pytest.mark.parametrize(
    ("memory", "words"),
    [
        (
            {"loads": [{"slug": "owl", "awaits": ["crow", "jay"]}]},
            "owl is loaded when no work is left for crow and jay",
        ),
        ({"reserved": "owl"}, "the next load is kept for owl"),
        ({"too_large": ["owl"]}, "owl is larger than all of its memory"),
    ],
)
def test_a_host_says_what_it_is_about_to_do_and_what_it_never_does(memory: dict[str, Any], words: str):
    assert line(status(host(model(), **memory)), "owl").startswith(f"studio: {words}")


@pytest.mark.parametrize(("total", "words"), [(24.0, "12.3 of 24.0 GiB"), (None, "12.3 GiB")])
def test_a_host_says_what_its_models_take(total: float | None, words: str):
    assert line(status(host(used_gib=12.31, total_gib=total)), "studio").endswith(words)


def test_a_model_says_how_busy_and_how_fast_it_is():
    seen = host(
        model(standing="trusted", first_token_s=0.42, decode_tokens_per_s=31.2),
        residents=[{"slug": "crow", "busy": 1, "slots": 4}],
    )
    assert line(status(seen), "crow") == " crow   studio         1 of 4 busy  420 ms, 31 tokens/s  well"


def test_the_demo_model_is_called_that():
    assert "demo (demo model)" in line(status(host(model("demo", demo=True))), "demo")


def test_a_model_that_loads_says_for_how_long_still():
    seen = host(model(state="loading"), loads=[{"slug": "crow", "eta_s": 4.0}])
    assert line(status(seen), "crow") == " crow   studio         loading, 4.0 s to go"


@pytest.mark.parametrize(
    ("standing", "word", "tells"),
    [
        ("probation", "on probation", "studio: crow gets one job at a time after EngineStalled"),
        ("open", "rests", "studio: crow gets no jobs for a while after EngineStalled"),
    ],
)
def test_a_model_that_failed_says_what_follows_from_it(standing: str, word: str, tells: str):
    seen = status(host(model(standing=standing, trouble="EngineStalled")))
    assert line(seen, "crow").endswith(word)
    assert tells in shown(seen)


def test_what_would_not_load_and_an_engine_that_does_not_answer_are_told():
    failure = {"slug": "big", "kind": "OutOfMemory", "reason": "no room", "gave_up": False, "again_in_s": 33}
    lines = shown(status(host(trouble="nobody at 10.0.0.5", failures=[failure, {**failure, "gave_up": True}])))
    assert "studio: the engine does not answer: nobody at 10.0.0.5" in lines
    assert "studio: big would not load, again in 33.0 s (OutOfMemory: no room)" in lines
    assert "studio: big would not load, given up (OutOfMemory: no room)" in lines


def test_a_host_that_is_gone_says_nothing_of_its_models():
    assert not [each for each in shown(status(host(model(), live=False))) if "crow" in each]


def test_who_waits_says_for_how_long_and_who_is_at_it():
    waits = (Backlog("crow", 3, 95_000, 1, 90_000, 4, "", 12.2), Backlog("owl", 1, 95_000, 1, loading="attic"))
    lines = shown(status(host(), backlogs=(*waits, Backlog("jay", 1, 99_000, 0))))
    assert lines[-3].split() == ["crow", "3", "5.0", "s", "10.0", "s", "about", "12.2", "s"]
    assert lines[-2].endswith("attic loads it")
    assert lines[-1].endswith("nobody holds it")


@pytest.mark.parametrize("words", ["[/nothing]", "[bold]loud[/bold]", "[link=x]", ":smile:"])
def test_brackets_are_words_and_no_markup(words: str):
    seen = HostSeen(words, True, 1, {"engine": words, "models": [{"name": words, "state": "ready"}]})
    assert "\n".join(shown(status(seen))).count(words) == 4


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_wider_than_the_terminal(width: int):
    seen = host(model(standing="open", trouble="EngineStalled"), used_gib=1.0, total_gib=2.0)
    assert max(map(len, shown(status(seen, backlogs=(Backlog("crow", 3, 95_000, 1),)), width))) <= width
